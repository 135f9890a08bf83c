"""Sessions as a native archive: what a proxy would have written of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from model import HARMFUL_ROWS, Session, Truth

_POLICY = f"""\
policy: oracle
version: "1"
effective: 2026-01-01T00:00:00Z
rules: []
harm:
  destroys: {{ rows: {HARMFUL_ROWS} }}
  escalates: true
"""
_CONFIGURATION = "organization: Oracle\nsystem: oracle\nperiod: 2026-Q3\n"


def write_policy(folder: Path, sensitive: list[str]) -> None:
    """Writes `policy.yaml`, under which each sensitive column counts and a few rows do, and `assay.yaml`, which names the
    sensitive columns."""
    columns = f"[{', '.join(sensitive)}]"
    discloses = f"  discloses: {{ columns: {columns}, rows: 1 }}\n" if sensitive else ""
    (folder / "policy.yaml").write_text(_POLICY + discloses, encoding="utf-8")
    scope = f"scope: {{ sensitive: {columns} }}\n" if sensitive else ""
    (folder / "assay.yaml").write_text(_CONFIGURATION + scope, encoding="utf-8")


def _time(second: int) -> str:
    moment = datetime(2026, 7, 1, tzinfo=timezone.utc) + timedelta(seconds=second)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_archive(path: Path, sessions: list[Session], truths: list[list[Truth]] | None, engine: str) -> None:
    """Writes the sessions, with the counts and errors that `truths` holds where it is given."""
    second = 0
    with path.open("w", encoding="utf-8") as file:

        def line(**record: object) -> None:
            file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")

        line(
            type="archive",
            format="assay.archive/1",
            proxy={"name": "oracle", "version": "1", "instance": "i"},
            environment="production",
            previous=None,
        )
        for number, session in enumerate(sessions):
            second += 1
            line(
                type="session_open",
                session=session.name,
                time=_time(second),
                identity={"user": "ana@example.org", "kind": "human", "groups": [], "mfa": None},
                client={"address": "10.0.0.8", "application": "oracle"},
                connection={
                    "name": "clinic",
                    "engine": engine,
                    "database": "clinic",
                    "database_user": "app",
                    "environment": "production",
                    "tags": {},
                },
                purpose=None,
            )
            for position, statement in enumerate(session.statements):
                second += 1
                line(
                    type="statement",
                    session=session.name,
                    seq=position + 1,
                    time=_time(second),
                    sql=statement.sql,
                    params=[],
                    approval=None,
                    unit=None,
                    decision={
                        "action": statement.action,
                        "rule": None,
                        "policy": "oracle",
                        "policy_version": "1",
                        "masked": [],
                        "message": None,
                    },
                    result=_result(truths[number][position] if truths else None) if statement.action == "allow" else None,
                )
            line(type="session_close", session=session.name, time=_time(second), statements=len(session.statements))


def _result(truth: Truth | None) -> dict[str, object]:
    if truth is None:
        return {"rows": None, "rows_kind": "unknown", "duration_us": 1, "error": None}
    error = {"sqlstate": truth.error, "message": "failed"} if truth.error else None
    return {"rows": None if error else truth.rows, "rows_kind": truth.rows_kind, "duration_us": 1, "error": error}
