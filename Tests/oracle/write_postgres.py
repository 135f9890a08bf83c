"""Seeded sessions for PostgreSQL."""

from __future__ import annotations

from model import Session
from write_common import COMMON
from writing import Template, Writer, sessions

TABLES = (
    "customers",
    "orders",
    "notes",
    "accounts",
    "parents",
    "children",
    "audit",
    '"order items"',
    "open_orders",
    "readings",
    "archive.orders",
    "archive.visits",
    "places",
    "capitals",
    "grown",
    "priced",
    '"Old"',
    "towns",
    "metered",
    "hashed",
    "guarded",
    "worded",
    "joined_towns",
    "cheap",
)


def truncate(w: Writer) -> str:
    """Empties tables, also twice within a transaction."""
    return w.pick(
        "TRUNCATE events",
        "TRUNCATE TABLE notes RESTART IDENTITY",
        "TRUNCATE parents CASCADE",
        "TRUNCATE customers CASCADE",
        "TRUNCATE orders",
        "TRUNCATE readings",
        "TRUNCATE readings_1",
        "TRUNCATE places",
        "TRUNCATE archive.orders",
        "INSERT INTO events SELECT 'again', n FROM generate_series(1, 9) n",
        "INSERT INTO notes (body) SELECT 'again' FROM generate_series(1, 5)",
        "TRUNCATE events, notes",
        "TRUNCATE ONLY places",
    )


def parts(w: Writer) -> str:
    """Partitions and inheritance."""
    n = w.number(0, 30)
    return w.pick(
        f"INSERT INTO readings VALUES ({w.number(50, 99)}, {n}, 1), ({w.number(100, 150)}, 5, 2)",
        f"UPDATE readings SET day = day + 10 WHERE day < {n}",
        f"UPDATE readings SET v = v + 1 WHERE day = {n}",
        f"DELETE FROM readings WHERE day > {n}",
        "DELETE FROM readings_2",
        "ALTER TABLE readings DETACH PARTITION readings_2",
        "ALTER TABLE readings ATTACH PARTITION readings_2 FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE readings_3 PARTITION OF readings FOR VALUES FROM (100) TO (200)",
        "DROP TABLE readings_1",
        "DROP TABLE readings",
        f"UPDATE places SET name = 'x'{w.where()}",
        f"DELETE FROM ONLY places{w.where()}",
        f"DELETE FROM capitals WHERE id > {n + 90}",
        "DELETE FROM readings_2 WHERE day = 12",
        "DROP TABLE capitals",
        "ALTER TABLE capitals NO INHERIT places",
        f"UPDATE readings SET day = {n}, v = 0 WHERE id = {w.number(1, 40)}",
        "SELECT tableoid::regclass::text, count(*) FROM readings GROUP BY 1 ORDER BY 1",
    )


def names(w: Writer) -> str:
    """Equal names in several schemas, and the path that chooses among them."""
    n = w.number(1, 40)
    return w.pick(
        f"DELETE FROM archive.orders WHERE id = {1000 + n}",
        "DELETE FROM public.orders WHERE id > 20",
        "SET search_path = archive, public",
        "RESET search_path",
        "DELETE FROM orders WHERE total > 100",
        "CREATE SCHEMA side",
        "CREATE TABLE side.orders (id int PRIMARY KEY, v text)",
        "INSERT INTO side.orders SELECT n, 'v' FROM generate_series(1, 12) n",
        "DELETE FROM side.orders",
        "DROP SCHEMA archive CASCADE",
        "DROP SCHEMA side CASCADE",
        "CREATE TABLE archive.notes AS SELECT * FROM notes",
        "DELETE FROM archive.notes",
        "DROP TABLE archive.orders",
        "ALTER TABLE archive.visits SET SCHEMA public",
        "CREATE TEMP TABLE orders (id int, v text)",
        "DROP TABLE pg_temp.orders",
    )


