"""Holds verdict lines against the truth. Each check says why its bounds are what they are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model import HARMFUL_ROWS, Delta, Session, Statement, Truth
from replay import Line

_CODE = re.compile(r"\b(create\s+(or\s+replace\s+)?(temp\s+)?(function|procedure|trigger|rule)|do\s+\$\$|call\s)", re.I)
_HAS_CODE = re.compile(r" [0-9A-Z]{5}$")
_REPLACES = re.compile(r"\breplace\b", re.I)
_MISSING = ("42P01", "42703", "42883", "3F000", "42704", "42000")
_LARGE = ("table", "view", "materialized view", "column", "function", "procedure", "large object")

Add = Callable[[str, object, object], None]


@dataclass(frozen=True)
class Finding:
    """A statement of which the program says something else than what happened."""

    kind: str
    session: str
    position: int
    sql: str
    said: str
    happened: str

    @property
    def signature(self) -> str:
        """What kind of fault it is, by the first words of the statement."""
        words = re.findall(r"[A-Za-z]+", self.sql)[:1]
        return self.kind if _HAS_CODE.search(self.kind) else f"{self.kind}: {' '.join(words).upper()}"


def findings(session: Session, truths: list[Truth], lines: list[Line], engine: str) -> list[Finding]:
    """What differs first in one session: after it the program's session may be another, and so what follows from it.

    Of a statement whose verdict is wrong, nothing else is asked."""
    found: list[Finding] = []
    has_code = False
    for position, (statement, truth, line) in enumerate(zip(session.statements, truths, lines, strict=True)):
        has_code = has_code or bool(_CODE.search(statement.sql))

        def add(kind: str, said: object, happened: object) -> None:
            found.append(Finding(kind, session.name, position, statement.sql, str(said), str(happened)))

        _check_verdict(statement, truth, line, add)
        if found:
            break
        if line["verdict"] in ("inconclusive", "diverged"):
            continue
        _check_rows(statement, truth, line, engine, has_code, add)
        _check_objects(statement, truth, line, add)
        _check_kept(statement, truth, line, engine, add)
        _check_leak(truth, line, add)
        _check_harm(statement, truth, line, add)
        _check_lost_rows(statement, truth, line, engine, has_code, add)
        if found:
            break
    return found


def _check_verdict(statement: Statement, truth: Truth, line: Line, add: Add) -> None:
    """Recorded counts and errors are what happened on the same rows, so nothing may diverge and all can be told.

    Of a block that misses an object the design says that it has no verdict where others used that object. What hangs on the
    server's clock and chance has none either, and what never ended none that hangs on its end."""
    verdict, reason = line["verdict"], line["reason"]
    error = f" {truth.error}" if truth.error else ""
    if verdict == "inconclusive":
        if reason == "schema_missing" and statement.action == "block" and truth.error in _MISSING:
            return
        if reason not in ("volatile", "timeout"):
            add(f"inconclusive {reason}{error}", f"{verdict} {reason}", truth.error or f"{truth.tag}: ran")
    elif verdict == "diverged":
        add(f"diverged {reason}{error}", f"{verdict} {reason}", truth.error or f"{truth.tag}: ran")
    elif truth.error and statement.action == "allow" and reason != "fails":
        add(f"a failure is not told{error}", verdict, truth.error)
    elif truth.error and statement.action == "block" and reason != "fails" and not truth.deltas:
        add(f"a block would have failed{error}", verdict, truth.error)
    elif not truth.error and verdict == "moot_block":
        add("a block would have run", verdict, truth.tag)


def _name(delta: Delta, tables: dict[str, dict[str, Any]]) -> str:
    qualified = f"{delta.schema}.{delta.name}"
    return qualified if qualified in tables else delta.name


