"""Statements that both engines understand alike."""

from __future__ import annotations

from writing import Template, Writer


def delete(w: Writer) -> str:
    """Deletes from a table with a key, with or without a predicate."""
    return f"DELETE FROM {w.table()}{w.where()}"


def delete_without_key(w: Writer) -> str:
    """Deletes rows that no key tells apart."""
    return f"DELETE FROM events WHERE amount {w.pick('<', '=', '>')} {w.number(0, 7)}"


def update(w: Writer) -> str:
    """Updates rows, sometimes to the value that they have."""
    return w.pick(
        f"UPDATE orders SET total = total + {w.number(0, 3)}{w.where()}",
        f"UPDATE orders SET state = 'paid'{w.where()}",
        f"UPDATE customers SET city = 'city{w.number(0, 3)}'{w.where()}",
        f"UPDATE accounts SET balance = balance - {w.number(0, 900)}{w.where()}",
        f"UPDATE accounts SET balance = balance + {w.number(0, 900)}{w.where()}",
        f"UPDATE notes SET body = body || '!'{w.where()}",
        f"UPDATE notes SET body = body{w.where()}",
        f"UPDATE events SET amount = amount + 1 WHERE kind = '{w.pick('open', 'close')}'",
        f"UPDATE children SET parent_id = {w.number(1, 15)}{w.where()}",
        f"UPDATE parents SET id = id + 100{w.where()}",
        f"UPDATE customers SET name = email{w.where()}",
        f"UPDATE items SET qty = qty - {w.number(0, 2)} WHERE order_id = {w.number(1, 44)}",
        f"UPDATE accounts SET owner = 'owner{w.number(1, 40)}' WHERE id = {w.number(1, 32)}",
        f"UPDATE open_orders SET total = {w.number(1, 90)} WHERE id < {w.number(1, 30)}",
        f"UPDATE orders SET total = NULL WHERE customer_id IN (SELECT id FROM customers WHERE city = 'city{w.number(0, 3)}')",
    )


def insert(w: Writer) -> str:
    """Inserts rows; some break a rule half way."""
    n = w.number(20, 70)
    return w.pick(
        f"INSERT INTO orders (id, customer_id, total) VALUES ({n}, {w.number(1, 33)}, 5)",
        f"INSERT INTO notes (customer_id, body) VALUES ({w.number(1, 31)}, '{w.pick('x', '', 'quiet', 'long note')}')",
        f"INSERT INTO events VALUES ('open', {n}), ('close', {n})",
        f"INSERT INTO customers (id, name, email) VALUES ({n}, 'New {n}', 'new{n}@other.example')",
        f"INSERT INTO accounts VALUES ({n}, 'owner{n}', {n}), ({n + 1}, 'owner{n - 1}', 1)",
        f"INSERT INTO children VALUES ({n}, {w.number(1, 15)}, 1)",
        "INSERT INTO events SELECT state, id FROM orders WHERE total > 200",
        f"INSERT INTO parents SELECT id + {n}, v FROM parents",
        f"INSERT INTO items VALUES ({w.number(1, 44)}, {w.number(1, 4)}, 'new', {w.number(-1, 3)})",
        "INSERT INTO events (kind) SELECT email FROM customers WHERE id < 5",
        f"INSERT INTO accounts VALUES ({n}, 'owner{n}', 5) ON CONFLICT (id) DO UPDATE SET balance = accounts.balance + 1",
        f"INSERT INTO accounts VALUES ({n}, 'owner{n}', 5) ON CONFLICT DO NOTHING",
        f"INSERT INTO notes (customer_id, body) SELECT id, 'copied' FROM customers{w.where()}",
    )


def returning(w: Writer) -> str:
    """Writes and shows what it wrote."""
    return w.pick(
        f"DELETE FROM notes{w.where()} RETURNING id",
        f"UPDATE orders SET total = 1{w.where()} RETURNING id, total",
        f"DELETE FROM customers{w.where()} RETURNING email",
        f"INSERT INTO events VALUES ('open', {w.number(1, 9)}) RETURNING kind",
        f"UPDATE customers SET city = 'x'{w.where()} RETURNING ssn",
    )


def read(w: Writer) -> str:
    """Reads what is not sensitive."""
    return w.pick(
        "SELECT count(*) FROM orders",
        f"SELECT id, total FROM orders{w.where()}",
        "SELECT * FROM order_totals ORDER BY customer_id",
        "SELECT kind, sum(amount) FROM events GROUP BY kind",
        f"SELECT o.id, i.sku FROM orders o JOIN items i ON i.order_id = o.id WHERE o.id < {w.number(1, 20)}",
        f"SELECT id, name FROM contacts{w.where()}",
        "SELECT max(balance) FROM accounts",
        f"SELECT id, body FROM notes{w.where()}",
        "SELECT * FROM events",
        "SELECT nothing FROM orders",
        "SELECT name FROM customers ORDER BY id LIMIT 3",
        f"SELECT * FROM {w.table()}",
    )


