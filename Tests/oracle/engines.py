"""The two engines behind one face: worlds, generated sessions, the truth about a session."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

import postgres_truth
import sqlite_truth
from leaks import depends, forgive, judge, pattern
from model import Session, Truth
from postgres_cluster import Cluster
from sqlite_library import SQLiteDatabase
from write_postgres import postgres_sessions
from write_sqlite import sqlite_sessions

WORLDS = Path(__file__).parent / "worlds"


class World(Protocol):
    """A database script, and what really happens when sessions run on copies of it."""

    engine: str
    shadow: str
    sensitive: list[str]
    is_volatile: bool
    """Whether its sessions may ask for the time or for chance, so that equal runs need not send the same."""

    def truth(self, session: Session) -> list[Truth]:
        """What each statement of the session did."""

    def generate(self, seed: int, statements: int) -> list[Session]:
        """Seeded sessions for this world."""


def header(script: str) -> tuple[list[str], str]:
    """The sensitive columns that a script names, and the script with other values in them.

    `-- sensitive: table.column …` names them, `-- perturb: UPDATE …` stands where the values are changed."""
    names = re.findall(r"^-- sensitive: (.*)$", script, re.M)
    return " ".join(names).split(), re.sub(r"^-- perturb: (.*)$", r"\1;", script, flags=re.M)


_OTHER = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "5678901234nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM",
)


def perturbation(values: dict[str, list[str]]) -> str:
    """Statements that give each sensitive column other values of the same shape; equal ones stay equal."""
    statements: list[str] = []
    for column, own in values.items():
        table, _, name = column.rpartition(".")
        pairs = [(text(value), text(value.translate(_OTHER))) for value in sorted(set(own)) if value]
        if pairs:
            cases = " ".join(f"WHEN {old} THEN {new}" for old, new in pairs)
            statements.append(f"UPDATE {table} SET {name} = CASE {name} {cases} ELSE {name} END;")
    return "\n" + "\n".join(statements)


def text(value: str) -> str:
    """A value as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


class SQLiteWorld:
    """A world of SQLite."""

    engine = "sqlite"
    is_volatile = False

    def __init__(self, path: Path, sensitive: list[str] | None = None) -> None:
        self.shadow = f"sqlite:{path}"
        script = path.read_text(encoding="utf-8")
        self.sensitive, other = header(script)
        self.sensitive = sensitive or self.sensitive
        self._image, values = self._build(script)
        if other == script:
            other += perturbation(values)
        self._other = self._build(other)[0] if self.sensitive else None
        self._values = pattern([value for own in values.values() for value in own])
        self._looking = sqlite_truth.Looking()
        self._everything = self._looking.everything(self._image)

    def _build(self, script: str) -> tuple[bytes, dict[str, list[str]]]:
        database = SQLiteDatabase()
        database.run("PRAGMA foreign_keys = ON")
        database.run(script)
        values: dict[str, list[str]] = {}
        for name in self.sensitive:
            table, _, column = name.rpartition(".")
            values[name] = [row[0] or "" for row in database.read(f"SELECT {column} FROM {table}")]
        image = database.image()
        database.close()
        return image, values

    def truth(self, session: Session) -> list[Truth]:
        """What each statement of the session did."""
        mine = sqlite_truth.session_truth(self._image, session, self._looking)
        if self._other is not None:
            judge(mine, sqlite_truth.session_output(self._other, session, self._looking), self._values, self._everything)
            if self.is_volatile and depends(mine):
                forgive(mine, sqlite_truth.session_output(self._image, session, self._looking))
        return mine

    def generate(self, seed: int, statements: int) -> list[Session]:
        """Seeded sessions for this world."""
        return sqlite_sessions(seed, statements)


class PostgresWorld:
    """A world of PostgreSQL, on a cluster that the caller keeps."""

    engine = "postgresql"
    is_volatile = False

    def __init__(self, path: Path, cluster: Cluster, sensitive: list[str] | None = None) -> None:
        self.shadow = f"postgres:{path}"
        self._cluster = cluster
        script = path.read_text(encoding="utf-8")
        self.sensitive, other = header(script)
        self.sensitive = sensitive or self.sensitive
        cluster.add_world("world", script)
        values: dict[str, list[str]] = {}
        with cluster.connection("world") as own:
            for name in self.sensitive:
                table, _, column = name.rpartition(".")
                values[name] = [row[0] or "" for row in own.read(f"SELECT {column}::text FROM {table}")]
        self._has_other = bool(self.sensitive)
        self._mentions = self._ways(cluster)
        if self._has_other:
            cluster.add_world("other_world", other if other != script else other + perturbation(values))
        self._values = pattern([value for several in values.values() for value in several])
        self._looking = postgres_truth.Looking()
        with cluster.connection("world") as own:
            self._everything = self._looking.look(own, None).text()

    def truth(self, session: Session) -> list[Truth]:
        """What each statement of the session did."""
        mine = postgres_truth.session_truth(self._cluster, "world", session, self._looking)
        if self._has_other and any(self._mentions.search(statement.sql) for statement in session.statements):
            other = postgres_truth.session_output(self._cluster, "other_world", session, self._looking)
            judge(mine, other, self._values, self._everything)
            if self.is_volatile and depends(mine):
                forgive(mine, postgres_truth.session_output(self._cluster, "world", session, self._looking))
        return mine

    def _ways(self, cluster: Cluster) -> re.Pattern[str]:
        """What a text says that can reach sensitive values: their tables and columns, and code and views that say them."""
        words = {word for name in self.sensitive for word in name.split(".")[-2:]}
        query = (
            "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace UNION ALL "
            "SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c WHERE relkind IN ('v', 'm')"
        )
        with cluster.connection("world") as own:
            for name, body in own.read(query):
                if name and body and any(re.search(rf"\b{word}\b", body) for word in words):
                    words.add(name)
        return re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(words)) or r"(?!)", re.I)

    def generate(self, seed: int, statements: int) -> list[Session]:
        """Seeded sessions for this world."""
        return postgres_sessions(seed, statements)
