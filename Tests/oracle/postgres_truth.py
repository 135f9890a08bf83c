"""What a session really does to a PostgreSQL database: every table before and after each statement."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from model import Session, Statement, Table, Truth, World, difference
from postgres_cluster import Cluster
from postgres_library import PostgresConnection

_QUIET = ("BEGIN", "START TRANSACTION", "SAVEPOINT", "SET", "RELEASE", "PREPARE", "DEALLOCATE", "SHOW")


class Looking:
    """Reads whole databases; what was the same before is not read into pieces again."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, tuple[str, str]]] = {}
        self._objects: dict[str, dict[str, tuple[str, str]]] = {}
        self._first: dict[str, World] = {}

    def first(self, connection: PostgresConnection, world: str) -> World:
        """A fresh copy of a world: the same each time, places and transactions included."""
        if world not in self._first:
            self._first[world] = self.look(connection, None)
        return self._first[world]

    def look(self, connection: PostgresConnection, position: int | None) -> World:
        """Every table with its rows, and every object; sets a mark for the position on the way."""
        mark = "NULL" if position is None else str(position)
        tables: dict[str, Table] = {}
        for identity, root, schema, name, kind, file, temporary, rows in connection.read(
            f"SELECT * FROM oracle.tables({mark})"
        ):
            tables[str(identity)] = Table(
                str(identity),
                str(name),
                str(schema),
                str(root),
                str(file),
                temporary == "t",
                kind == "m",
                self._pieces(rows or ""),
            )
        listed = connection.read("SELECT oracle.objects()")[0][0] or ""
        if listed not in self._objects:
            parts = (line.split("\x1f") for line in listed.split("\x1e") if line)
            self._objects[listed] = {f"{own} {owner}": (kind, name) for own, kind, name, owner in parts}
        return World(tables, self._objects[listed])

    def _pieces(self, rows: str) -> dict[str, tuple[str, str]]:
        """Rows by place and transaction: every write makes a new version, also one that changes no value."""
        known = self._rows.get(rows)
        if known is None:
            if len(self._rows) > 4000:
                self._rows.clear()
            known = {}
            for row in rows.split("\x1e") if rows else ():
                place, key, values = row.split("\x1f", 2)
                known[place] = (key, values)
            self._rows[rows] = known
        return known


