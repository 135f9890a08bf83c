"""What differs between two frozen folders, for people."""

from __future__ import annotations

import difflib
import json
from pathlib import Path


def differences(one: Path, other: Path, examples: int) -> list[str]:
    """Lines that say which documents differ and how; none where all are the same."""
    names = sorted({path.relative_to(root).as_posix() for root in (one, other) for path in root.rglob("*") if path.is_file()})
    said: list[str] = []
    for name in names:
        first, second = one / name, other / name
        if not (first.exists() and second.exists()):
            said.append(f"{name}: only in {one if first.exists() else other}")
        elif first.read_bytes() != second.read_bytes():
            said += _document(name, first, second, examples)
    return said


def _document(name: str, first: Path, second: Path, examples: int) -> list[str]:
    try:
        mine, theirs = (path.read_text(encoding="utf-8").splitlines() for path in (first, second))
    except UnicodeDecodeError:
        return [f"{name}: the bytes differ"]
    if name.endswith(".jsonl") and len(mine) == len(theirs):
        return _verdict_lines(name, mine, theirs, examples)
    changed = [
        line for line in difflib.unified_diff(mine, theirs, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))
    ]
    return [f"{name}: {len(changed)} lines differ", *(f"    {_short(line)}" for line in changed[: examples * 2])]


def _verdict_lines(name: str, mine: list[str], theirs: list[str], examples: int) -> list[str]:
    pairs = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b]
    said = [f"{name}: {len(pairs)} of {len(mine)} lines differ"]
    for first, second in pairs[:examples]:
        before, after = json.loads(first), json.loads(second)
        keys = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
        said.append(f"    {before.get('session')}/{before.get('seq')}")
        said += [f"        {key}: {_value(before.get(key))}  ->  {_value(after.get(key))}" for key in sorted(keys)]
    return said


def _value(value: object) -> str:
    return _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= 300 else text[:297] + "…"
