"""Seeded sessions for SQLite."""

from __future__ import annotations

from model import Session
from write_common import COMMON
from writing import Template, Writer, sessions

TABLES = ("customers", "orders", "notes", "accounts", "parents", "children", "audit", '"order items"', "open_orders", "grown", "priced", "old", "towns", "pages_backup", "pages_log")


def conflict(w: Writer) -> str:
    """Writes with a way out of a conflict that keeps, leaves out or undoes part of the work."""
    n = w.number(1, 45)
    return w.pick(
        f"INSERT OR REPLACE INTO accounts VALUES ({n}, 'owner{w.number(1, 40)}', 1)",
        f"REPLACE INTO customers (id, name) VALUES ({n}, 'replaced')",
        f"INSERT OR IGNORE INTO accounts SELECT id, 'owner' || (id + 3), 4 FROM orders",
        f"UPDATE OR IGNORE accounts SET owner = 'owner{n}' WHERE id < 6",
        "UPDATE OR FAIL accounts SET balance = balance - 700",
        f"INSERT OR FAIL INTO parents SELECT id + {n}, v FROM orders JOIN parents USING (id)",
        f"INSERT OR ROLLBACK INTO orders (id, customer_id) VALUES ({n}, 1)",
        "UPDATE OR REPLACE accounts SET owner = 'owner5' WHERE id < 8",
        "UPDATE OR ROLLBACK accounts SET owner = 'owner9' WHERE id = 3",
    )


def code(w: Writer) -> str:
    """Makes triggers, and writes to the tables that bear them."""
    choice = w.number(0, 5)
    if choice < 3:
        name = w.name("trigger")
        w.code.append(name)
        return w.pick(
            f"CREATE TRIGGER {name} AFTER DELETE ON parents BEGIN DELETE FROM events WHERE amount = OLD.id; END",
            f"CREATE TRIGGER {name} BEFORE DELETE ON parents BEGIN DELETE FROM children WHERE parent_id = OLD.id; END",
            f"CREATE TEMP TRIGGER {name} AFTER INSERT ON events BEGIN UPDATE notes SET body = NEW.kind WHERE id = 1; END",
            f"CREATE TRIGGER {name} AFTER UPDATE ON notes BEGIN INSERT INTO audit (what) SELECT ssn FROM customers WHERE id = NEW.id; END",
            f"CREATE TRIGGER {name} BEFORE UPDATE ON orders WHEN NEW.total > 300 BEGIN SELECT RAISE(FAIL, 'too much'); END",
            f"CREATE TRIGGER {name} BEFORE DELETE ON notes WHEN OLD.id > 20 BEGIN SELECT RAISE(IGNORE); END",
        )
    if choice == 3 and w.code:
        return f"DROP TRIGGER {w.random.choice(w.code)}"
    return w.pick(
        f"DELETE FROM parents{w.where()}",
        "INSERT INTO events VALUES ('open', 3)",
        f"UPDATE notes SET body = 'z'{w.where()}",
        f"UPDATE orders SET total = total * 2{w.where()}",
        f"DELETE FROM notes{w.where()}",
        "SELECT what FROM audit",
    )


def setting(w: Writer) -> str:
    """Changes what keys do, or reads the schema."""
    return w.pick(
        "PRAGMA foreign_keys = OFF",
        "PRAGMA foreign_keys = ON",
        "PRAGMA defer_foreign_keys = ON",
        "PRAGMA recursive_triggers = ON",
        "PRAGMA table_info(customers)",
        "SELECT name FROM sqlite_schema WHERE type = 'table'",
        "VACUUM",
        "ANALYZE",
        "REINDEX",
        "PRAGMA user_version = 3",
    )


def several(w: Writer) -> str:
    """Several commands in one text."""
    return w.pick(
        f"DELETE FROM children{w.where()}; DELETE FROM parents{w.where()}",
        f"UPDATE orders SET total = 0{w.where()}; SELECT count(*) FROM orders",
        "CREATE TABLE both_ways (id INTEGER PRIMARY KEY); INSERT INTO both_ways SELECT id FROM orders; DROP TABLE both_ways",
        f"DELETE FROM notes{w.where()}; DELETE FROM nothing",
        "BEGIN; DELETE FROM events; ROLLBACK",
        "BEGIN; DELETE FROM events WHERE amount > 3; COMMIT",
    )


