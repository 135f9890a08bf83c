"""Seeded sessions: what both engines' generators share."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from model import Session, Statement

Template = Callable[["Writer"], str]


@dataclass
class Writer:
    """Writes the statements of one session; remembers what the session made and which transaction it is in."""

    random: random.Random
    tables: tuple[str, ...]
    made: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    savepoints: list[str] = field(default_factory=list)
    in_transaction: bool = False
    numbered: int = 0

    def pick(self, *choices: str) -> str:
        """One of the choices."""
        return self.random.choice(choices)

    def number(self, least: int, most: int) -> int:
        """A number between two, both included."""
        return self.random.randint(least, most)

    def name(self, kind: str) -> str:
        """A name that the session has not used yet."""
        self.numbered += 1
        return f"{kind}{self.numbered}"

    def table(self) -> str:
        """A table of the world, or one that the session made."""
        if self.made and self.number(0, 3) == 0:
            return self.random.choice(self.made)
        return self.random.choice(self.tables)

    def where(self) -> str:
        """A predicate over the key of a table, or none."""
        n = self.number(1, 45)
        return self.pick(
            "",
            " WHERE 1 = 1",
            " WHERE id IS NOT NULL",
            f" WHERE id = {n}",
            f" WHERE id < {n}",
            f" WHERE id % 3 = {n % 3}",
            f" WHERE id BETWEEN {n} AND {n + 6}",
            f" WHERE id IN ({n}, {n + 1}, {n + 40})",
            f" WHERE id > {n + 100}",
            f" WHERE id = {n}",
            f" WHERE id = {n}",
            f" WHERE id >= {n} AND id < {n + 3}",
        )


def control(writer: Writer) -> str:
    """Begins, ends or divides a transaction."""
    if not writer.in_transaction:
        writer.in_transaction = True
        return "BEGIN"
    choice = writer.number(0, 9)
    if choice < 3:
        name = writer.pick("a", "b")
        writer.savepoints.append(name)
        return f"SAVEPOINT {name}"
    if choice < 5 and writer.savepoints:
        return f"ROLLBACK TO {writer.random.choice(writer.savepoints)}"
    if choice < 6 and writer.savepoints:
        return f"RELEASE {writer.savepoints.pop()}"
    writer.in_transaction = False
    writer.savepoints.clear()
    return "COMMIT" if choice < 8 else "ROLLBACK"


def sessions(
    seed: int, statements: int, tables: tuple[str, ...], templates: list[tuple[int, Template]], prefix: str
) -> list[Session]:
    """Sessions of 3 to 14 statements, as many as hold so many statements; the same seed gives the same sessions."""
    weights = [weight for weight, _ in templates]
    functions = [function for _, function in templates]
    found: list[Session] = []
    total = 0
    while total < statements:
        own = random.Random(f"{prefix} {seed} {len(found)}")
        writer = Writer(own, tables)
        texts: list[Statement] = []
        for _ in range(own.randint(3, 14)):
            if own.random() < (0.3 if writer.in_transaction else 0.12):
                texts.append(Statement(control(writer)))
                continue
            before = (len(writer.made), len(writer.views), len(writer.code))
            text = own.choices(functions, weights)[0](writer)
            is_blocked = own.random() < 0.07
            if is_blocked:
                del writer.made[before[0] :], writer.views[before[1] :], writer.code[before[2] :]
            texts.append(Statement(text, "block" if is_blocked else "allow"))
        found.append(Session(f"{prefix}{seed}-{len(found):05}", tuple(texts)))
        total += len(texts)
    return found