class PostgresRun:
    """One session on a copy of its own."""

    def __init__(self, cluster: Cluster, world: str, copy: str, looking: Looking) -> None:
        self._cluster, self._copy, self._looking = cluster, copy, looking
        cluster.copy(world, copy)
        self._connection = PostgresConnection(cluster.parameters(copy, "app"))
        self._world = looking.first(self._connection, world)
        self._has_unlogged = False
        self._original = set(self._world.objects)
        self._first = frozenset(self._world.tables)
        self._end = self._log_end()
        self._made: set[str] = set()

    def close(self) -> None:
        """Ends the session."""
        self._connection.close()

    def _log_end(self) -> str:
        """Where the server's log ends; nothing else writes to it."""
        return str(self._connection.read("SELECT pg_catalog.pg_current_wal_insert_lsn()")[0][0])

    def look(self) -> None:
        """Sees everything as it is, to tell what comes after from it; a failed transaction shows nothing."""
        if self._connection.state != "failed":
            self._end = self._log_end()
            self._see(self._looking.look(self._connection, None))
            self._made = self._world.tables.keys() - self._first

    def _see(self, world: World) -> None:
        self._has_unlogged = any(table.is_temporary for table in world.tables.values())
        self._world = world

    def forward(self, statement: Statement) -> Truth:
        """Runs a statement and says what was sent."""
        answer = self._connection.send(statement.sql)
        truth = Truth(error=answer.sqlstate, message=answer.message, tag=answer.tag, commands=answer.commands)
        truth.sent = answer.cells + answer.notices
        if answer.commands == 1 and not answer.sqlstate:
            if answer.returned is not None and answer.tag.split()[0] in ("SELECT", "FETCH", "EXPLAIN", "SHOW"):
                truth.rows, truth.rows_kind = answer.returned, "returned"
            elif answer.count is not None:
                truth.rows, truth.rows_kind = answer.count, "affected"
        return truth

    def send(self, statement: Statement, position: int) -> Truth:
        """Runs a statement and says what it did since the last look."""
        was_failed = self._connection.state == "failed"
        truth = self.forward(statement)
        if truth.tag.split(" ")[0] in _QUIET and truth.commands == 1 or self._connection.state in ("failed", "lost"):
            return truth
        truth.undoes = truth.tag == "ROLLBACK" or was_failed
        end = self._log_end()
        if end == self._end and not (self._has_unlogged and self._connection.state == "open") and not truth.undoes:
            # Whatever changes a row or an object is in the log, but rows of unlogged tables before their commit.
            return truth
        after = self._looking.look(self._connection, None if truth.undoes or truth.error else position)
        if not truth.error:
            truth.deltas = difference(self._world, after, self._made)
            has_code = self._triggered(statement)
            for delta in truth.deltas:
                delta.has_code = has_code or f"c{delta.identity}" in self._bearers()
            truth.gone_objects = gone_objects(self._world, after, self._world.objects.keys())
            truth.lost_objects = gone_objects(self._world, after, self._original)
        self._made = (self._made | (after.tables.keys() - self._world.tables.keys())) & after.tables.keys()
        self._end = self._log_end()
        self._see(after)
        return truth

    def _bearers(self) -> set[str]:
        """What has triggers."""
        return {own.split(" ")[1] for own, (kind, _) in self._world.objects.items() if kind == "trigger"}

    def _triggered(self, statement: Statement) -> bool:
        """Whether a statement names a view whose triggers may touch a row more than once."""
        bearers = self._bearers()
        views = (name for own, (kind, name) in self._world.objects.items() if kind == "view" and own.split(" ")[0] in bearers)
        return any(re.search(rf"\b{re.escape(name)}\b", statement.sql) for name in views)

    def kept(self) -> set[int]:
        """The positions of the statements whose work is there at the end, what is still open being undone."""
        if self._connection.state != "idle":
            self._connection.send("ROLLBACK")
        with self._cluster.connection(self._copy) as own:
            return {int(row[0] or 0) for row in own.read("SELECT position FROM oracle.marks")}


def gone_objects(before: World, after: World, among: AbstractSet[str]) -> list[tuple[str, str]]:
    """Those of some objects that are there no more; what goes with its table is no object of its own."""
    there = {identity.split(" ")[0] for identity in after.objects}
    was = {identity.split(" ")[0] for identity in before.objects}
    found: list[tuple[str, str]] = []
    for identity, (kind, name) in before.objects.items():
        own, owner = identity.split(" ")
        if identity not in among or own in there or owner and owner in was and owner not in there:
            continue
        found.append((kind, name))
    return sorted(found)


def session_truth(cluster: Cluster, world: str, session: Session, looking: Looking) -> list[Truth]:
    """What each statement did. A blocked one is tried on a copy on which everything before it that was let through ran."""
    truths: list[Truth] = []
    run = PostgresRun(cluster, world, "copy_main", looking)
    try:
        run.look()
        for position, statement in enumerate(session.statements):
            if statement.action == "block":
                tried = _ready(cluster, world, session, position, looking)
                tried.look()
                truths.append(tried.send(statement, position))
                tried.close()
            else:
                truths.append(run.send(statement, position))
        kept = run.kept()
    finally:
        run.close()
    for position, truth in enumerate(truths):
        truth.kept = position in kept
    return truths


def session_output(cluster: Cluster, world: str, session: Session, looking: Looking) -> list[Truth]:
    """What each statement sent, and nothing else."""
    truths: list[Truth] = []
    run = PostgresRun(cluster, world, "copy_main", looking)
    for position, statement in enumerate(session.statements):
        if statement.action == "block":
            tried = _ready(cluster, world, session, position, looking)
            truths.append(tried.forward(statement))
            tried.close()
        else:
            truths.append(run.forward(statement))
    run.close()
    return truths


def _ready(cluster: Cluster, world: str, session: Session, position: int, looking: Looking) -> PostgresRun:
    """A copy on which everything before a position that was let through ran."""
    run = PostgresRun(cluster, world, "copy_tried", looking)
    for statement in session.statements[:position]:
        if statement.action == "allow":
            run.forward(statement)
    return run
