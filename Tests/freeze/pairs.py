"""Benchmarks as pairs: two programs take turns at the same work, so that what else the machine does meets both."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path

from workspace import REPOSITORY

_WORK = {
    "ingest": ("ingest", "--config", "{samples}/assay.yaml", "--ledger", "{work}/new.db", "--quiet"),
    "replay": ("replay", "--config", "{samples}/assay.yaml", "--ledger", "{work}/ledger.db", "--workers", "1", "--quiet"),
    "report": (
        "report",
        "--config",
        "{samples}/assay.yaml",
        "--ledger",
        "{work}/ledger.db",
        "--output",
        "{work}/reports",
        "--quiet",
    ),
    "diff": (
        "diff",
        "{samples}/policies/production-guardrails-2026.2.yaml",
        "{samples}/policies/production-guardrails-2026.3.yaml",
        "--config",
        "{samples}/assay.yaml",
        "--ledger",
        "{work}/ledger.db",
        "--quiet",
    ),
}


def measure(one: Path, other: Path, runs: int) -> list[str]:
    """A table of the median processor seconds of each, and the ratio, over so many turns."""
    seconds: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in _WORK}
    with tempfile.TemporaryDirectory(prefix="freeze-") as name:
        folders = (Path(name) / "a", Path(name) / "b")
        for program, folder in zip((one, other), folders, strict=True):
            folder.mkdir()
            _run(program, folder, ("ingest", "--config", "{samples}/assay.yaml", "--ledger", "{work}/ledger.db", "--quiet"))
        for _ in range(runs):
            for work, call in _WORK.items():
                for side, (program, folder) in enumerate(zip((one, other), folders, strict=True)):
                    for path in folder.glob("new.db*"):
                        path.unlink()
                    seconds[work][side].append(_run(program, folder, call))
    lines = ["| work | before | after | after / before |", "|---|--:|--:|--:|"]
    for work, (mine, theirs) in seconds.items():
        before, after = statistics.median(mine), statistics.median(theirs)
        lines.append(f"| {work} | {before:.2f} s | {after:.2f} s | {after / before:.3f} |")
    return lines


def _run(program: Path, work: Path, call: tuple[str, ...]) -> float:
    arguments = [part.format(samples=REPOSITORY / "samples", work=work) for part in call]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [str(program.resolve()), *arguments], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