def rules(w: Writer) -> str:
    """Rules, statements in statements, MERGE."""
    n = w.number(1, 30)
    return w.pick(
        f"DELETE FROM audit_book WHERE id < {n}",
        f"CREATE RULE {w.name('rule')} AS ON UPDATE TO parents DO ALSO DELETE FROM events WHERE amount = 2",
        f"UPDATE parents SET v = 'q' WHERE id < {n}",
        f"WITH gone AS (DELETE FROM notes WHERE id < {n} RETURNING id) SELECT count(*) FROM gone",
        f"WITH moved AS (DELETE FROM orders WHERE id < {n} RETURNING *) INSERT INTO archive.orders SELECT * FROM moved",
        f"MERGE INTO accounts a USING (SELECT {n} AS id) s ON a.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'm', 1)",
        f"MERGE INTO accounts a USING customers c ON a.id = c.id AND c.id < {n} WHEN MATCHED AND c.id % 2 = 0 THEN UPDATE SET balance = 1 WHEN MATCHED THEN DELETE",
        f"CREATE RULE {w.name('rule')} AS ON INSERT TO events DO INSTEAD NOTHING",
        "DROP RULE audit_book_gone ON audit_book",
        f"DELETE FROM orders USING customers WHERE orders.customer_id = customers.id AND customers.id < {n}",
        f"UPDATE orders o SET total = c.id FROM customers c WHERE c.id = o.customer_id AND c.id < {n}",
    )


def code(w: Writer) -> str:
    """Calls functions and blocks, and makes code of the session's own."""
    choice = w.number(0, 11)
    if choice < 3:
        name = w.name("own")
        w.code.append(name)
        return w.pick(
            f"CREATE FUNCTION {name}() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM archive.visits WHERE id < 9; RETURN 1; END $$",
            f"CREATE FUNCTION {name}() RETURNS text LANGUAGE sql AS $$ SELECT max(email) FROM customers $$",
            f"CREATE FUNCTION {name}() RETURNS text LANGUAGE plpgsql AS $$ DECLARE s text; BEGIN SELECT ssn INTO s FROM customers WHERE id = 3; RAISE NOTICE 'seen %', reverse(s); RETURN 'x'; END $$",
        )
    if choice < 5 and w.code:
        return w.pick(
            f"SELECT {w.random.choice(w.code)}()",
            f"DROP FUNCTION {w.random.choice(w.code)}()",
            f"SELECT {w.random.choice(w.code)}()",
        )
    return w.pick(
        f"SELECT purge('{w.pick('open', 'close', 'none')}')",
        "SELECT try_purge()",
        "CALL drop_visits()",
        f"SELECT mail_of({w.number(1, 31)})",
        "DO $$ BEGIN DELETE FROM notes WHERE id > 30; END $$",
        "DO $$ BEGIN EXECUTE 'DROP TABLE events'; END $$",
        "DO $$ BEGIN DELETE FROM notes; RAISE EXCEPTION 'no'; END $$",
        "DO $$ BEGIN BEGIN DELETE FROM notes WHERE id > 5; PERFORM 1 / 0; EXCEPTION WHEN others THEN NULL; END; DELETE FROM events WHERE amount = 1; END $$",
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT email FROM customers WHERE id < 3 LOOP RAISE NOTICE '%', r.email; END LOOP; END $$",
        "CREATE FUNCTION stop_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER no_more BEFORE DELETE ON parents FOR EACH ROW EXECUTE FUNCTION order_gone()",
        "ALTER TABLE orders DISABLE TRIGGER orders_gone",
        "DROP FUNCTION purge(text)",
        "DROP FUNCTION order_gone() CASCADE",
        "CREATE OR REPLACE FUNCTION purge(wanted text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
        "CREATE OR REPLACE VIEW contacts AS SELECT id, name, email FROM customers",
    )


