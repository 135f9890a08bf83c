"""Writes where the sample's verdicts agree between the marks of docs/agreement.md and README.md:
agreement.py FOLDER EXPECTED AGREEMENT README

FOLDER holds the verdict lines of the three replays, EXPECTED the sample's incidents.csv and engines.csv."""

import collections
import csv
import json
import sys

from marks import replace, row

# In the order of the reports.
VERDICTS = (
    "confirmed_allow confirmed_block confirmed_mask confirmed_review false_allow false_block mask_leak needless_review "
    "debatable_block debatable_review moot_block diverged inconclusive ungraded"
).split()


def verdicts(path):
    """Verdict and reason of each statement."""
    lines = (json.loads(line) for line in open(path, encoding="utf-8"))
    return {(line["session"], str(line["seq"])): (line["verdict"], line["reason"] or "") for line in lines}


def rows(path):
    return list(csv.DictReader(open(path, encoding="utf-8", newline="")))


def grouped(number):
    return f"{number:,}"


def same(own, other, keys):
    return sum(1 for key in keys if own[key][0] == other[key][0])


def by_verdict(own, others, planted):
    """The result in a sentence, and the table that it comes from."""
    (first, one), (second, other) = others
    lines = [
        f"Of {grouped(len(own))} statements, {grouped(same(own, one, own))} get the same verdict on {first} and "
        f"{grouped(same(own, other, own))} on {second}.",
        "",
        row("verdict on its own rows", "statements", *(f"the same on {title}" for title, _ in others)),
        "|---|--:|" + "--:|" * len(others),
    ]

    def counts(title, keys):
        lines.append(row(title, grouped(len(keys)), *(grouped(same(own, other, keys)) for _, other in others)))

    for verdict in VERDICTS:
        keys = [key for key in own if own[key][0] == verdict]
        if keys:
            counts(f"`{verdict}`", keys)
    counts("**all**", list(own))
    counts("**planted in the story**", planted)
    return lines


def synthetic_differences(own, synthetic):
    pairs = collections.Counter((own[key], synthetic[key]) for key in own if own[key] != synthetic[key])
    lines = [row("on its own rows", "on synthetic rows", "statements"), "|---|---|--:|"]
    for (one, other), count in sorted(pairs.items()):
        lines.append(row(words(one), words(other), grouped(count)))
    return lines


def words(verdict):
    name, reason = verdict
    return f"`{name}`" + (f" ({reason})" if reason else "")


def engine_differences(own, postgresql, listed):
    """Every statement that the engines grade otherwise; each must be listed with its reason, and none besides."""
    found = {key: (own[key], postgresql[key]) for key in own if own[key] != postgresql[key]}
    known = {
        (line["session"], line["seq"]): (
            (line["sqlite"], line["sqlite_reason"]),
            (line["postgresql"], line["postgresql_reason"]),
        )
        for line in listed
    }
    if found != known:
        wrong = sorted(key for key in found.keys() | known.keys() if found.get(key) != known.get(key))
        sys.exit("engines.csv does not say how the engines differ on " + ", ".join("/".join(key) for key in wrong))
    lines = [row("statement", "SQLite", "PostgreSQL", "why"), "|---|---|---|---|"]
    for line in listed:
        one, other = known[line["session"], line["seq"]]
        lines.append(row("`` " + line["statement"] + " ``", words(one), words(other), line["why"]))
    return lines


def main():
    folder, expected, agreement, readme = sys.argv[1:5]
    own, synthetic, postgresql = (verdicts(f"{folder}/{name}.jsonl") for name in ("own", "synthetic", "postgresql"))
    if not own.keys() == synthetic.keys() == postgresql.keys():
        sys.exit("the three replays did not grade the same statements")
    planted = [(line["session"], line["seq"]) for line in rows(f"{expected}/incidents.csv")]
    table = by_verdict(own, [("synthetic rows", synthetic), ("PostgreSQL", postgresql)], planted)
    replace(agreement, "agreement", table)
    replace(agreement, "synthetic", synthetic_differences(own, synthetic))
    replace(agreement, "engines", engine_differences(own, postgresql, rows(f"{expected}/engines.csv")))
    replace(readme, "agreement", table)


if __name__ == "__main__":
    main()
