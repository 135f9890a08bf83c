"""The golden corpus as archives for each engine: each file's shadow, and its cases as sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ENGINES = ("sqlite", "postgresql")

_START = datetime(2026, 7, 2, 13, 46, 40, tzinfo=timezone.utc)
_HARM = "  destroys: { rows: 1000, share: 0.5, share_of_at_least: 50 }\n  escalates: true\n"


@dataclass(frozen=True)
class GoldenFile:
    """One file of the corpus as it is for one engine: its name, its engine, its shadow's script, and what a replay of its cases needs."""

    name: str
    engine: str
    script: str
    archive: str
    policy: str


def read_golden(folder: Path) -> list[GoldenFile]:
    """Every file of the corpus for each engine that it has cases for, in order of their names."""
    found: list[GoldenFile] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem != "specification":
            # Plain values are taken as the text that stands there, as the corpus' own reader takes them.
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
            for engine in ENGINES:
                resolved = for_engine(document, engine)
                if resolved["cases"]:
                    found.append(_file(path.stem, engine, resolved))
    return found


def for_engine(document: dict[str, Any], engine: str) -> dict[str, Any]:
    """The file as it is for one engine: what holds for both, and what the file and its statements say of this one."""
    keys = ("shadow", "sensitive", "production", "cases")
    file = {key: _joined(document.get(key), document.get(f"{engine}_{key}")) for key in keys}
    file["cases"] = [
        {**case, "statements": [_for_engine(statement, engine) for statement in case["statements"]]}
        for case in file["cases"] or []
    ]
    return file


def _joined(common: Any, own: Any) -> Any:
    if common is None or own is None:
        return own if common is None else common
    return {**common, **own} if isinstance(common, dict) else common + own


def _for_engine(statement: dict[str, Any], engine: str) -> dict[str, Any]:
    common = {key: value for key, value in statement.items() if key not in ENGINES}
    own = statement.get(engine, {})
    return {**common, **own, "expect": {**common["expect"], **own.get("expect", {})}}


def _file(name: str, engine: str, document: dict[str, Any]) -> GoldenFile:
    sensitive = document.get("sensitive") or []
    discloses = f"  discloses: {{ columns: [{', '.join(sensitive)}], rows: 1 }}\n" if sensitive else ""
    policy = f'policy: golden\nversion: "1"\neffective: 2026-01-01T00:00:00Z\nrules: []\nharm:\n{_HARM}{discloses}'
    return GoldenFile(
        name,
        engine,
        document["shadow"],
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(document["cases"])),
        policy,
    )


def _lines(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [
        {
            "type": "archive",
            "format": "assay.archive/1",
            "proxy": {"name": "golden", "version": "1", "instance": "i"},
            "environment": "production",
            "previous": None,
        }
    ]
    second = 0
    for number, case in enumerate(cases):
        name = f"{number:03} {case['name']}"
        engine = case.get("engine") or next((s["engine"] for s in case["statements"] if "engine" in s), "postgresql")
        lines.append(
            {
                "type": "session_open",
                "session": name,
                "time": _time(second),
                "identity": {"user": "ana@example.org", "kind": "human", "groups": [], "mfa": None},
                "client": {"address": None, "application": None},
                "connection": {
                    "name": "clinic",
                    "engine": engine,
                    "database": "clinic",
                    "database_user": "app",
                    "environment": "production",
                    "tags": {},
                },
                "purpose": None,
            }
        )
        for position, statement in enumerate(case["statements"], start=1):
            second += 1
            lines.append(_statement(name, position, statement, statement.get("time") or _time(second)))
        lines.append({"type": "session_close", "session": name, "time": _time(second), "statements": len(case["statements"])})
    return lines


def _statement(session: str, position: int, statement: dict[str, Any], time: str) -> dict[str, Any]:
    action = statement.get("decision", "allow")
    ran = statement.get("ran", str(action not in ("block", "review")).lower()) == "true"
    is_read = statement["sql"].lower().startswith("select")
    error = statement.get("error")
    result = {
        "rows": int(statement["rows"]) if "rows" in statement else None,
        "rows_kind": "returned" if is_read else "affected",
        "duration_us": None,
        "error": {"sqlstate": error, "message": None} if error else None,
    }
    unit = statement.get("unit")
    return {
        "type": "statement",
        "session": session,
        "seq": position,
        "time": time,
        "sql": statement["sql"],
        "params": [_parameter(value) for value in statement.get("params") or []],
        "decision": {
            "action": action,
            "rule": "r" if action == "block" else None,
            "policy": "golden",
            "policy_version": "1",
            "masked": statement.get("masked") or [],
            "message": None,
        },
        "approval": None,
        "result": result if ran else None,
        "unit": {"id": f"{session} {unit}", "sha256": None, "position": position, "of": position} if unit else None,
    }


def _parameter(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"type": value.get("type"), "value": value.get("value")}
    return {"type": None, "value": value}


def _time(second: int) -> str:
    return (_START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
