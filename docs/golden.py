"""Writes how the golden corpus comes out between the marks of docs/golden.md and README.md, and what was measured of each case
into MEASURED: golden.py SELFTEST GOLDEN README MEASURED

SELFTEST is what `assay selftest --json` printed where PostgreSQL is installed."""

import json
import os
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


def read_measured(path):
    """The revision and the digest of each case that a file holds."""
    if not os.path.exists(path):
        return None, {}
    lines = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")]
    return lines[0][1], {tuple(line[:3]): line[3] for line in lines[1:]}


def write_measured(path, revision, runs):
    """Refuses other digests under the same revision: a ledger would go on using what was measured before."""
    before, known = read_measured(path)
    found = {(engine, one["file"], one["case"]): one["digest"] for engine, run in runs.items() for one in run["measured"]}
    changed = sorted(key for key in known.keys() & found.keys() if known[key] != found[key])
    if changed and before == revision:
        cases = "; ".join(" ".join(key) for key in changed[:5])
        sys.exit(
            f"{len(changed)} cases are measured otherwise than before, such as {cases}. Raise MeasurementKeys.revision, "
            "so that ledgers measure again, and run this again."
        )
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"revision\t{revision}\n")
        for key in sorted(found):
            file.write("\t".join([*key, found[key]]) + "\n")


def main():
    selftest, golden, readme, measured = sys.argv[1:5]
    document = json.load(open(selftest, encoding="utf-8"))
    runs = {run["engine"]: run for run in document["engines"]}
    for engine in ["sqlite", "postgresql"]:
        if engine not in runs:
            sys.exit(f"{selftest}: the corpus did not run on {engine}; install it and try again")
        replace(golden, engine, section(runs[engine]))
    write_measured(measured, document["measuring_revision"], runs)
    replace(readme, "golden", matrix([("SQLite", runs["sqlite"]), ("PostgreSQL", runs["postgresql"])]))


if __name__ == "__main__":
    main()