def keys(w: Writer) -> str:
    """Keys that are checked late."""
    return w.pick(
        f"DELETE FROM parents WHERE id = {w.number(1, 14)}",
        f"UPDATE parents SET id = id + 50 WHERE id = {w.number(1, 14)}",
        f"INSERT INTO children VALUES ({w.number(30, 60)}, {w.number(13, 20)}, 0)",
        f"INSERT INTO parents VALUES ({w.number(10, 20)}, 'late')",
        "SET CONSTRAINTS ALL IMMEDIATE",
        "SET CONSTRAINTS ALL DEFERRED",
        "ALTER TABLE children DROP CONSTRAINT children_parent_id_fkey",
        f"UPDATE orders SET id = id + 100 WHERE id = {w.number(1, 40)}",
        "TRUNCATE children",
        "DROP TABLE children",
        "ALTER TABLE children ADD COLUMN more int",
    )


def definitions(w: Writer) -> str:
    """Definitions that only PostgreSQL has."""
    return w.pick(
        "DROP VIEW contacts CASCADE",
        "DROP TABLE orders CASCADE",
        "DROP TABLE customers",
        "DROP MATERIALIZED VIEW order_states",
        "REFRESH MATERIALIZED VIEW order_states",
        "DROP TYPE mood",
        "DROP SEQUENCE tickets",
        "SELECT nextval('tickets')",
        "CREATE TABLE feelings (id int PRIMARY KEY, m mood)",
        "ALTER TABLE orders ALTER COLUMN total TYPE bigint",
        "ALTER TABLE orders ALTER COLUMN total TYPE text USING left(total::text, 1)",
        "ALTER TABLE customers RENAME COLUMN ssn TO number",
        "SELECT number FROM customers WHERE id < 3",
        "CREATE TABLE copies (LIKE customers INCLUDING ALL)",
        "INSERT INTO copies SELECT * FROM customers WHERE id < 9",
        "SELECT ssn FROM copies",
        "COPY customers (email) TO STDOUT",
        "COPY (SELECT id FROM orders WHERE id < 4) TO STDOUT",
        "EXPLAIN DELETE FROM orders",
        "EXPLAIN ANALYZE DELETE FROM notes WHERE id = 3",
        "LOCK TABLE orders",
        "PREPARE p AS DELETE FROM notes WHERE id = $1",
        "EXECUTE p(4)",
        "DEALLOCATE p",
        "DECLARE c CURSOR WITH HOLD FOR SELECT ssn FROM customers ORDER BY id",
        "FETCH 2 FROM c",
        "CREATE UNLOGGED TABLE fast AS SELECT id, v FROM parents",
        "DELETE FROM fast",
        "CLUSTER orders USING orders_pkey",
        "CREATE TEMP TABLE shortlived (id int) ON COMMIT DELETE ROWS",
        "INSERT INTO shortlived VALUES (1), (2)",
        "SELECT 1/0",
        "COMMENT ON TABLE orders IS 'x'",
        "GRANT SELECT ON orders TO PUBLIC",
        "ALTER TABLE accounts ADD COLUMN doubled int GENERATED ALWAYS AS (balance * 2) STORED",
    )


def several(w: Writer) -> str:
    """Several commands in one text, which is one transaction."""
    return w.pick(
        f"DELETE FROM children{w.where()}; DELETE FROM parents{w.where()}",
        f"UPDATE orders SET total = 0{w.where()}; SELECT count(*) FROM orders",
        "CREATE TABLE both_ways (id int PRIMARY KEY); INSERT INTO both_ways SELECT id FROM orders; DROP TABLE both_ways",
        f"DELETE FROM notes{w.where()}; DELETE FROM nothing",
        "BEGIN; DELETE FROM events; ROLLBACK",
        "BEGIN; DELETE FROM events WHERE amount > 3; COMMIT",
    )


