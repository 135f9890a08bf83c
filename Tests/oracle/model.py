"""The words of the oracle: sessions, what a client was sent, and what a statement did to every table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

HARMFUL_ROWS = 6
"""From how many rows on that go or are overwritten the sessions' policy counts harm."""


@dataclass(frozen=True)
class Statement:
    """A text as a client sent it, and whether the proxy let it through (`allow`) or not (`block`)."""

    sql: str
    action: str = "allow"


@dataclass(frozen=True)
class Session:
    """Statements of one client on a fresh copy of a world."""

    name: str
    statements: tuple[Statement, ...]

    def without(self, positions: set[int], name: str) -> Session:
        """The session less the statements at some positions."""
        kept = tuple(s for i, s in enumerate(self.statements) if i not in positions)
        return Session(name, kept)


@dataclass(frozen=True)
class Table:
    """A table at a moment.

    `versions` maps what identifies a stored version of a row to its key and its values; `file` changes where the table is
    written anew; `root` is the partitioned table it is a part of, or itself. What is temporary, or unlogged, leaves no trace in
    a log."""

    identity: str
    name: str
    schema: str
    root: str
    file: str
    is_temporary: bool
    is_view: bool
    versions: dict[str, tuple[str, str]]

    def values(self) -> Counter[str]:
        """The rows as a multiset."""
        return Counter(values for _, values in self.versions.values())


@dataclass(frozen=True)
class World:
    """Everything at a moment: tables by identity, and every named object as (type, name) by identity."""

    tables: dict[str, Table]
    objects: dict[str, tuple[str, str]]

    def text(self) -> str:
        """All values of all rows as one text."""
        return "\n".join(values for table in self.tables.values() for _, values in table.versions.values())


@dataclass
class Delta:
    """What happened to the rows of one table, partitions taken together.

    `gone` and `new` count versions of rows that left and came: each took at least one update, insert or delete.
    `inserted`, `updated`, `deleted` is how keys tell them apart. `changed` are the updates that changed a value, `lost`
    and `come` the differences of the multisets."""

    identity: str
    name: str
    schema: str
    before: int = 0
    after: int = 0
    gone: int = 0
    new: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    changed: int = 0
    lost: int = 0
    come: int = 0
    is_rewritten: bool = False
    is_dropped: bool = False
    is_temporary: bool = False
    is_made: bool = False
    has_parts: bool = False
    has_code: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether no row changed."""
        return not (self.gone or self.new)


@dataclass
class Truth:
    """What one statement did when it really ran.

    `lost_objects` are those of the objects gone that stood there before the session."""

    error: str | None = None
    message: str = ""
    tag: str = ""
    rows: int | None = None
    rows_kind: str = "unknown"
    commands: int = 1
    total_changes: int | None = None
    deltas: list[Delta] = field(default_factory=list)
    gone_objects: list[tuple[str, str]] = field(default_factory=list)
    lost_objects: list[tuple[str, str]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    kept: bool | None = None
    undoes: bool = False
    sees: str = "none"


def difference(before: World, after: World, made: set[str]) -> list[Delta]:
    """What happened to the rows of every table between two moments; tables in which nothing did are left out."""
    deltas: dict[str, Delta] = {}
    for identity in sorted(before.tables.keys() | after.tables.keys()):
        old, new = before.tables.get(identity), after.tables.get(identity)
        one = new or old
        assert one is not None
        if one.is_view or old and new and old.versions is new.versions and identity == one.root:
            continue
        # A part that is dropped by itself is a table of its own.
        root = identity if old and not new and one.root in after.tables else one.root
        top = before.tables.get(root) or after.tables.get(root) or one
        delta = deltas.setdefault(root, Delta(root, top.name, top.schema))
        delta.is_temporary |= one.is_temporary
        delta.is_made |= root in made or identity in made
        delta.has_parts |= identity != root
        _add(delta, old, new)
    for root, delta in deltas.items():
        _settle(delta, root, before, after)
    return [delta for delta in deltas.values() if not delta.is_nothing]


def _add(delta: Delta, old: Table | None, new: Table | None) -> None:
    mine = old.versions if old else {}
    theirs = new.versions if new else {}
    delta.before += len(mine)
    delta.after += len(theirs)
    if old and new and old.file != new.file and theirs:
        delta.is_rewritten = True
    if old and not new:
        delta.is_dropped = True
    delta.gone += len(mine.keys() - theirs.keys())
    delta.new += len(theirs.keys() - mine.keys())


def _settle(delta: Delta, root: str, before: World, after: World) -> None:
    """Tells inserts, updates and deletes apart by the rows' keys, over the table and its parts."""
    mine = _rows(before, root)
    theirs = _rows(after, root)
    old = Counter(values for _, values in mine.values())
    new = Counter(values for _, values in theirs.values())
    delta.lost = sum((old - new).values())
    delta.come = sum((new - old).values())
    gone = Counter(key for version, (key, _) in mine.items() if version not in theirs)
    come = Counter(key for version, (key, _) in theirs.items() if version not in mine)
    delta.updated = sum((gone & come).values())
    delta.deleted = delta.gone - delta.updated
    delta.inserted = delta.new - delta.updated
    keys = gone & come
    delta.changed = min(delta.updated, delta.lost) if keys else 0


def _rows(world: World, root: str) -> dict[str, tuple[str, str]]:
    rows: dict[str, tuple[str, str]] = {}
    for table in world.tables.values():
        if table.root == root or table.identity == root:
            rows.update({f"{table.identity}/{version}": row for version, row in table.versions.items()})
    return rows
