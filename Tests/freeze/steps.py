"""What is frozen, a step a function. Steps of one chain use the ledger that the first of them made."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable

from golden import read_golden
from workspace import REPOSITORY, Workspace

sys.path.insert(0, str(REPOSITORY / "Tests" / "oracle"))

from archive import write_archive, write_policy  # noqa: E402
from engines import WORLDS, header  # noqa: E402
from write_postgres import postgres_sessions  # noqa: E402
from write_sqlite import sqlite_sessions  # noqa: E402

Step = Callable[[Workspace, bool], None]

_CONFIG = ("--config", "samples/assay.yaml")
_CLINIC = ("clinic", "clinic-admin", "clinic-reporting", "legacy-billing")
_POLICIES = "samples/policies"


def golden(engine: str) -> Step:
    """The verdict lines of the corpus on one engine, a file each."""

    def step(space: Workspace, is_quick: bool) -> None:
        files = [file for file in read_golden(REPOSITORY / "Tests/ReplayTests/golden") if file.engine == engine]
        for file in files[:3] if is_quick and engine == "postgresql" else files:
            own = f"golden/{engine}/{file.name}"
            folder = space.work / own
            folder.mkdir(parents=True)
            (folder / "shadow.sql").write_text(file.script, encoding="utf-8")
            (folder / "archive.jsonl").write_text(file.archive, encoding="utf-8")
            (folder / "policy.yaml").write_text(file.policy, encoding="utf-8")
            prefix = "sqlite" if engine == "sqlite" else "postgres"
            space.replay(f"{own}.jsonl", folder, f"{prefix}:{own}/shadow.sql", f"{own}/policy.yaml")

    return step


def generated(engine: str) -> Step:
    """The verdict lines of 20,000 generated statements, of which nothing was recorded but that they were sent."""

    def step(space: Workspace, is_quick: bool) -> None:
        short = "sqlite" if engine == "sqlite" else "postgres"
        shares = {"sqlite-clinic": 10000, "sqlite-plain": 10000, "postgres-plain": 19000, "postgres-clinic": 1000}
        for world in sorted(WORLDS.glob(f"{short}-*.sql")):
            count = shares.get(world.stem, 2000) // (20 if is_quick else 1)
            sessions = sqlite_sessions(7, count) if engine == "sqlite" else postgres_sessions(7, count)
            folder = space.work / "generated" / world.stem
            folder.mkdir(parents=True)
            write_archive(folder / "archive.jsonl", sessions, None, engine)
            shutil.copy(world, folder / "shadow.sql")
            write_policy(folder, header(world.read_text(encoding="utf-8"))[0])
            own = f"generated/{world.stem}"
            space.replay(f"generated/{world.stem}.jsonl", folder, f"{short}:{own}/shadow.sql", f"{own}/policy.yaml")

    return step


def sample(space: Workspace, is_quick: bool) -> None:
    """The sample quarter whole: the documents of ingest, replay and report, verdict lines, the package."""
    space.keep("sample/ingest.txt", "ingest", *_CONFIG, "--json")
    space.keep("sample/dry-run.txt", "replay", *_CONFIG, "--dry-run", "--json")
    space.keep("sample/replay.txt", "replay", *_CONFIG, "--verdicts", "own.jsonl", "--json")
    shutil.move(space.work / "own.jsonl", space.path("sample/own.jsonl"))
    space.keep("sample/thresholds.txt", "replay", *_CONFIG, "--thresholds", "--json")
    space.keep("sample/report.txt", "report", *_CONFIG, "--output", "reports", "--json")
    space.keep("sample/verify.txt", "verify", "reports/2026-Q3", "--json")
    shutil.copytree(space.work / "reports/2026-Q3", space.path("package"))
    if not is_quick:
        space.keep("sample/run.txt", "run", *_CONFIG, "--ledger", "run.db", "--output", "run", "--json")


def documents(space: Workspace, is_quick: bool) -> None:
    """Every other document that `--json` prints, and the same for people."""
    miss = "f233365e-18d3-f299-bb85-2eecb55976aa/2"
    calls = {
        "formats": ("formats",),
        "frameworks": ("frameworks",),
        "find": ("find", *_CONFIG),
        "find-harmful": ("find", "--harmful", *_CONFIG),
        "find-agents": ("find", "--kind", "agent", "--writes", *_CONFIG),
        "explain-miss": ("explain", miss, *_CONFIG),
        "explain-leak": ("explain", "gw1-report-bot-0708/2", *_CONFIG),
        "policy-check": ("policy", "check", _POLICIES, *_CONFIG),
        "policy-check-hoop": ("policy", "check", f"{_POLICIES}/hoop", *_CONFIG),
        "policy-suggest": ("policy", "suggest", *_CONFIG),
        "fsck": ("ledger", "fsck", *_CONFIG),
        "slim": ("ledger", "slim", "--output", "slim.db", *_CONFIG),
        "shadow-check": ("shadow", "check", "sqlite:samples/shadow/clinic.sql"),
        "classify": ("shadow", "classify", "sqlite:samples/shadow/clinic.sql"),
        "verify-archive": ("verify", "samples/archives/native/gw-1-2026-W28.jsonl.zst"),
        "verify-tampered": ("verify", "samples/tampered/gw-1-2026-W30.jsonl.gz"),
        "seal": ("seal", "samples/archives/hoop/sessions-2026-W28.json.gz", "--output", "sealed.jsonl"),
        "init": ("init", "new"),
        "selftest": ("selftest", "--engine", "sqlite"),
        "missing": ("explain", "no-such/1", *_CONFIG),
        "no-shadow": ("replay", "--shadow", "sqlite:nothing.sql", *_CONFIG),
    }
    for name, call in calls.items():
        for file in ("slim.db", "sealed.jsonl"):
            (space.work / file).unlink(missing_ok=True)
        space.keep(f"documents/{name}.json.txt", *call, "--json")
        for file in ("slim.db", "sealed.jsonl"):
            (space.work / file).unlink(missing_ok=True)
        shutil.rmtree(space.work / "new", ignore_errors=True)
        space.keep(f"documents/{name}.txt", *call)
        shutil.rmtree(space.work / "new", ignore_errors=True)


def incidents(space: Workspace, is_quick: bool) -> None:
    """The pages of every session with harm, and one as if another policy had decided."""
    found = json.loads(space.run("find", "--harmful", *_CONFIG, "--json"))["sessions"]
    for session in found[:5] if is_quick else found:
        own = f"incidents/{session['session']}"
        space.keep(
            f"{own}.json.txt",
            "incident",
            session["session"],
            *_CONFIG,
            "--json",
            "--markdown",
            "page.md",
            "--html",
            "page.html",
        )
        for page in ("page.md", "page.html"):
            shutil.move(space.work / page, space.path(f"{own}.{page}"))
    policy = f"{_POLICIES}/production-guardrails-2026.3.yaml"
    space.keep("incidents/as-if.txt", "incident", found[0]["session"], *_CONFIG, "--as-if", policy, "--json")
    space.keep("incidents/replay-as-if.txt", "replay", "--session", found[0]["session"], *_CONFIG, "--as-if", policy, "--json")


def diffs(space: Workspace, is_quick: bool) -> None:
    """Diffs between every pair of policies, and what was recorded, in every form."""
    old, new = (f"{_POLICIES}/production-guardrails-2026.{minor}.yaml" for minor in (2, 3))
    pairs = {
        "old-new": (old, new),
        "hoop-new": (f"{_POLICIES}/hoop", new),
        "recorded-new": ("recorded", new),
        "new-old": (new, old),
    }
    for name, pair in pairs.items():
        common = ("diff", *pair, *_CONFIG, "--today", "2026-10-01")
        space.keep(
            f"diffs/{name}.json.txt", *common, "--json", "--fail-on", "any", "--junit", "junit.xml", "--sarif", "diff.sarif"
        )
        for file in ("junit.xml", "diff.sarif"):
            shutil.move(space.work / file, space.path(f"diffs/{name}.{file}"))
        space.keep(f"diffs/{name}.txt", *common)
        space.keep(f"diffs/{name}.md.txt", *common, "--markdown")


def synthetic(space: Workspace, is_quick: bool) -> None:
    """The sample on rows that `shadow create` made, and what it made."""
    connections = {"clinic": _CLINIC, "staging": ("clinic-staging",)}
    shadows: list[str] = []
    for name, own in connections.items():
        schema = f"samples/shadow/{name}.sql"
        query = space.run("shadow", "create", "--schema", f"sqlite:{schema}", "--print-query")
        database = sqlite3.connect(":memory:")
        database.executescript((space.work / schema).read_text(encoding="utf-8"))
        with (space.work / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("table", "rows"), *database.execute(query).fetchall()])
        database.close()
        space.keep(
            f"synthetic/{name}.create.txt",
            "shadow",
            "create",
            *_CONFIG,
            "--schema",
            f"sqlite:{schema}",
            "--rows",
            f"{name}.csv",
            "--from-ledger",
            "--as-of",
            "2026-07-01",
            "--output",
            f"{name}.synthetic.sql",
            *(f"--connection={one}" for one in own),
            "--json",
        )
        shutil.copy(space.work / f"{name}.synthetic.sql", space.path(f"synthetic/{name}.sql"))
        shadows += [f"--shadow={one}=sqlite:{name}.synthetic.sql" for one in own]
    _again(space, "synthetic/verdicts.jsonl", *shadows)


def elsewhere(engine: str, isolation: str) -> Step:
    """The sample on an engine, with sessions apart (`session`) or in the order of the record (`history`)."""

    def step(space: Workspace, is_quick: bool) -> None:
        prefix, ending = ("sqlite", "sql") if engine == "sqlite" else ("postgres", "postgresql.sql")
        shadows = [f"--shadow={one}={prefix}:samples/shadow/clinic.{ending}" for one in _CLINIC]
        shadows.append(f"--shadow=clinic-staging={prefix}:samples/shadow/staging.{ending}")
        _again(space, f"sample/{engine}-{isolation}.jsonl", *shadows, "--isolation", isolation)

    return step


def _again(space: Workspace, name: str, *options: str) -> None:
    """Keeps the verdict lines and the document of another replay of the sample, in a ledger of its own."""
    ledger = ("--ledger", "other.db")
    for path in space.work.glob("other.db*"):
        path.unlink()
    space.run("ingest", *_CONFIG, *ledger, "--quiet")
    space.keep(f"{name}.txt", "replay", *_CONFIG, *ledger, *options, "--verdicts", "verdicts.jsonl", "--json")
    shutil.move(space.work / "verdicts.jsonl", space.path(name))


# In order; with `--quick` those marked are left out, and the others do less.
STEPS: list[tuple[str, Step, bool]] = [
    ("golden corpus on SQLite", golden("sqlite"), True),
    ("golden corpus on PostgreSQL", golden("postgresql"), True),
    ("generated statements on SQLite", generated("sqlite"), True),
    ("generated statements on PostgreSQL", generated("postgresql"), True),
    ("the sample quarter and its package", sample, True),
    ("documents", documents, True),
    ("incident pages", incidents, True),
    ("diffs", diffs, True),
    ("the sample on synthetic rows", synthetic, False),
    ("the sample on SQLite in history", elsewhere("sqlite", "history"), False),
    ("the sample on PostgreSQL", elsewhere("postgresql", "session"), False),
    ("the sample on PostgreSQL in history", elsewhere("postgresql", "history"), False),
]
