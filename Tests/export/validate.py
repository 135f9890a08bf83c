"""Validates exported records with what others read them with.

    validate.py SCHEMA FILE...    prints a line for each record that is not valid, and ends with status 1 if there is one

ocsf-1.1.0, ocsf-1.5.0, ocsf-1.8.0: JSON schemas that the package `ocsf-json-schema` makes of the schema of that version, with
    the profiles that a record names, and no attribute that the class does not have.
ecs: the facts of ECS 9.4.0 in `ecs-9.4.0.json`: each field is there, of its type, of its allowed values; the field set `assay`
    is our own.
otel: the messages of OTLP as the package `opentelemetry-proto` has them; attributes of databases are those of the conventions.
cef: the format's own rules of escaping, and the keys of its dictionary.
assay: one document a line with the keys that `docs/json-keys.json` names.
"""

import functools
import ipaddress
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$")


@functools.cache
def ocsf_validator(version, class_uid, profiles):
    import jsonschema
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
    name = schema.lookup_class_name_from_uid(class_uid=class_uid)
    return jsonschema.Draft202012Validator(schema.get_class_schema(class_name=name, profiles=list(profiles)))


def ocsf(version, line):
    record = json.loads(line)
    assert record["metadata"]["version"] == version, "version"
    assert record["class_uid"] in (6005, 2003), "class"
    assert record["type_uid"] == record["class_uid"] * 100 + record["activity_id"], "type_uid"
    profiles = tuple(record["metadata"].get("profiles", []))
    for error in ocsf_validator(version, record["class_uid"], profiles).iter_errors(record):
        yield f"{'/'.join(map(str, error.path))}: {error.message}"


def ecs(line):
    facts = json.loads((HERE / "ecs-9.4.0.json").read_text())["fields"]
    types = {
        "keyword": lambda v: isinstance(v, str) and len(v.encode()) <= 32766,
        "match_only_text": lambda v: isinstance(v, str),
        "long": lambda v: isinstance(v, int) and not isinstance(v, bool) and abs(v) < 2**63,
        "date": lambda v: isinstance(v, str) and TIME.match(v),
        "ip": lambda v: bool(ipaddress.ip_address(v)),
    }

    def leaves(value, path):
        for key, inner in value.items():
            if isinstance(inner, dict):
                yield from leaves(inner, path + [key])
            else:
                yield ".".join(path + [key]), inner

    record = json.loads(line)
    own = record.pop("assay")
    if not all(isinstance(v, (str, int, bool, list)) for v in own.values()):
        yield "assay: nested"
    for name, value in leaves(record, []):
        fact = facts.get(name)
        if fact is None:
            yield f"{name}: no such field"
            continue
        values = value if fact.get("array") else [value]
        if not isinstance(values, list) or isinstance(value, list) != bool(fact.get("array")):
            yield f"{name}: a list, or none"
        for each in values:
            if not types[fact["type"]](each):
                yield f"{name}: not of type {fact['type']}"
            if "allowed" in fact and each not in fact["allowed"]:
                yield f"{name}: {each} is not allowed"
    # What the category's definition expects.
    if not set(record["event"]["type"]) <= {"access", "change", "info", "error"}:
        yield "event.type: not expected of a database"


# Semantic conventions 1.44.0, model/db, model/client, model/user, model/session, model/error, model/log.
ATTRIBUTES = {
    "db.system.name", "db.namespace", "db.collection.name", "db.operation.name", "db.query.summary", "db.query.text",
    "db.response.status_code", "error.type", "client.address", "user.name", "session.id", "log.record.uid",
}
SYSTEMS = {"postgresql", "mysql", "mariadb", "sqlite", "microsoft.sql_server", "oracle.db", "other_sql"}


def otel(line):
    from google.protobuf import json_format
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData

    data = json_format.Parse(line, LogsData())
    for resource in data.resource_logs:
        if "service.name" not in {a.key for a in resource.resource.attributes}:
            yield "resource without service.name"
        for scope in resource.scope_logs:
            if scope.schema_url != "https://opentelemetry.io/schemas/1.44.0":
                yield "schema_url"
            for record in scope.log_records:
                keys = [a.key for a in record.attributes]
                if len(keys) != len(set(keys)):
                    yield "an attribute twice"
                for key in keys:
                    if key not in ATTRIBUTES and not key.startswith("assay."):
                        yield f"{key}: no attribute of the conventions"
                values = {a.key: a.value.string_value for a in record.attributes}
                if values.get("db.system.name", "sqlite") not in SYSTEMS:
                    yield "db.system.name"
                if not record.time_unix_nano or not 1 <= record.severity_number <= 24 or not record.event_name:
                    yield "time, severity or name is missing"


HEADER = re.compile(r"^CEF:0\|((?:[^|\\]|\\[|\\])*)\|((?:[^|\\]|\\[|\\])*)\|((?:[^|\\]|\\[|\\])*)\|"
                    r"((?:[^|\\]|\\[|\\])*)\|((?:[^|\\]|\\[|\\])*)\|(\d+)\|(.*)$")
# The dictionary of “Implementing ArcSight Common Event Format”, revision 25.
KEYS = {
    "rt", "externalId", "cat", "suser", "duser", "src", "shost", "sproc", "act", "outcome", "reason", "deviceExternalId",
    "destinationServiceName", "msg",
    *(f"cs{n}" for n in range(1, 7)), *(f"cs{n}Label" for n in range(1, 7)),
    *(f"cn{n}" for n in range(1, 4)), *(f"cn{n}Label" for n in range(1, 4)),
}


def cef(line):
    found = HEADER.match(line)
    if not found:
        yield "header"
        return
    if int(found[6]) > 10:
        yield "severity"
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line):
        yield "a control character"
    # A key begins where an equals sign that is not escaped follows a word.
    keys = re.findall(r"(?:^| )([A-Za-z0-9]+)=", re.sub(r"\\.", "..", found[7]))
    for key in keys:
        if key not in KEYS:
            yield f"{key}: not of the dictionary"
    if len(keys) != len(set(keys)):
        yield "a key twice"
    if re.search(r"\\(?![\\=nr])", re.sub(r"\\\\", "", found[7])):
        yield "an escape that is none"


def assay(line):
    record = json.loads(line)
    keys = json.loads((HERE / "../../docs/json-keys.json").read_text())["documents"]["export line"]
    kind = "statement" if record["kind"] == "statement" else "conclusion"
    common = json.loads((HERE / "../../docs/json-keys.json").read_text())["documents"]["export line"][""]
    for key in common + keys.get(kind, []):
        if key not in record:
            yield f"{key} is missing"


def main():
    name, files = sys.argv[1], sys.argv[2:]
    check = functools.partial(ocsf, name.removeprefix("ocsf-")) if name.startswith("ocsf-") else globals()[name]
    problems = records = 0
    for file in files:
        # Lines end at line feeds, and nowhere else.
        for number, line in enumerate(pathlib.Path(file).read_bytes().decode().split("\n")[:-1], 1):
            records += 1
            try:
                found = list(check(line))
            except Exception as error:
                found = [f"{type(error).__name__}: {error}"]
            for problem in found:
                problems += 1
                if problems <= 20:
                    print(f"{file}:{number}: {problem[:300]}")
    print(f"{records} records, {problems} problems")
    sys.exit(1 if problems or not records else 0)


main()
