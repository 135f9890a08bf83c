"""Cuts SQL scripts into the texts that a client would send one by one."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$([A-Za-z_]\w*)?\$|;|\b(?:BEGIN\s+ATOMIC|CASE|END)\b|[^\s]",
    re.S | re.I,
)


def split_sqlite(script: str) -> list[str]:
    """The statements of a SQLite script; a trigger's body stays whole."""
    texts: list[str] = []
    held = ""
    for line in re.split(r"(?<=;)", script):
        held += line
        if sqlite3.complete_statement(held):
            texts.append(held)
            held = ""
    texts.append(held)
    return [text.strip().rstrip(";").strip() for text in texts if _says_something(text)]


def split_postgres(script: str) -> list[str]:
    """The statements of a PostgreSQL script; quoted bodies and BEGIN ATOMIC stay whole, psql's own commands are left out."""
    script = re.sub(r"^\\.*$", "", script, flags=re.M)
    return [text.strip() for text in _pieces(script) if _says_something(text)]


def _pieces(script: str) -> Iterator[str]:
    start = position = depth = 0
    while found := _TOKEN.search(script, position):
        position = found.end()
        token = found.group()
        if token.startswith("$") and token.endswith("$") and len(token) > 1:
            end = script.find(token, position)
            position = len(script) if end < 0 else end + len(token)
        elif token.upper().startswith("BEGIN") or token.upper() == "CASE":
            depth += 1
        elif token.upper() == "END":
            depth = max(0, depth - 1)
        elif token == ";" and depth == 0:
            yield script[start : found.start()]
            start = position
    yield script[start:]


def _says_something(text: str) -> bool:
    return bool(re.sub(r"--[^\n]*|/\*.*?\*/|[\s;]", "", text, flags=re.S))