def _check_rows(statement: Statement, truth: Truth, line: Line, engine: str, has_code: bool, add: Add) -> None:
    """Rows by table. What a rollback takes back is no effect of the rollback.

    A failed statement does nothing, but on SQLite with OR FAIL or RAISE(FAIL), where what it had done stays."""
    if truth.undoes or (engine == "postgresql" and truth.error):
        deltas: list[Delta] = []
    else:
        deltas = truth.deltas
    if statement.sql.upper().lstrip().startswith("ALTER"):
        # A table that is written anew, renamed or less a column has no row more or less than before.
        return
    tables: dict[str, dict[str, Any]] = dict(line["effect"]["tables"])
    grouped: dict[str, list[Delta]] = defaultdict(list)
    for delta in deltas:
        grouped[_name(delta, tables)].append(delta)
    # Several commands in one text, and code, may touch a row more than once: each time counts, so there are only bounds.
    is_plain = truth.commands == 1 and not has_code and not truth.undoes
    for name, parts in sorted(grouped.items()):
        said = tables.pop(name, {"inserted": 0, "updated": 0, "deleted": 0, "before": None})
        if len({(part.schema, part.name) for part in parts}) > 1:
            add("tables of one name in one line", said, [(p.schema, p.deleted) for p in parts])
            continue
        if truth.commands != 1 and truth.error:
            continue
        for problem in _problems(said, parts[0], engine, is_plain, truth, statement):
            add(problem, {name: said}, _short(parts[0]))
    undoes = truth.commands != 1 and (truth.error or "ROLLBACK" in statement.sql.upper())
    if undoes or truth.error and not line["kept"]:
        # What ran before a failure or a rollback of the same text was attempted, and is counted as that.
        return
    for name, said in sorted(tables.items()):
        if said["inserted"] != said["deleted"]:
            add("rows that did not change are counted", {name: said}, "nothing")
        elif is_plain and said["inserted"] + said["deleted"] > 0 and engine == "postgresql" and truth.tag[:7] != "REFRESH":
            add("rows that came and went at once are counted", {name: said}, "nothing")
    if engine == "sqlite" and is_plain and truth.error is None:
        _check_total(statement, truth, line, add)


def _problems(said: dict[str, Any], delta: Delta, engine: str, is_plain: bool, truth: Truth, statement: Statement) -> list[str]:
    inserted, updated, deleted = said["inserted"], said["updated"], said["deleted"]
    problems: list[str] = []
    if inserted - deleted != delta.after - delta.before:
        problems.append("rows inserted less deleted are not what the table grew by")
    elif updated + deleted < delta.lost or inserted + updated < delta.come:
        problems.append("fewer rows than changed")
    elif engine == "postgresql" and is_plain and not (delta.is_rewritten or delta.has_parts or delta.has_code):
        # Versions show every update, also one that changes no value.
        # A key tells an update from a delete and an insert, so one that changes the key looks like both.
        moved = updated - delta.updated if statement.sql.lstrip().upper().startswith("UPDATE") else 0
        if moved < 0 or (inserted, updated - moved, deleted) != (delta.inserted - moved, delta.updated, delta.deleted - moved):
            problems.append("other counts than the versions of rows show")
    before = said.get("before")
    if before is not None and before != delta.before and truth.commands == 1:
        problems.append("rows before are not what was there")
    return problems


def _check_total(statement: Statement, truth: Truth, line: Line, add: Add) -> None:
    """SQLite's own total counts triggers and keys, but neither rows that REPLACE deletes nor what schema changes do."""
    first = truth.tag
    if first not in ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH") or truth.undoes or truth.total_changes is None:
        return
    effect = line["effect"]
    total = effect["rows_inserted"] + effect["rows_updated"] + effect["rows_deleted"]
    expected = truth.total_changes
    replaces = _REPLACES.search(statement.sql)
    if total < expected or total > expected and not replaces:
        add("another total than SQLite's own", total, expected)


def _short(delta: Delta) -> str:
    return (
        f"{delta.schema}.{delta.name}: {delta.inserted} inserted, {delta.updated} updated, {delta.deleted} deleted,"
        f" {delta.before} before, {delta.after} after"
    )


def _check_objects(statement: Statement, truth: Truth, line: Line, add: Add) -> None:
    """Objects that are gone: tables, views, columns and functions always, others where the statement names their type."""
    said = Counter(_plain(text) for text in line["effect"]["dropped"])
    if truth.undoes or truth.error:
        gone: list[tuple[str, str]] = []
    else:
        gone = truth.gone_objects
    words = statement.sql.lower()
    for kind, name in gone:
        own = name.rsplit(".", 1)[-1] if kind != "column" else name
        key = (kind, own)
        if said[key] > 0:
            said[key] -= 1
        elif "rename" in words or kind == "composite":
            continue
        elif kind in _LARGE or re.match(rf"\s*drop\s+{kind}\b", words):
            add(f"a {kind} that is gone is not told", line["effect"]["dropped"], f"{kind} {name}")
    # What a failure took back was attempted.
    if truth.undoes or truth.commands != 1 or truth.error and not line["kept"]:
        return
    for (kind, name), count in said.items():
        if count > 0 and not (kind in ("policy", "rule", "sequence", "type", "index", "trigger") and not truth.error):
            add("an object that is there is told as gone", f"{kind} {name}", gone)


