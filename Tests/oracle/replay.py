"""Runs the program under test: ingest, replay, verdict lines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class ReplayFailure(Exception):
    """The program ended otherwise than it should."""


def replay(assay: str, folder: Path, archive: Path, shadow: str, *options: str) -> list[Line]:
    """The verdict line of every statement of the archive, in its order, under the folder's policy and configuration.

    Raises `ReplayFailure` with what the program said."""
    ledger, verdicts = folder / "ledger.db", folder / "verdicts.jsonl"
    options += ("--policy", str(folder / "policy.yaml"), "--config", str(folder / "assay.yaml"))
    for path in folder.glob("ledger.db*"):
        path.unlink()
    _run(assay, "ingest", str(archive), "--ledger", str(ledger), "--quiet")
    _run(
        assay,
        "replay",
        "--ledger",
        str(ledger),
        "--shadow",
        shadow,
        "--verdicts",
        str(verdicts),
        "--quiet",
        *options,
    )
    with verdicts.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _run(*command: str) -> None:
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        _, error = process.communicate()
    except BaseException:
        # It ends as it would after Ctrl-C, and so takes its servers and folders with it.
        process.terminate()
        process.wait()
        raise
    if process.returncode:
        raise ReplayFailure(f"{' '.join(command[1:3])}: status {process.returncode}\n{error.strip()[-2000:]}")
