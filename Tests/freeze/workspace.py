"""Where a freeze works: a private copy of the samples, the program under test, and the folder of what it said."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class Workspace:
    """Runs the program with paths that are the same for everyone, and keeps what it says under names."""

    def __init__(self, program: Path, work: Path, kept: Path) -> None:
        self._program, self.work, self._kept = program.resolve(), work, kept
        work.chmod(0o755)
        shutil.copytree(REPOSITORY / "samples", work / "samples", ignore=shutil.ignore_patterns(".assay"))
        # One setting for all: no colour, no width of a terminal, no locale of a person.
        self._environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "HOME": str(work),
            "TMPDIR": str(work.parent),
        }

    def path(self, name: str) -> Path:
        """Where what is kept under a name stands; its folder is there."""
        path = self._kept / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def run(self, *arguments: str, status: int | None = 0) -> str:
        """Runs the program in the work folder and gives what it printed on standard output.

        Exits where it ends with another status than the one that is wanted; `None` takes any."""
        done = self._call(arguments)
        if status is not None and done.returncode != status:
            raise SystemExit(f"assay {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done.stdout

    def keep(self, name: str, *arguments: str) -> None:
        """Keeps the status, standard output and standard error of a call."""
        done = self._call(arguments)
        said = f"assay {' '.join(arguments)}\nstatus {done.returncode}\n{done.stdout}"
        self.path(name).write_text(said + (f"\n-- standard error\n{done.stderr}" if done.stderr else ""), encoding="utf-8")

    def replay(self, name: str, folder: Path, shadow: str, policy: str, *options: str) -> None:
        """Keeps the verdict lines of the archive in a folder of the work folder."""
        own = f"{folder.relative_to(self.work)}"
        ledger = f"{own}/ledger.db"
        self.run("ingest", f"{own}/archive.jsonl", "--ledger", ledger, "--quiet")
        self.run(
            "replay",
            "--ledger",
            ledger,
            "--shadow",
            shadow,
            "--policy",
            policy,
            "--verdicts",
            str(self.path(name)),
            "--quiet",
            *options,
        )

    def _call(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        process = subprocess.Popen(
            [str(self._program), *arguments],
            cwd=self.work,
            env=self._environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            out, error = process.communicate()
        except BaseException:
            # It ends as it would after Ctrl-C, and so takes its servers and folders with it.
            process.terminate()
            process.wait()
            raise
        return subprocess.CompletedProcess(arguments, process.returncode, out, error)
