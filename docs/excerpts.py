"""Puts what Assay really prints of the sample quarter between the marks of README.md: excerpts.py README RUN EXPLAIN SUMMARY EVIDENCE"""

import json
import re
import sys


def between(text, first, last):
    """The lines from the one that begins with `first` to the one before the first empty line behind `last`."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith(first))
    end = next(i for i in range(start, len(lines)) if lines[i].startswith(last))
    return lines[start : end + 1]


def fenced(lines):
    return "\n".join(["```", *(line.rstrip() for line in lines), "```"])


def explained(text):
    """What is said of the statement, and the first rule; longer lines are cut."""
    lines = text.rstrip("\n").split("\n")
    table = next(i for i, line in enumerate(lines) if line.startswith("rule "))
    shown = lines[:table] + [line[:90].rstrip() + " …" for line in lines[table : table + 3]]
    return fenced(["$ assay explain gw1-nightly-jobs-0720/1 --config samples/assay.yaml", *shown])


def summary(text):
    """The title, the sentence, and what the first rows of the first table say."""
    title, sentence = [" ".join(block.split("\n")) for block in text.split("\n\n")][:2]
    lines = [title, "", sentence, "", "**Can it be relied on?**", "", "| Question | Answer | Result |", "| --- | --- | --- |"]
    for question in ["Completeness of the extraction", "Integrity", "Shadow"]:
        row = next(line for line in text.split("\n") if line.startswith(f"| **{question}**"))
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        lines.append("| " + " | ".join([question, cells[1], cells[2] if len(cells) > 2 else ""]) + " |")
    return "\n".join(("> " + line).rstrip() for line in lines)


def limits(evidence):
    """How many tests there are, and how many controls in scope none of them supports, by framework."""
    shares = []
    for framework in evidence["frameworks"]:
        untested = sum(control["status"] == "not_run" for control in framework["controls"])
        shares.append(f"{untested} of {len(framework['controls'])} for {framework['title'].split(',')[0]}")
    return "\n".join([
        f"- {len(evidence['tests'])} tests are there. Controls in scope that none of them supports are listed as not tested:",
        f"  {', '.join(shares)}.",
    ])


def main():
    path, run, explain, page, evidence = sys.argv[1:6]
    run, explain, page = (open(name, encoding="utf-8").read() for name in (run, explain, page))
    with open(evidence, encoding="utf-8") as file:
        evidence = json.load(file)
    excerpts = {
        "verdicts": fenced(between(run, "statements  verdict", "Could not be graded")),
        "tests": fenced(between(run, "test  result", "T-42")),  # the tests of controls; those of the tool itself follow
        "explain": explained(explain),
        "summary": summary(page),
        "limits": limits(evidence),
    }
    readme = open(path, encoding="utf-8").read()
    for name, text in excerpts.items():
        mark = re.compile(rf"<!-- excerpt: {name} -->\n.*?<!-- end -->", re.DOTALL)
        if not mark.search(readme):
            sys.exit(f"{path}: the mark of the excerpt {name} is missing")
        replacement = f"<!-- excerpt: {name} -->\n{text}\n<!-- end -->"
        readme = mark.sub(lambda _: replacement, readme)
    open(path, "w", encoding="utf-8").write(readme)


if __name__ == "__main__":
    main()
