"""Tests of the freeze itself: python3 -m unittest discover -s Tests/freeze. They need no program under test."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from differences import differences
from golden import read_golden
from workspace import REPOSITORY


class FreezeTests(unittest.TestCase):
    """What a comparison must say, and what it reads."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.one, self.other = (Path(self._folder.name) / name for name in "ab")
        for root in (self.one, self.other):
            (root / "sample").mkdir(parents=True)
            (root / "page.md").write_text("one\ntwo\n", encoding="utf-8")
            lines = [{"session": "s", "seq": 1, "verdict": "false_allow"}, {"session": "s", "seq": 2, "verdict": "moot_block"}]
            (root / "sample/own.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    def tearDown(self) -> None:
        self._folder.cleanup()

    def test_equal_folders_do_not_differ(self) -> None:
        self.assertEqual(differences(self.one, self.other, 5), [])

    def test_a_verdict_that_changed_is_shown_with_its_statement(self) -> None:
        path = self.other / "sample/own.jsonl"
        path.write_text(path.read_text(encoding="utf-8").replace("moot_block", "false_block"), encoding="utf-8")
        said = differences(self.one, self.other, 5)
        self.assertEqual(said[:2], ["sample/own.jsonl: 1 of 2 lines differ", "    s/2"])
        self.assertIn('"moot_block"  ->  "false_block"', said[2])

    def test_a_changed_line_a_missing_file_and_other_bytes_are_told(self) -> None:
        (self.other / "page.md").write_text("one\nthree\n", encoding="utf-8")
        (self.one / "only.txt").write_text("x", encoding="utf-8")
        for number, root in enumerate((self.one, self.other)):
            (root / "book.xlsx").write_bytes(bytes([0xFF, number]))
        said = "\n".join(differences(self.one, self.other, 5))
        for part in ("page.md: 2 lines differ", "-two", "+three", "only.txt: only in", "book.xlsx: the bytes differ"):
            self.assertIn(part, said)

    def test_every_case_of_the_golden_corpora_is_a_session(self) -> None:
        files = read_golden(REPOSITORY / "Tests/ReplayTests/golden")
        sessions = {engine: 0 for engine in ("sqlite", "postgresql")}
        for file in files:
            sessions[file.engine] += file.archive.count('"type": "session_open"')
        page = (REPOSITORY / "docs/golden.md").read_text(encoding="utf-8")
        for count in sessions.values():
            self.assertIn(f"{count} cases in", page)


if __name__ == "__main__":
    unittest.main()
