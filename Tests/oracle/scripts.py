"""Sessions from files: scripts, folders of scripts, recorded archives, and what sqlsmith makes."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from pathlib import Path

from model import Session, Statement
from split import split_postgres, split_sqlite


def read_scripts(path: Path, engine: str, length: int) -> list[Session]:
    """Each script of a file or folder as sessions of at most so many statements, in order of their names."""
    split = split_sqlite if engine == "sqlite" else split_postgres
    files = sorted(path.rglob("*.sql")) if path.is_dir() else [path]
    found: list[Session] = []
    for file in files:
        texts = split(file.read_text(encoding="utf-8", errors="replace"))
        for start in range(0, len(texts), length):
            statements = tuple(Statement(text) for text in texts[start : start + length])
            found.append(Session(f"{file.stem}-{start // length:04}", statements))
    return found


def read_archive(path: Path) -> list[Session]:
    """The sessions of a native archive with their decisions; what it records of results is left out."""
    texts: dict[str, list[Statement]] = defaultdict(list)
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if record["type"] == "statement":
            action = "block" if record["decision"]["action"] == "block" else "allow"
            texts[record["session"]].append(Statement(record["sql"], action))
    return [Session(name, tuple(statements)) for name, statements in texts.items()]


def sqlsmith_sessions(connection: str, seed: int, statements: int) -> list[Session]:
    """Sessions of five statements that Debian's sqlsmith makes from the catalog of a database; none is run by it."""
    done = subprocess.run(
        [
            "sqlsmith",
            f"--target={connection}",
            f"--seed={seed}",
            f"--max-queries={statements}",
            "--dry-run",
            "--exclude-catalog",
        ],
        text=True,
        capture_output=True,
        check=False,
    )
    texts = split_postgres(done.stdout)
    groups = [texts[start : start + 5] for start in range(0, len(texts), 5)]
    return [Session(f"smith{seed}-{number:05}", tuple(map(Statement, group))) for number, group in enumerate(groups)]
