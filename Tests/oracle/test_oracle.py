"""Tests of the oracle itself: python3 -m unittest discover Tests/oracle. They need no program under test."""

from __future__ import annotations

import unittest
from typing import Any

from compare import findings
from engines import WORLDS, PostgresWorld, SQLiteWorld
from model import HARMFUL_ROWS, Session, Statement, Truth
from mutations import mutate
from packages import is_for
from postgres_cluster import Cluster
from split import split_postgres, split_sqlite


def right_line(statement: Statement, truth: Truth) -> dict[str, Any]:
    """The verdict line that a program that is always right would write."""
    tables: dict[str, dict[str, Any]] = {}
    for delta in [] if truth.undoes else truth.deltas:
        tables[delta.name] = {
            "inserted": delta.inserted,
            "updated": delta.updated,
            "deleted": delta.deleted,
            "before": delta.before,
        }
    rows = {f"rows_{key}": sum(table[key] for table in tables.values()) for key in ("inserted", "updated", "deleted")}
    fails = bool(truth.error)
    lost = sum(delta.lost for delta in truth.deltas if not (delta.is_made or delta.is_temporary))
    if (truth.lost_objects or lost >= HARMFUL_ROWS) and not truth.undoes:
        verdict = "confirmed_block" if statement.action == "block" else "false_allow"
    else:
        verdict = ("moot_block" if fails else "false_block") if statement.action == "block" else "confirmed_allow"
    return {
        "verdict": verdict,
        "reason": "fails" if fails else None,
        "decision": statement.action,
        "kept": bool(truth.kept) and statement.action == "allow",
        "effect": {
            **rows,
            "tables": tables,
            "truncated": [],
            "escalated": [],
            "refused": [],
            "dropped": [f"{kind} {name}" for kind, name in truth.gone_objects],
            "leak": {"raw": "raw", "derived": "derived", "differs": "predicate"}.get(truth.sees, "none"),
        },
    }