def _plain(text: str) -> tuple[str, str]:
    for kind in ("materialized view", "foreign table", "large object"):
        if text.startswith(kind + " "):
            return kind, text[len(kind) + 1 :].rsplit(".", 1)[-1]
    kind, _, name = text.partition(" ")
    name = name.split("(")[0]
    if kind == "column":
        return kind, ".".join(name.split(".")[-2:])
    return kind, name.rsplit(".", 1)[-1].strip('"')


def _check_kept(statement: Statement, truth: Truth, line: Line, engine: str, add: Add) -> None:
    """Whether what a statement did was there when the session ended; asked only of those that did something."""
    if truth.undoes or truth.error and engine == "postgresql" or not (truth.deltas or truth.gone_objects):
        return
    kept = bool(truth.kept) and statement.action == "allow"
    if line["kept"] != kept and "ROLLBACK" not in statement.sql.upper():
        add("told as kept and is not" if line["kept"] else "kept and not told", line["kept"], kept)


def _check_leak(truth: Truth, line: Line, add: Add) -> None:
    """A value that stands in the output is raw; output that is another with other values shows something of them."""
    leak = line["effect"]["leak"]
    if truth.sees == "raw" and leak != "raw":
        add("a value that was sent is not told", leak, "raw")
    elif truth.sees in ("derived", "differs") and leak == "none":
        add("an output that hangs on values is not told", leak, truth.sees)
    elif truth.sees == "derived" and leak == "predicate":
        add("a text made from a value is told as a predicate", leak, "derived")
    elif leak == "raw" and truth.sees not in ("raw", "unknown"):
        add("a value that was not sent is told", leak, truth.sees)


def _check_harm(statement: Statement, truth: Truth, line: Line, add: Add) -> None:
    """An object that stood there before the session is harm wherever a policy names any; what a session made may go again."""
    if truth.error or truth.undoes or truth.commands != 1 or "rename" in statement.sql.lower():
        return
    lost = [f"{kind} {name}" for kind, name in truth.lost_objects if kind in _LARGE]
    if not lost:
        return
    if statement.action == "block" and line["verdict"] != "confirmed_block":
        add("a blocked loss of an object is no harm", line["verdict"], lost)
    elif statement.action == "allow" and truth.kept and line["verdict"] != "false_allow":
        add("a lost object is no harm", line["verdict"], lost)


def _check_lost_rows(statement: Statement, truth: Truth, line: Line, engine: str, has_code: bool, add: Add) -> None:
    """As many rows as the policy counts, gone or overwritten, are harm; fewer versions of rows that went are none.

    What the session made may go again, an ALTER is judged by its objects, and a row that only moves to another part is there."""
    undoes = truth.undoes or truth.error and engine == "postgresql" or truth.commands != 1 and "ROLLBACK" in statement.sql.upper()
    if undoes or truth.lost_objects or statement.sql.upper().lstrip().startswith("ALTER"):
        return
    own = [delta for delta in truth.deltas if not (delta.is_made or delta.is_temporary)]
    lost = sum(delta.lost for delta in own if not delta.has_parts)
    is_harm = line["verdict"] in ("false_allow", "confirmed_block")
    is_done = statement.action == "block" or truth.kept
    if lost >= HARMFUL_ROWS and is_done and not is_harm:
        add("lost rows are no harm", line["verdict"], [_short(delta) for delta in own])
    went = sum(delta.gone for delta in own)
    effect = line["effect"]
    is_other_harm = any(effect[key] for key in ("escalated", "refused", "truncated", "dropped")) or effect["leak"] != "none"
    # A row that a trigger changes again counts twice.
    is_twice = effect["rows_updated"] + effect["rows_deleted"] > went
    if is_harm and went < HARMFUL_ROWS and truth.commands == 1 and not (has_code or is_other_harm or is_twice):
        add("harm that did not happen", line["verdict"], [_short(delta) for delta in own])
