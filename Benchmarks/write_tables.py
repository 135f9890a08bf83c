#!/usr/bin/env python3
"""Writes the table of benchmark-tables by XlsxWriter in constant memory, or by csv, and says how long that took."""

import csv
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

COLUMNS = "session statement at person connection decision rule verdict severity rows is_held shape".split()
START = datetime(2026, 7, 1)
Value = str | int | bool | datetime


def table(rows: int) -> Iterator[list[Value]]:
    """The rows, each of 12 values."""
    for row in range(rows):
        yield [
            f"session-{row // 50}", row % 50, START + timedelta(seconds=row), f"person-{row % 400}@example.org",
            f"connection-{row % 7}", "allow", f"rule-{row % 90}", "confirmed_allow", row % 5, row % 1000, row % 3 == 0,
            f"SELECT id, name FROM customers_{row % 60} WHERE id = $1 AND city = $2",
        ]  # fmt: skip


def write_workbook(rows: int, path: str) -> None:
    """One sheet, cell by cell."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Table")
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    whole = book.add_format({"num_format": "0"})
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name)
    for row, values in enumerate(table(rows), 1):
        for column, value in enumerate(values):
            match value:
                case bool():
                    sheet.write_boolean(row, column, value)
                case int():
                    sheet.write_number(row, column, value, whole)
                case str():
                    sheet.write_string(row, column, value)
                case _:
                    sheet.write_datetime(row, column, value, day)
    book.close()


def write_csv(rows: int, path: str) -> None:
    """A header and the rows."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(table(rows))


def main() -> None:
    """Writes what the arguments say."""
    form, rows, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    began = time.perf_counter()
    (write_workbook if form == "xlsx" else write_csv)(rows, path)
    print(rows, os.path.getsize(path), time.perf_counter() - began, sep="\t")


if __name__ == "__main__":
    main()