def read_sensitive(w: Writer) -> str:
    """Reads what is sensitive, as it is, derived, or in a predicate only."""
    n = w.number(1, 30)
    return w.pick(
        f"SELECT email FROM customers{w.where()}",
        f"SELECT * FROM customers{w.where()}",
        f"SELECT email FROM contacts{w.where()}",
        f"SELECT upper(email) FROM customers{w.where()}",
        f"SELECT substr(ssn, 1, 5) FROM customers{w.where()}",
        f"SELECT length(ssn) FROM customers{w.where()}",
        "SELECT id FROM customers WHERE email LIKE '%70%'",
        "SELECT count(*) FROM customers WHERE ssn > '405'",
        "SELECT max(email) FROM customers",
        f"SELECT name, ssn || '' FROM customers WHERE id = {n}",
        "SELECT id FROM customers ORDER BY ssn LIMIT 5",
        "SELECT city, min(ssn) FROM customers GROUP BY city",
        f"SELECT (SELECT email FROM customers WHERE id = {n})",
        "WITH c AS (SELECT id, ssn AS s FROM customers) SELECT s FROM c WHERE id < 4",
        "SELECT name FROM customers UNION ALL SELECT email FROM customers",
        "SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id < 6",
        "SELECT count(DISTINCT email) FROM customers",
        "SELECT name FROM customers WHERE ssn IS NOT NULL AND id < 5",
        f"SELECT CASE WHEN ssn < '41' THEN 'low' ELSE 'high' END FROM customers WHERE id = {n}",
    )


def define(w: Writer) -> str:
    """Makes, changes and drops tables, views and indexes."""
    choice = w.number(0, 11)
    if choice < 3:
        name = w.name("made")
        w.made.append(name)
        return w.pick(
            f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, v TEXT)",
            f"CREATE TABLE {name} AS SELECT id, body AS v FROM notes",
            f"CREATE TABLE {name} AS SELECT id, email AS v FROM customers",
            f"CREATE TEMP TABLE {name} (id INTEGER PRIMARY KEY, v TEXT)",
            f"CREATE TEMP TABLE {name} AS SELECT id, ssn AS v FROM customers WHERE id < 9",
        )
    if choice < 5 and w.made:
        name = w.random.choice(w.made)
        return w.pick(
            f"INSERT INTO {name} (id, v) SELECT id + {w.number(50, 900)}, v FROM parents",
            f"DELETE FROM {name}",
            f"SELECT v FROM {name}",
            f"UPDATE {name} SET v = 'z'{w.where()}",
            f"DROP TABLE {name}",
            f"ALTER TABLE {name} ADD COLUMN more TEXT",
            f"ALTER TABLE {name} RENAME COLUMN v TO w",
        )
    if choice < 7:
        name = w.name("view")
        w.views.append(name)
        return w.pick(
            f"CREATE VIEW {name} AS SELECT id, total FROM orders",
            f"CREATE VIEW {name} AS SELECT id, ssn AS v FROM customers",
            f"CREATE TEMP VIEW {name} AS SELECT upper(email) AS v FROM customers",
        )
    if choice < 9 and w.views:
        name = w.random.choice(w.views)
        return w.pick(f"SELECT * FROM {name}", f"DROP VIEW {name}", f"SELECT * FROM {name}")
    return w.pick(
        f"ALTER TABLE orders ADD COLUMN {w.name('extra')} INTEGER DEFAULT 7",
        "ALTER TABLE notes RENAME COLUMN body TO text",
        "ALTER TABLE events DROP COLUMN amount",
        f"CREATE INDEX {w.name('index')} ON orders (total)",
        "DROP INDEX orders_by_customer",
        "DROP VIEW contacts",
        "DROP VIEW open_orders",
        "DROP TABLE events",
        "DROP TABLE children",
        "DROP TABLE IF EXISTS nothing",
        "ALTER TABLE events RENAME TO events_old",
        'DROP TABLE "order items"',
        "DROP TRIGGER orders_gone",
        "ALTER TABLE customers DROP COLUMN city",
        "DROP TABLE notes",
    )


def fails(w: Writer) -> str:
    """Fails, some of it after part of the work."""
    return w.pick(
        "INSERT INTO orders (id, customer_id) VALUES (1, 1)",
        "DELETE FROM nothing",
        "UPDATE accounts SET balance = balance - 1500",
        "SELECT FROM WHERE",
        "INSERT INTO notes (customer_id, body) VALUES (1, 'x'), (2, '')",
        "UPDATE accounts SET owner = 'owner7'",
        "INSERT INTO items VALUES (900, 1, 'x', 1)",
        "UPDATE orders SET missing = 1",
        "INSERT INTO orders SELECT id + 20, customer_id, total, state FROM orders",
    )


COMMON: list[tuple[int, Template]] = [
    (10, delete),
    (4, delete_without_key),
    (14, update),
    (14, insert),
    (5, returning),
    (8, read),
    (10, read_sensitive),
    (12, define),
    (5, fails),
]
