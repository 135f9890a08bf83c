#!/usr/bin/env python3
"""Holds assay's replay against what really happens to the SQL that Debian's packages ship: see docs/oracle.md.

It takes a folder of `.deb` files, as `apt-get download` leaves them, and installs none. Each script is a session, or several of
a hundred statements. Exit status: 0 nothing was found, 1 something was, 64 wrong usage."""

from __future__ import annotations

import argparse
import contextlib
import gzip
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from compare import Finding
from engines import WORLDS, PostgresWorld, SQLiteWorld, World
from examine import Examination
from model import Session
from postgres_cluster import Cluster
from report import print_findings
from scripts import read_scripts

_OTHERS = ("mysql", "mssql", "oracle", "firebird", "oci", "cassandra", "mariadb", "ndb")
_NAMES = {"sqlite": ("sqlite",), "postgresql": ("pgsql", "postgres", "psql", "/pg")}
_LARGEST = 300_000
_LENGTH = 100


def main() -> int:
    """Runs what the options say; the result is the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay", help="the program under test")
    parser.add_argument("packages", type=Path, help="a folder of .deb files")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--batch", type=int, default=40, help="sessions in one replay")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="packages-")))
        packages = _unpack(options.packages, folder, options.engine)
        short = "sqlite" if options.engine == "sqlite" else "postgres"
        path = WORLDS / f"{short}-plain.sql"
        if options.engine == "sqlite":
            world: World = SQLiteWorld(path)
        else:
            world = PostgresWorld(path, stack.enter_context(Cluster()))
        world.is_volatile = True
        return _examine(Examination(options.assay, world), read_scripts(folder, options.engine, _LENGTH), packages, options)


def _examine(examination: Examination, sessions: list[Session], packages: int, options: argparse.Namespace) -> int:
    """Holds all sessions; what was seen is printed also where the run is ended before."""
    verdicts: Counter[str] = Counter()
    found: dict[str, list[Finding]] = defaultdict(list)
    held = failed = 0
    try:
        for start in range(0, len(sessions), options.batch):
            batch = sessions[start : start + options.batch]
            truths = examination.truths(batch)
            lines = examination.lines(batch, truths)
            held += len(batch)
            failed += sum(bool(truth.error) for own in truths for truth in own)
            verdicts.update(_name(line) for own in lines.values() for line in own)
            for finding in examination.hold(batch, truths, lines):
                found[f"{options.engine}: {finding.signature}"].append(finding)
            print(f"{held} of {len(sessions)} sessions", file=sys.stderr, flush=True)
    finally:
        total = verdicts.total()
        print_findings(found, {}, set())
        print(f"{options.engine}: {packages} packages, {held} sessions, {total} statements, of which {failed} fail")
        for name, count in sorted(verdicts.items(), key=lambda one: (-one[1], one[0])):
            print(f"| {name} | {count} | {100 * count / total:.2f} % |")
    return 1 if found else 0


def _name(line: dict[str, object]) -> str:
    return f"{line['verdict']}: {line['reason']}" if line["verdict"] in ("inconclusive", "diverged") else str(line["verdict"])


def _unpack(packages: Path, folder: Path, engine: str) -> int:
    """Lays the scripts of an engine into a folder, under names that say where they are from; gives how many packages have some."""
    having: set[str] = set()
    for package in sorted(packages.glob("*.deb")):
        with tempfile.TemporaryDirectory(prefix="package-") as name:
            subprocess.run(["dpkg", "-x", str(package), name], check=True)
            for path in sorted(Path(name).rglob("*")):
                own = str(path.relative_to(name))
                if not path.is_file() or path.is_symlink() or not own.endswith((".sql", ".sql.gz")):
                    continue
                if not is_for(engine, f"{package.stem}/{own}".lower()):
                    continue
                raw = gzip.decompress(path.read_bytes()) if own.endswith(".gz") else path.read_bytes()
                if len(raw) > _LARGEST:
                    continue
                having.add(package.name)
                title = f"{package.name.split('_')[0]}-{own.removesuffix('.gz').removesuffix('.sql').replace('/', '-')}"
                text = raw.decode(errors="replace").replace("@extschema@", "public")
                (folder / f"{title}.sql").write_text(text, encoding="utf-8")
    return len(having)


def is_for(engine: str, name: str) -> bool:
    """Whether a script is for an engine: it says so by its name, or it says nothing of any."""
    if any(other in name for other in _OTHERS):
        return False
    if any(own in name for own in _NAMES[engine]):
        return True
    return not any(own in name for names in _NAMES.values() for own in names)


if __name__ == "__main__":
    sys.exit(main())
