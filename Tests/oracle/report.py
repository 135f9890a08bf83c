"""What the oracle prints, and the kinds of faults that are known."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from compare import Finding
from model import Session
from mutations import Noticed

_KNOWN = Path(__file__).parent / "known.txt"
_HEAD = "# Kinds of findings that are known and open, one a line, with its engine; docs/oracle.md explains them.\n"


def known_kinds() -> set[str]:
    """The kinds that known.txt lists."""
    if not _KNOWN.exists():
        return set()
    lines = _KNOWN.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def write_known(kinds: set[str]) -> None:
    """Writes known.txt anew."""
    _KNOWN.write_text(_HEAD + "".join(f"{kind}\n" for kind in sorted(kinds)), encoding="utf-8")


def print_findings(found: dict[str, list[Finding]], smallest: dict[str, Session], known: set[str]) -> None:
    """Prints each kind, new ones first: how often, an example, and the smallest session."""
    for kind, several in sorted(found.items(), key=lambda one: (one[0] in known, -len(one[1]), one[0])):
        example = several[0]
        print(f"{'known' if kind in known else 'NEW'}  {len(several)} x  {kind}")
        print(f"    {example.session}/{example.position + 1}: {_short(example.sql)}")
        print(f"    assay:    {_short(example.said)}\n    happened: {_short(example.happened)}")
        for statement in smallest[kind].statements if kind in smallest else ():
            print(f"    | {'' if statement.action == 'allow' else '[blocked] '}{_short(statement.sql)}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 240 else text[:237] + "…"


def print_noticed(engine: str, mutations: Iterable[Noticed]) -> int:
    """Says which wrong lines the oracle noticed; gives how many ways to be wrong it would not notice."""
    tried = [mutation for mutation in mutations if mutation.tried]
    blind = [mutation for mutation in tried if not mutation.is_enough]
    print(f"{engine}: {len(tried) - len(blind)} of {len(tried)} ways to make a line wrong are noticed", file=sys.stderr)
    for mutation in blind:
        print(f"    {mutation.name}: {mutation.noticed} of {mutation.tried}", file=sys.stderr)
    return len(blind)
