#!/usr/bin/env python3
"""Holds assay's replay against what really happens: see docs/oracle.md.

Exit status: 0 nothing but known kinds, 1 something else was found or a mutation was not, 64 wrong usage."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from compare import Finding
from engines import WORLDS, PostgresWorld, SQLiteWorld, World
from examine import Examination
from model import Session
from mutations import mutate
from postgres_cluster import Cluster
from report import known_kinds, print_findings, print_noticed, write_known
from scripts import read_archive, read_scripts, sqlsmith_sessions


def main() -> int:
    """Runs what the options say; the result is the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = known_kinds()
    found: dict[str, list[Finding]] = defaultdict(list)
    smallest: dict[str, Session] = {}
    unnoticed = 0
    for engine in ("sqlite", "postgresql") if options.engine == "both" else (options.engine,):
        for examination, sessions in _examinations(options, engine):
            began = time.monotonic()
            own: dict[str, list[Finding]] = defaultdict(list)
            for start in range(0, len(sessions), options.batch):
                batch = sessions[start : start + options.batch]
                truths = examination.truths(batch)
                lines = examination.lines(batch, truths)
                if start == 0:
                    unnoticed += print_noticed(engine, mutate(batch, truths, lines, engine))
                for finding in examination.hold(batch, truths, lines):
                    own[f"{engine}: {finding.signature}"].append(finding)
            print(
                f"{engine}: {examination.statements} statements, {sum(map(len, own.values()))} findings of {len(own)} kinds, "
                f"{time.monotonic() - began:.0f} s",
                file=sys.stderr,
                flush=True,
            )
            by_name = {session.name: session for session in sessions}
            for kind, several in own.items():
                if (options.shrink == "all" or options.shrink == "new" and kind not in known) and kind not in smallest:
                    first = min(several, key=lambda one: (one.position, one.session))
                    smallest[kind] = examination.shrink(by_name[first.session], first.signature)
                found[kind] += several
    print_findings(found, smallest, known)
    if options.write_known:
        write_known(known | set(found))
        return 0
    return 1 if unnoticed or found.keys() - known else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay", help="the program under test")
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--statements", type=int, default=2000, help="generated statements for each engine")
    parser.add_argument("--batch", type=int, default=400, help="sessions in one replay")
    parser.add_argument("--world", type=Path, action="append", help="a schema script in place of the built-in ones")
    parser.add_argument("--sensitive", default="", help="sensitive columns of such a world, as table.column,table.column")
    parser.add_argument("--sql", type=Path, help="a script, or a folder of them, in place of generated sessions")
    parser.add_argument("--length", type=int, default=12, help="statements in a session of a script")
    parser.add_argument("--archive", type=Path, help="a native archive in place of generated sessions")
    parser.add_argument("--sqlsmith", action="store_true", help="sessions that sqlsmith makes (PostgreSQL)")
    parser.add_argument("--shrink", choices=("none", "new", "all"), default="new", help="which kinds to make small")
    parser.add_argument("--write-known", action="store_true", help="add what is found to known.txt")
    return parser.parse_args()


def _examinations(options: argparse.Namespace, engine: str) -> Iterator[tuple[Examination, list[Session]]]:
    """Each world of an engine with its sessions."""
    short = "sqlite" if engine == "sqlite" else "postgres"
    paths = options.world or sorted(WORLDS.glob(f"{short}-*.sql"))
    for path in paths:
        with contextlib.ExitStack() as stack:
            sensitive = [name for name in options.sensitive.split(",") if name]
            if engine == "sqlite":
                world: World = SQLiteWorld(path, sensitive)
                yield Examination(options.assay, world), _sessions(options, world, len(paths), "")
            else:
                cluster = stack.enter_context(Cluster())
                world = PostgresWorld(path, cluster, sensitive)
                yield Examination(options.assay, world), _sessions(options, world, len(paths), cluster.parameters("world"))


def _sessions(options: argparse.Namespace, world: World, worlds: int, connection: str) -> list[Session]:
    world.is_volatile = bool(options.archive or options.sql or options.sqlsmith)
    if options.archive:
        return read_archive(options.archive)
    if options.sql:
        return read_scripts(options.sql, world.engine, options.length)
    if options.sqlsmith:
        if not connection or not shutil.which("sqlsmith"):
            sys.exit("sqlsmith is not there, or the engine is not PostgreSQL; install sqlsmith and name --engine postgresql.")
        return sqlsmith_sessions(connection, options.seed, options.statements)
    return world.generate(options.seed, options.statements // worlds)


if __name__ == "__main__":
    sys.exit(main())
