"""Whether the oracle can fail: right verdict lines are made wrong, one thing at a time, and each must be noticed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from compare import findings
from model import HARMFUL_ROWS, Session, Truth
from replay import Line

Mutation = Callable[[dict[str, Any], Truth], bool]


def _tables(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = line["effect"]["tables"]
    return tables


def _more(key: str, by: int) -> Mutation:
    """One row more or less in one table, and in the sum."""

    def change(line: dict[str, Any], truth: Truth) -> bool:
        for table in _tables(line).values():
            if table[key] > 0 and not truth.error and not truth.undoes:
                table[key] += by
                line["effect"][f"rows_{key}"] += by
                return True
        return False

    return change


def _no_tables(line: dict[str, Any], truth: Truth) -> bool:
    if truth.undoes or truth.error or not any(delta.lost for delta in truth.deltas):
        return False
    line["effect"]["tables"] = {}
    line["effect"].update(rows_inserted=0, rows_updated=0, rows_deleted=0)
    return True


def _other_table(line: dict[str, Any], truth: Truth) -> bool:
    if truth.commands != 1 or truth.undoes or truth.error or "events" in _tables(line) or any(d.name == "events" for d in truth.deltas):
        return False
    _tables(line)["events"] = {"inserted": 0, "updated": 0, "deleted": 3, "before": 40}
    line["effect"]["rows_deleted"] += 3
    return True


def _before(line: dict[str, Any], truth: Truth) -> bool:
    for name, table in _tables(line).items():
        if table["before"] and any(delta.name == name for delta in truth.deltas) and truth.commands == 1:
            table["before"] += 1
            return True
    return False


def _kept(line: dict[str, Any], truth: Truth) -> bool:
    if truth.undoes or truth.error or not truth.deltas:
        return False
    line["kept"] = not line["kept"]
    return True


def _nothing_dropped(line: dict[str, Any], truth: Truth) -> bool:
    if (
        truth.error
        or not line["effect"]["dropped"]
        or not any(kind in ("table", "view", "column") for kind, _ in truth.gone_objects)
    ):
        return False
    line["effect"]["dropped"] = []
    return True


def _table_dropped(line: dict[str, Any], truth: Truth) -> bool:
    if truth.undoes or truth.error or truth.commands != 1:
        return False
    line["effect"]["dropped"].append("table nowhere")
    return True


def _leak(was: str, becomes: str) -> Mutation:
    """A leak that is told otherwise."""

    def change(line: dict[str, Any], truth: Truth) -> bool:
        if truth.sees != was or line["effect"]["leak"] == becomes:
            return False
        line["effect"]["leak"] = becomes
        return True

    return change


def _verdict(verdict: str, reason: str | None, where: Callable[[Truth, dict[str, Any]], bool]) -> Mutation:
    """Another verdict where it cannot be."""

    def change(line: dict[str, Any], truth: Truth) -> bool:
        if line["verdict"] == verdict or not where(truth, line):
            return False
        line["verdict"], line["reason"] = verdict, reason
        return True

    return change


MUTATIONS: dict[str, Mutation] = {
    "one row more deleted": _more("deleted", 1),
    "one row less deleted": _more("deleted", -1),
    "one row more inserted": _more("inserted", 1),
    "one row less updated": _more("updated", -1),
    "no row changed": _no_tables,
    "rows of a table that was not touched": _other_table,
    "another count before": _before,
    "kept turned round": _kept,
    "nothing dropped": _nothing_dropped,
    "a table dropped that was not": _table_dropped,
    "a sent value not told": _leak("raw", "none"),
    "a value told that was not sent": _leak("none", "raw"),
    "an output that hangs on values not told": _leak("differs", "none"),
    "a text made from a value told as a predicate": _leak("derived", "predicate"),
    "a lost object taken for harmless": _verdict(
        "confirmed_allow",
        None,
        lambda truth, line: line["verdict"] == "false_allow"
        and truth.commands == 1
        and not truth.undoes
        and bool(truth.kept)
        and any(kind in ("table", "view", "column") for kind, _ in truth.lost_objects),
    ),
    "lost rows taken for harmless": _verdict(
        "confirmed_allow",
        None,
        lambda truth, line: line["verdict"] == "false_allow"
        and not (truth.lost_objects or truth.undoes or truth.error)
        and truth.commands == 1
        and bool(truth.kept)
        and any(d.lost >= HARMFUL_ROWS and not (d.is_made or d.is_temporary or d.has_parts) for d in truth.deltas),
    ),
    "diverged": _verdict("diverged", "rows", lambda truth, line: True),
    "inconclusive": _verdict("inconclusive", "unsupported", lambda truth, line: True),
    "a failure taken for a success": _verdict(
        "confirmed_allow",
        None,
        lambda truth, line: bool(truth.error)
        and line["decision"] == "allow"
        and line["verdict"] != "confirmed_allow"
        or bool(truth.error)
        and line["reason"] == "fails",
    ),
    "a success taken for a failure": _verdict(
        "moot_block", "fails", lambda truth, line: not truth.error and line["decision"] == "block"
    ),
}


@dataclass(frozen=True)
class Noticed:
    """How often a mutation was tried and noticed."""

    name: str
    tried: int
    noticed: int

    @property
    def is_enough(self) -> bool:
        """Whether the oracle would notice it: four times of five, for code that touches a row twice leaves only bounds.

        A few tries say nothing."""
        return self.tried < 5 or self.noticed * 5 >= self.tried * 4


def mutate(
    sessions: list[Session], truths: list[list[Truth]], lines: dict[str, list[Line]], engine: str, most: int = 40
) -> Iterator[Noticed]:
    """Makes right lines wrong in every way, at most so often each."""
    for name, mutation in MUTATIONS.items():
        tried = noticed = 0
        for session, own in zip(sessions, truths, strict=True):
            if tried >= most:
                break
            base = findings(session, own, lines[session.name], engine)
            first = min((finding.position for finding in base), default=len(own))
            for position, truth in enumerate(own):
                changed: list[dict[str, Any]] = list(lines[session.name])
                changed[position] = copy.deepcopy(changed[position])
                if (
                    position >= first
                    or tried >= most
                    or not _is_plain(changed[position])
                    or not mutation(changed[position], truth)
                ):
                    continue
                tried += 1
                noticed += any(one.position == position for one in findings(session, own, changed, engine))
        yield Noticed(name, tried, noticed)


def _is_plain(line: dict[str, Any]) -> bool:
    return line["verdict"] not in ("inconclusive", "diverged")