def shapes(w: Writer) -> str:
    """Tables that are stored otherwise than they look: columns that old rows lack, computed columns, keys that follow, views
    that trigger, parts of parts, rows behind a policy."""
    n = w.number(1, 45)
    return w.pick(
        f"UPDATE grown SET status = '{w.pick('open', 'closed', 'gone')}'{w.where()}",
        f"UPDATE grown SET score = {w.pick('1.5', '2', 'NULL')}{w.where()}",
        f"ALTER TABLE grown ADD COLUMN {w.name('more')} text DEFAULT 'none'",
        f"UPDATE grown SET more{w.number(1, 3)} = '{w.pick('none', 'some')}'{w.where()}",
        f"UPDATE priced SET net = {w.pick('net', 'net + 1', '7', 'NULL')}{w.where()}",
        f"UPDATE priced SET facts = jsonb_set(facts, '{{a}}', '{n}'){w.where()}",
        f"UPDATE priced SET tags = tags{w.where()}",
        f"UPDATE priced SET (net, tags) = (SELECT total, tags FROM orders WHERE orders.id = priced.id){w.where()}",
        f"INSERT INTO priced (id, net) SELECT id, total FROM orders ON CONFLICT (id) DO UPDATE SET net = excluded.net WHERE priced.id < {n}",
        f'UPDATE "Old" SET new = old WHERE id < {n}',
        f'UPDATE "Old" SET old = old, new = new WHERE id < {n}',
        f"UPDATE regions SET code = code || 'x' WHERE code > 'r{n % 8}'",
        f"DELETE FROM regions WHERE code > 'r{n % 8}'",
        f"UPDATE metered SET kind = '{w.pick('a', 'b', 'c')}' WHERE at < {n}",
        f"UPDATE metered SET at = at + {w.pick('0', '1', '20')} WHERE kind = 'a'",
        f"UPDATE metered SET kind = 'b', v = v + 1 WHERE at = {n}",
        f"SELECT shift_metered({n})",
        f"DELETE FROM metered_a WHERE at < {n}",
        "TRUNCATE metered_a",
        "DROP TABLE metered_a_low",
        f"UPDATE metered_a_low SET at = at + 1 WHERE at < {n % 20}",
        f"UPDATE hashed SET id = id + 100 WHERE id < {n}",
        f"DELETE FROM guarded WHERE id < {n}",
        f"UPDATE guarded SET v = 'x' WHERE id < {n}",
        "ALTER TABLE guarded DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE guarded NO FORCE ROW LEVEL SECURITY",
        "SELECT count(*) FROM guarded",
        f"DELETE FROM worded WHERE id < {n}",
        f"UPDATE worded SET w = 'w{n}' WHERE id = {n % 9}",
        f"DELETE FROM joined_towns WHERE id < {n}",
        f"UPDATE joined_towns SET v = 'v{n}' WHERE id < {n}",
        f"UPDATE cheap SET net = net + {w.pick('0', '1', '50')} WHERE id < {n}",
        f"DELETE FROM cheap WHERE id < {n}",
        f"MERGE INTO towns t USING orders o ON t.id = o.id AND o.id < {n} WHEN MATCHED AND o.id % 2 = 0 THEN DO NOTHING WHEN MATCHED THEN UPDATE SET region = 'r1'",
        f"WITH gone AS (DELETE FROM grown WHERE id < {n} RETURNING *) INSERT INTO grown SELECT id + 500, v, status, score FROM gone",
        f"WITH back AS (UPDATE grown SET v = 'x' WHERE id < {n} RETURNING id) DELETE FROM towns USING back WHERE towns.id = back.id",
    )


TEMPLATES: list[tuple[int, Template]] = [
    *COMMON,
    (6, truncate),
    (7, parts),
    (7, names),
    (6, rules),
    (9, code),
    (5, keys),
    (8, definitions),
    (18, shapes),
    (2, several),
]


def postgres_sessions(seed: int, statements: int) -> list[Session]:
    """Sessions for the world `postgres-clinic`."""
    return sessions(seed, statements, TABLES, TEMPLATES, "pg")