def keys(w: Writer) -> str:
    """Touches keys that are checked late, and keys themselves."""
    return w.pick(
        f"DELETE FROM parents WHERE id = {w.number(1, 14)}",
        f"UPDATE parents SET id = id + 50 WHERE id = {w.number(1, 14)}",
        f"INSERT INTO children VALUES ({w.number(30, 60)}, {w.number(13, 20)}, 0)",
        f"INSERT INTO parents VALUES ({w.number(10, 20)}, 'late')",
        f"UPDATE children SET parent_id = {w.number(10, 20)} WHERE id = {w.number(1, 25)}",
        f"UPDATE orders SET id = id + 100 WHERE id = {w.number(1, 40)}",
    )


def shapes(w: Writer) -> str:
    """Tables that are stored otherwise than they look: columns that old rows lack, computed columns, keys without rowid, keys
    that follow, virtual tables and names like theirs."""
    n = w.number(1, 45)
    return w.pick(
        f"UPDATE grown SET status = '{w.pick('open', 'closed', 'gone')}'{w.where()}",
        f"UPDATE grown SET score = {w.pick('1.5', '2', 'NULL')}{w.where()}",
        f"ALTER TABLE grown ADD COLUMN {w.name('more')} TEXT DEFAULT 'none'",
        f"UPDATE grown SET more{w.number(1, 3)} = '{w.pick('none', 'some')}'{w.where()}",
        "UPDATE grown SET status = 'open' WHERE status = 'open'",
        f"UPDATE priced SET net = {w.pick('net', 'net + 1', '7', 'NULL')}{w.where()}",
        f"INSERT OR REPLACE INTO priced (id, net) VALUES ({n}, {n * 3})",
        f"DELETE FROM pairs WHERE v < {n}",
        f"UPDATE pairs SET v = {w.pick('v', 'v + 1')} WHERE \"left\" = 'l{n % 6}'",
        f"UPDATE pairs SET \"right\" = \"right\" || 'x' WHERE v < {n}",
        f"INSERT OR REPLACE INTO pairs SELECT \"left\", \"right\", v FROM pairs WHERE v < {n}",
        f"REPLACE INTO old SELECT id, \"new\" || '!', \"select\" FROM old WHERE id < {n}",
        f"UPDATE old SET \"new\" = 'x' WHERE id < {n}",
        f"UPDATE regions SET code = code || 'x' WHERE code > 'r{n % 8}'",
        f"DELETE FROM regions WHERE code > 'r{n % 8}'",
        "UPDATE towns SET region = 'r0'",
        f"DELETE FROM pages WHERE rowid < {n}",
        f"UPDATE pages SET body = '{w.pick('x', 'y')}' WHERE rowid < {n}",
        f"SELECT title FROM pages WHERE pages MATCH 'page' LIMIT {n}",
        f"INSERT INTO pages (title, body) VALUES ('t{n}', 'b')",
        f"DELETE FROM boxes WHERE id < {n}",
        f"UPDATE boxes SET high = high + 1 WHERE id < {n}",
        "DROP TABLE pages",
        "DROP TABLE pages_backup",
        "DROP TABLE boxes",
        "ALTER TABLE pages_backup RENAME TO pages_data2",
        f"DELETE FROM pages_log WHERE id < {n}",
        f"INSERT INTO grown (id, v) SELECT id + 200, v FROM grown ON CONFLICT (id) DO UPDATE SET v = excluded.v",
        f"UPDATE grown SET v = o.state FROM orders o WHERE o.id = grown.id AND o.id < {n}",
    )


TEMPLATES: list[tuple[int, Template]] = [*COMMON, (6, conflict), (6, code), (2, setting), (2, several), (5, keys), (14, shapes)]


def sqlite_sessions(seed: int, statements: int) -> list[Session]:
    """Sessions for the world `sqlite-clinic`."""
    return sessions(seed, statements, TABLES, TEMPLATES, "lite")