class OracleTests(unittest.TestCase):
    """What the oracle must see, and must not make up."""

    world: SQLiteWorld

    @classmethod
    def setUpClass(cls) -> None:
        cls.world = SQLiteWorld(WORLDS / "sqlite-clinic.sql")

    def lines(self, session: Session) -> tuple[list[Truth], list[dict[str, Any]]]:
        truths = self.world.truth(session)
        return truths, [right_line(s, t) for s, t in zip(session.statements, truths, strict=True)]

    def one(self, *texts: str) -> list[Truth]:
        return self.world.truth(Session("s", tuple(map(Statement, texts))))

    def test_right_lines_have_no_findings_and_every_mutation_is_noticed(self) -> None:
        # Statements that each change one row at most once, so that keys tell exactly what happened.
        plain = (
            Statement("DELETE FROM customers WHERE id = 3"),
            Statement("UPDATE orders SET total = total + 1 WHERE id < 9"),
            Statement("BEGIN"),
            Statement("INSERT INTO events VALUES ('open', 1)"),
            Statement("ROLLBACK"),
            Statement("DROP TABLE children"),
            Statement("SELECT email FROM customers WHERE id = 5"),
            Statement("SELECT upper(email) FROM customers WHERE id = 5"),
            Statement("SELECT id FROM customers ORDER BY ssn"),
            Statement("SELECT count(*) FROM orders"),
            Statement("DELETE FROM accounts", "block"),
            Statement("DELETE FROM nothing", "block"),
            Statement("DELETE FROM nothing"),
        )
        sessions = [Session(f"s{number}", plain[number:] + plain[:2]) for number in range(3)]
        own = [self.lines(session) for session in sessions]
        for session, (truths, lines) in zip(sessions, own, strict=True):
            self.assertEqual(findings(session, truths, lines, "sqlite"), [])
        by_name = {session.name: lines for session, (_, lines) in zip(sessions, own, strict=True)}
        for noticed in mutate(sessions, [truths for truths, _ in own], by_name, "sqlite"):
            self.assertTrue(noticed.tried > 0 and noticed.noticed == noticed.tried, noticed)

    def test_a_cascade_counts_in_every_table(self) -> None:
        (truth,) = self.one("DELETE FROM customers WHERE id = 3")
        self.assertEqual(
            {delta.name: (delta.updated, delta.deleted) for delta in truth.deltas if delta.name != "audit"},
            {"customers": (0, 1), "orders": (0, 2), "items": (0, 4), "notes": (2, 0)},
        )

    def test_what_is_rolled_back_is_not_kept(self) -> None:
        truths = self.one("BEGIN", "DELETE FROM events", "ROLLBACK", "DELETE FROM events WHERE amount = 1")
        self.assertEqual([truth.kept for truth in truths], [False, False, False, True])
        self.assertEqual(truths[1].deltas[0].deleted, 40)

    def test_a_key_that_is_checked_late_fails_at_the_statement_outside_a_transaction(self) -> None:
        (truth,) = self.one("DELETE FROM parents WHERE id = 3")
        self.assertEqual(truth.error, "23000")
        self.assertEqual(self.one("BEGIN", "DELETE FROM parents WHERE id = 3")[1].error, None)

    def test_a_sent_value_is_raw_and_what_hangs_on_one_differs(self) -> None:
        seen = [
            truth.sees
            for truth in self.one(
                "SELECT email FROM customers WHERE id = 1",
                "SELECT hex(email) FROM customers",
                "SELECT id FROM customers ORDER BY ssn",
                "SELECT 1",
            )
        ]
        self.assertEqual(seen, ["raw", "derived", "differs", "none"])

    def test_what_a_session_made_is_gone_and_not_lost(self) -> None:
        texts = ("CREATE VIEW own AS SELECT id FROM orders", "DROP VIEW own", "DROP VIEW contacts")
        session = Session("s", (Statement(texts[0]), *(Statement(text, "block") for text in texts[1:])))
        _, own, contacts = self.world.truth(session)
        self.assertEqual((own.gone_objects, own.lost_objects), ([("view", "own")], []))
        self.assertEqual(contacts.lost_objects, [("view", "contacts")])

    def test_scripts_are_cut_where_the_engine_cuts_them(self) -> None:
        trigger = "CREATE TRIGGER t AFTER DELETE ON a BEGIN DELETE FROM b; SELECT 1; END"
        self.assertEqual(split_sqlite(f"SELECT ';'; {trigger}; -- x\nSELECT 2"), ["SELECT ';'", trigger, "-- x\nSELECT 2"])
        self.assertEqual(split_postgres("SELECT $$;$$;\n\\echo no\nSELECT $a$;$a$;"), ["SELECT $$;$$", "SELECT $a$;$a$"])


    def test_what_a_session_makes_unreadable_ends_no_look(self) -> None:
        texts = (
            "CREATE VIRTUAL TABLE own USING fts5(body)",
            "CREATE VIRTUAL TABLE terms USING fts5vocab(own, 'row')",
            "DROP TABLE own",
            "PRAGMA query_only = ON",
            "DELETE FROM events",
        )
        world = SQLiteWorld(WORLDS / "sqlite-plain.sql")
        truths = world.truth(Session("s", tuple(map(Statement, texts))))
        self.assertEqual([truth.error for truth in truths], [None] * 4 + ["25006"])

    def test_a_script_is_for_the_engine_that_its_name_says(self) -> None:
        names = {"a/pgsql/x.sql": "postgresql", "a/schema.sqlite3.sql": "sqlite", "a/mysql/x.sql": ""}
        for name, engine in names.items():
            told = [own for own in ("postgresql", "sqlite") if is_for(own, name)]
            self.assertEqual(told, [engine] if engine else [])
        self.assertTrue(is_for("sqlite", "a/x.sql") and is_for("postgresql", "a/x.sql"))


class PostgresOracleTests(unittest.TestCase):
    """What must be seen on a server, where the oracle looks only after something was logged."""

    def test_rows_of_a_temporary_table_are_seen_though_nothing_is_logged(self) -> None:
        texts = ("CREATE TEMP TABLE own (id int PRIMARY KEY)", "BEGIN", "INSERT INTO events VALUES ('open', 1)")
        own = "INSERT INTO own SELECT id FROM parents"
        with Cluster() as cluster:
            world = PostgresWorld(WORLDS / "postgres-plain.sql", cluster)
            for action in ("block", "allow"):
                session = Session(action, (*map(Statement, texts), Statement(own, action)))
                truth = world.truth(session)[-1]
                self.assertEqual([(delta.name, delta.inserted) for delta in truth.deltas], [("own", 12)])


if __name__ == "__main__":
    unittest.main()
