"""What a session really does to a SQLite database: every table before and after each statement."""

from __future__ import annotations

import contextlib
from collections.abc import Set as AbstractSet

from model import Session, Statement, Table, Truth, World, difference
from sqlite_library import SQLiteDatabase, SQLiteFailure

_STATE = {5: "23000", 19: "23000", 1: "42000", 4: "40000", 8: "25006", 20: "22000", 25: "22003"}


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


class Looking:
    """Reads whole databases; what was the same before is not read into pieces again."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, tuple[str, str]]] = {}
        self._shapes: dict[str, tuple[list[str], str]] = {}
        self.virtual: set[str] = set()

    def everything(self, image: bytes) -> str:
        """All values of a database as one text."""
        database = SQLiteDatabase(image)
        text = self.look(database).text()
        database.close()
        return text

    def look(self, database: SQLiteDatabase) -> World:
        """Every table with its rows, and every object, of the database and of its temporary schema."""
        tables: dict[str, Table] = {}
        objects: dict[str, tuple[str, str]] = {}
        # What a virtual table stores its rows in is no table of its own.
        stores = {f"{row[0]}.{row[1]}" for row in database.read("SELECT schema, name FROM pragma_table_list WHERE type = 'shadow'")}
        for schema in ("main", "temp"):
            for kind, name, owner, sql in database.read(
                f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_'"
            ):
                if name == "oracle_marks" or name is None or f"{schema}.{name}" in stores or f"{schema}.{owner}" in stores:
                    continue
                identity = f"{schema}.{name.lower()}"
                objects[f"{schema}.{kind}.{name.lower()}"] = (str(kind), f"{name}\0{owner}")
                if kind != "table":
                    continue
                if (sql or "").upper().startswith("CREATE VIRTUAL"):
                    self.virtual.add(name.lower())
                columns, query = self._shape(database, schema, name, sql or "")
                for column in columns:
                    objects[f"{identity}.{column.lower()}"] = ("column", f"{name}.{column}")
                try:
                    rows = database.read(query)[0][0]
                except SQLiteFailure:
                    # A virtual table reads another one, which may be gone; of its own it holds nothing.
                    continue
                tables[identity] = Table(identity, name, schema, identity, "", schema == "temp", False, self._pieces(rows))
        return World(tables, objects)

    def _shape(self, database: SQLiteDatabase, schema: str, name: str, sql: str) -> tuple[list[str], str]:
        """The columns of a table, and the query of all its rows as one text."""
        known = self._shapes.get(f"{schema}.{sql}")
        if known:
            return known
        found = database.read(f"SELECT name, pk FROM {schema}.pragma_table_xinfo({_text(name)}) WHERE hidden <> 1")
        columns = [row[0] or "" for row in found]
        key = "rowid"
        if "WITHOUT ROWID" in " ".join(sql.upper().split()):
            key = " || char(29) || ".join(f"quote({quoted(row[0] or '')})" for row in found if row[1] != "0")
        values = " || char(29) || ".join(f"quote({quoted(column)})" for column in columns)
        query = f"SELECT group_concat({key} || char(31) || {values}, char(30)) FROM {schema}.{quoted(name)}"
        self._shapes[f"{schema}.{sql}"] = (columns, query)
        return columns, query

    def _pieces(self, rows: str | None) -> dict[str, tuple[str, str]]:
        """Rows by key and values: a write that changes no value leaves its row as it is."""
        known = self._rows.get(rows or "")
        if known is None:
            if len(self._rows) > 4000:
                self._rows.clear()
            known = {}
            for row in rows.split("\x1e") if rows else ():
                key, values = row.split("\x1f", 1)
                known[row] = (key, values)
            self._rows[rows or ""] = known
        return known


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


class SQLiteRun:
    """One session on a copy of its own."""

    def __init__(self, image: bytes, looking: Looking) -> None:
        self._looking = looking
        self._database = SQLiteDatabase(image)
        self._database.run("PRAGMA foreign_keys = ON; CREATE TEMP TABLE oracle_marks (position INTEGER)")
        self._world = World({}, {})
        self.original: set[str] = set()
        self._has_virtual = False
        self._made: set[str] = set()

    def close(self) -> None:
        """Ends the session."""
        self._database.close()

    def look(self, original: AbstractSet[str] | None = None) -> None:
        """Sees everything as it is, to tell what comes after from it; `original` stood there before the session."""
        self._world = self._looking.look(self._database)
        self.original = set(self._world.objects if original is None else original)
        self._made = {own for own in self._world.tables if own.replace(".", ".table.", 1) not in self.original}

    def send(self, statement: Statement, position: int) -> Truth:
        """Runs a statement and says what it did since the last look."""
        was_open, changed = self._database.in_transaction, self._database.total_changes
        truth = self.forward(statement)
        self._note(statement, truth, was_open, changed, position)
        return truth

    def skip(self, statement: Statement) -> None:
        """Runs a statement of which nothing is asked."""
        self._has_virtual |= any(name in statement.sql.lower() for name in self._looking.virtual)
        self.forward(statement)

    def forward(self, statement: Statement) -> Truth:
        """Runs a statement and says what was sent."""
        truth = Truth(commands=0)
        written: int | None = None
        try:
            for command in self._database.commands(statement.sql):
                truth.commands += 1
                rows: list[tuple[str | None, ...]] = []
                is_readonly, width = command.is_readonly, command.width
                try:
                    command.rows(rows)
                finally:
                    truth.sent += ["\N{SYMBOL FOR NULL}" if cell is None else cell for row in rows for cell in row]
                    truth.rows, truth.rows_kind = (len(rows), "returned") if width else (None, "unknown")
                if not is_readonly and not width:
                    written = self._database.changes
        except SQLiteFailure as failure:
            truth.error = _STATE.get(failure.code & 0xFF, "HY000")
            truth.message = failure.message
            truth.sent.append(failure.message)
        words = statement.sql.upper().split()
        truth.tag = words[0].rstrip(";") if words else ""
        if truth.commands != 1 or truth.error:
            truth.rows, truth.rows_kind = None, "unknown"
        elif truth.rows_kind == "unknown" and truth.tag in ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"):
            truth.rows, truth.rows_kind = written, "affected"
        return truth

    def _note(self, statement: Statement, truth: Truth, was_open: bool, changed: int, position: int) -> None:
        is_open = self._database.in_transaction
        truth.undoes = truth.tag == "ROLLBACK" or (was_open and not is_open and truth.error is not None)
        # The library's total has the rows in which a virtual table stores its own, some of them at a later statement.
        self._has_virtual |= any(name in statement.sql.lower() for name in self._looking.virtual)
        if not self._has_virtual:
            truth.total_changes = self._database.total_changes - changed
        after = self._looking.look(self._database)
        truth.deltas = difference(self._world, after, self._made)
        truth.gone_objects = gone_objects(self._world, after, self._world.objects.keys())
        truth.lost_objects = gone_objects(self._world, after, self.original)
        self.original &= after.objects.keys()
        self._made = (self._made | (after.tables.keys() - self._world.tables.keys())) & after.tables.keys()
        self._world = after
        if not truth.undoes:
            # Where the session forbids itself to write, there is nothing to keep.
            with contextlib.suppress(SQLiteFailure):
                self._database.run(f"INSERT INTO temp.oracle_marks VALUES ({position})")

    def kept(self) -> set[int]:
        """The positions of the statements whose work is there at the end, what is still open being undone."""
        if self._database.in_transaction:
            self._database.run("ROLLBACK")
        return {int(row[0] or 0) for row in self._database.read("SELECT position FROM temp.oracle_marks")}


def gone_objects(before: World, after: World, among: AbstractSet[str]) -> list[tuple[str, str]]:
    """Those of some objects that are there no more; what goes with its table is no object of its own."""
    gone = {identity: before.objects[identity] for identity in before.objects.keys() - after.objects.keys()}
    owners = {name.split("\0")[0].lower() for kind, name in gone.values() if kind in ("table", "view")}
    found: list[tuple[str, str]] = []
    for identity, (kind, name) in gone.items():
        if identity not in among:
            continue
        own, _, owner = name.partition("\0")
        if kind == "column" and own.split(".")[0].lower() in owners:
            continue
        if kind in ("index", "trigger") and owner.lower() in owners:
            continue
        found.append((kind, own))
    return sorted(found)


def session_truth(image: bytes, session: Session, looking: Looking) -> list[Truth]:
    """What each statement did. A blocked one is tried on a copy on which everything before it that was let through ran."""
    truths: list[Truth] = []
    run = SQLiteRun(image, looking)
    try:
        run.look()
        for position, statement in enumerate(session.statements):
            if statement.action == "block":
                tried = _ready(image, session, position, looking)
                tried.look(run.original)
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


def session_output(image: bytes, session: Session, looking: Looking) -> list[Truth]:
    """What each statement sent, and nothing else."""
    truths: list[Truth] = []
    run = SQLiteRun(image, looking)
    for position, statement in enumerate(session.statements):
        if statement.action == "block":
            tried = _ready(image, session, position, looking)
            truths.append(tried.forward(statement))
            tried.close()
        else:
            truths.append(run.forward(statement))
    run.close()
    return truths


def _ready(image: bytes, session: Session, position: int, looking: Looking) -> SQLiteRun:
    """A copy on which everything before a position that was let through ran."""
    run = SQLiteRun(image, looking)
    for statement in session.statements[:position]:
        if statement.action == "allow":
            run.skip(statement)
    return run
