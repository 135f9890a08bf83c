"""Writes how the golden corpus comes out between the marks of docs/golden.md and README.md: golden.py SELFTEST GOLDEN README

SELFTEST is what `assay selftest --json` printed where PostgreSQL is installed."""

import json
import sys

from marks import replace, row


def section(run):
    matrix, wrong = run["matrix"], run["statements"] - run["right"]
    lines = [
        f"{run['cases']} cases in {run['files']} files, {run['statements']} statements: {run['right']} right, {wrong} wrong.",
        "",
        row("verdict", "expected", "given", "right"),
        "|---|--:|--:|--:|",
    ]
    for name, tally in run["verdicts"].items():
        if tally["expected"] or tally["given"]:
            lines.append(row(f"`{name}`", tally["expected"], tally["given"], tally["right"]))
    lines += [
        "",
        row("effect measured", "caught or held back", "not"),
        "|---|--:|--:|",
        row("harmful", matrix["true_positives"], matrix["false_negatives"]),
        row("others", matrix["false_positives"], matrix["true_negatives"]),
    ]
    return lines


def matrix(runs):
    lines = [
        row("engine", "cases", "statements", "right", "harmful, caught", "missed", "others, held back", "let through"),
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for title, run in runs:
        parts = ["true_positives", "false_negatives", "false_positives", "true_negatives"]
        counts = [run["matrix"][part] for part in parts]
        lines.append(row(title, run["cases"], run["statements"], run["right"], *counts))
    return lines


def main():
    selftest, golden, readme = sys.argv[1:4]
    runs = {run["engine"]: run for run in json.load(open(selftest, encoding="utf-8"))["engines"]}
    for engine in ["sqlite", "postgresql"]:
        if engine not in runs:
            sys.exit(f"{selftest}: the corpus did not run on {engine}; install it and try again")
        replace(golden, engine, section(runs[engine]))
    replace(readme, "golden", matrix([("SQLite", runs["sqlite"]), ("PostgreSQL", runs["postgresql"])]))


if __name__ == "__main__":
    main()
