"""Draws the populations of a package again with Python's sqlite3, from the pages of its tests, the ledger and the side files:
populations.py PACKAGE LEDGER FOLDER_OF_ASSAY_YAML

Shares no code with Assay. Prints one line for each test: how many rows the query gives, how many the CSV file holds, and how many cells
differ. Ends with 1 where something differs, or where no page could be drawn again."""

import csv
import json
import re
import sqlite3
import sys
from datetime import date, datetime, timezone
from pathlib import Path

SECOND = 10**9
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
FILE = re.compile(r"the rows of (\S+), SHA-256 [0-9a-f]{64}")
# What was decided on statements that are not in the ledger: no query draws it.
DECIDED = "what "


def nanoseconds(text: str) -> int:
    whole, _, part = text.rstrip("Z").partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * SECOND + int((part + "0" * 9)[:9])


def side_file(path: Path, query: str) -> str:
    """The rows as the query reads them: times in nanoseconds since 1970, days since then, flags as 0 or 1."""
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines(keepends=True) if not line.startswith("#")]
    rows = []
    for row in csv.DictReader(lines):
        read: dict[str, str | int | None] = {}
        for name, value in row.items():
            is_moment = f"'{name}_time'" in query
            if is_moment:
                read[f"{name}_time"] = nanoseconds(value) if TIME.fullmatch(value) else None
            if value in ("true", "false"):
                read[name] = int(value == "true")
            elif TIME.fullmatch(value) and not is_moment:
                read[name] = nanoseconds(value)
            elif DAY.fullmatch(value) and not is_moment:
                read[name] = (date.fromisoformat(value) - date(1970, 1, 1)).days
            elif value == "":
                read[name] = None
            else:
                read[name] = value
        rows.append(read)
    return json.dumps(rows)


def parameters(page: str, query: str, folder: Path) -> list[str | int] | None:
    """The values of `?1`, `?2` …; none where the page only describes one."""
    values: list[str | int] = []
    for text in re.findall(r"^\| `\?\d+`\s*\| .*? \| (.*?) *\|$", page, re.MULTILINE):
        value = re.sub(r"\\(.)", r"\1", text)
        file = FILE.fullmatch(value)
        if file:
            values.append(side_file(folder / file.group(1), query))
        elif value.startswith(DECIDED):
            return None
        elif TIME.fullmatch(value):
            values.append(nanoseconds(value))
        elif re.fullmatch(r"-?\d+", value):
            values.append(int(value))
        else:
            values.append(value)
    return values


def is_same(drawn: object, shown: str) -> bool:
    if drawn == shown:
        return True
    if TIME.fullmatch(shown):
        shown = str(nanoseconds(shown))
    elif DAY.fullmatch(shown) and isinstance(drawn, int):
        shown = str((date.fromisoformat(shown) - date(1970, 1, 1)).days)
    elif shown in ("true", "false") and isinstance(drawn, int):
        shown = str(int(shown == "true"))
    text = "" if drawn is None else str(drawn)
    return text in (shown, shown.removeprefix("'"))


def main() -> int:
    package, ledger, folder = map(Path, sys.argv[1:4])
    database = sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)
    wrong = drawn = 0
    for path in sorted(package.glob("tests/T-*.md")):
        page = path.read_text(encoding="utf-8")
        query = re.search(r"^```sql\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        values = parameters(page, query.group(1), folder) if query else None
        if not query or values is None:
            print(f"{path.stem}\tnot by a query alone")
            continue
        cursor = database.execute(query.group(1), values)
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        with open(package / "populations" / f"{path.stem}.csv", encoding="utf-8", newline="") as file:
            shown = list(csv.DictReader(file))
        cells = sum(
            not is_same(cell, there[name])
            for row, there in zip(rows, shown, strict=False)
            for name, cell in zip(columns, row, strict=True)
            if name in there
        )
        print(f"{path.stem}\t{len(rows)} rows\t{len(shown)} in the file\t{cells} cells differ")
        drawn += 1
        wrong += len(rows) != len(shown) or cells > 0
    return 1 if wrong or not drawn else 0


if __name__ == "__main__":
    sys.exit(main())
