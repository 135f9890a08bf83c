"""Freezes everything that a program says about the same inputs, and compares.

  freeze FOLDER PROGRAM        what the program says, into a new folder
  compare A B                  two of them; each a frozen folder or a program
  bench PROGRAM PROGRAM        processor time of the two in turns

Exit status: 0 the same, 1 something differs, 64 wrong usage."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from differences import differences
from pairs import measure
from steps import STEPS
from workspace import Workspace


def freeze(folder: Path, program: Path, is_quick: bool) -> None:
    """Fills the folder; what was written on the way is gone afterwards."""
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"{folder} is not empty; name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    base = "/dev/shm" if not os.environ.get("TMPDIR") and os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="freeze-", dir=base) as name:
        Path(name).chmod(0o755)
        work = Path(name) / "work"
        work.mkdir()
        space = Workspace(program, work, folder)
        for title, step, in_quick in STEPS:
            if is_quick and not in_quick:
                continue
            began = time.monotonic()
            step(space, is_quick)
            print(f"{title}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def compare(one: Path, other: Path, is_quick: bool, examples: int) -> int:
    """Prints what differs; 1 where anything does. Programs are frozen first."""
    with tempfile.TemporaryDirectory(prefix="freeze-") as name:
        folders: list[Path] = []
        for number, path in enumerate((one, other)):
            if path.is_dir():
                folders.append(path)
            else:
                folders.append(Path(name) / "ab"[number])
                freeze(folders[-1], path, is_quick)
        said = differences(folders[0], folders[1], examples)
    print("\n".join(said) if said else "Nothing differs.")
    return 1 if said else 0


def main() -> int:
    """Runs what the options say; the result is the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("freeze", "compare", "bench"))
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--quick", action="store_true", help="less of everything; without synthetic rows and history")
    parser.add_argument("--examples", type=int, default=5, help="how many differences of a document are shown")
    parser.add_argument("--runs", type=int, default=5, help="turns of bench")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.mode == "freeze":
        freeze(options.first, options.second, options.quick)
        return 0
    if options.mode == "bench":
        print("\n".join(measure(options.first, options.second, options.runs)))
        return 0
    return compare(options.first, options.second, options.quick, options.examples)


if __name__ == "__main__":
    sys.exit(main())
