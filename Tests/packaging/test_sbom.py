"""What .ci/release/sbom.py says of a bill of materials that is not the program's."""

import copy
import importlib.util
import json
import tempfile
import unittest
from pathlib import Path

PATH = Path(__file__).parents[2] / ".ci/release/sbom.py"
SPECIFICATION = importlib.util.spec_from_file_location("sbom", PATH)
sbom = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(sbom)


def part(name: str, *files: str) -> dict:
    return sbom.component(name, "1.0", f"pkg:deb/debian/{name}@1.0", {"license": {"id": "MIT"}}, list(files), "dynamic")


BILL = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": {"type": "application", "name": "assay", "bom-ref": "own"}},
    "components": [part("libz", "libz.so.1"), part("libc", "libc.so.6"), part("swift", "libswiftCore.a")],
    "dependencies": [
        {"ref": "own", "dependsOn": ["pkg:deb/debian/libz@1.0", "pkg:deb/debian/swift@1.0"]},
        {"ref": "pkg:deb/debian/libz@1.0", "dependsOn": ["pkg:deb/debian/libc@1.0"]},
    ],
}
NEEDED, LOADED, TOOK = ["libz.so.1"], {"libz.so.1", "libc.so.6"}, {"libswiftCore.a"}


class ComplaintsTests(unittest.TestCase):
    def changed(self, change) -> list[str]:
        bill = copy.deepcopy(BILL)
        change(bill)
        return sbom.complaints(bill, NEEDED, LOADED, TOOK)

    def test_the_programs_own_bill_is_not_complained_of(self):
        self.assertEqual(sbom.complaints(BILL, NEEDED, LOADED, TOOK), [])

    def test_a_library_that_the_program_asks_for_needs_a_component(self):
        found = self.changed(lambda bill: bill["components"].pop(0))
        self.assertIn("The program asks for libz.so.1: no component has it.", found)

    def test_a_library_that_another_asks_for_needs_a_component(self):
        found = self.changed(lambda bill: bill["components"].pop(1))
        self.assertEqual(found, ["libc.so.6 is loaded with the program: no component has it."])

    def test_what_the_linker_took_needs_a_component(self):
        found = self.changed(lambda bill: bill["components"].pop(2))
        self.assertEqual(found, ["The linker took something from libswiftCore.a: no component has it."])

    def test_a_component_needs_a_reason(self):
        found = self.changed(lambda bill: bill["components"].append(part("libx", "libx.so")))
        self.assertEqual(found, ["libx: nothing asks for it.", "libx: libx.so is neither loaded nor linked in."])

    def test_what_the_program_asks_for_is_the_programs_own_reason(self):
        found = self.changed(lambda bill: bill["dependencies"][0]["dependsOn"].pop(0))
        self.assertIn("The program asks for libz.so.1: pkg:deb/debian/libz@1.0 does not say so.", found)

    def test_a_component_has_a_licence_and_a_version(self):
        found = self.changed(lambda bill: bill["components"][0].update(licenses=[], version=""))
        self.assertEqual(found, ["libz: no licence.", "libz: no version."])


class LicenceTests(unittest.TestCase):
    def test_words_of_debian_are_said_in_words_of_spdx(self):
        for words, said in [
            ("BSD-3-clause", {"license": {"id": "BSD-3-Clause"}}),
            ("BSD-3-clause or GPL-2", {"expression": "BSD-3-Clause OR GPL-2.0-only"}),
            ("LGPL-3+ or GPL-2+", {"expression": "LGPL-3.0-or-later OR GPL-2.0-or-later"}),
            ("Custom-pg_dump", {"license": {"name": "Custom-pg_dump"}}),
            ("MIT and Custom-regex", {"license": {"name": "MIT and Custom-regex"}}),
        ]:
            self.assertEqual(sbom.expression(words), said, words)

    def test_the_longest_beginning_tells_whose_a_runtime_file_is(self):
        self.assertEqual(sbom.runtime_project("lib_FoundationICU.a"), ("swift-foundation-icu", "Unicode-3.0"))
        self.assertEqual(sbom.runtime_project("lib_FoundationCShims.a")[0], "swift-foundation")
        with self.assertRaises(SystemExit):
            sbom.runtime_project("libunknown.a")


class SchemaTests(unittest.TestCase):
    def complaints(self, bill: dict) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "bill.json")
            file.write_text(json.dumps(bill))
            return sbom.validate(file)

    def test_a_bill_of_this_form_is_cyclonedx(self):
        self.assertEqual(self.complaints(BILL), [])

    def test_a_licence_that_spdx_does_not_know_is_not(self):
        bill = copy.deepcopy(BILL)
        bill["components"][0]["licenses"] = [{"license": {"id": "BSD-3-clause-ish"}}]
        self.assertEqual(len(self.complaints(bill)), 1)


if __name__ == "__main__":
    unittest.main()
