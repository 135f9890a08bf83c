-- Meridian Clinic (fictional), a shadow for SQLite; written by `swift run sample-quarter`.
-- No row comes from a real database: every value is computed below.
PRAGMA foreign_keys = ON;
CREATE TABLE assay_shadow (basis TEXT NOT NULL, as_of TEXT NOT NULL, server TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO assay_shadow VALUES
  ('synthetic', '2026-07-01T00:00:00Z', 'meridian-clinic', '2026-07-01T00:00:00Z');
CREATE TABLE customers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, ssn TEXT NOT NULL, phone TEXT,
  city TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE doctors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, specialty TEXT NOT NULL);
CREATE TABLE visits (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  doctor_id INTEGER NOT NULL REFERENCES doctors (id), visited_on TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE prescriptions (
  id INTEGER PRIMARY KEY, visit_id INTEGER NOT NULL REFERENCES visits (id) ON DELETE CASCADE, drug TEXT NOT NULL,
  dose_mg INTEGER NOT NULL, issued_on TEXT NOT NULL);
CREATE TABLE payments (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount_cents INTEGER NOT NULL,
  status TEXT NOT NULL, paid_on TEXT);
CREATE TABLE payment_events (
  id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payments (id) ON DELETE CASCADE,
  status TEXT NOT NULL);
CREATE TABLE appointments (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  doctor_id INTEGER NOT NULL REFERENCES doctors (id), starts_at TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE reports (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, period TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE feedback (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5), comment TEXT NOT NULL, created_on TEXT NOT NULL);
CREATE TABLE sessions_cache (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, token TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE job_runs (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, started_at TEXT NOT NULL, duration_ms INTEGER NOT NULL);
CREATE INDEX visits_customer_idx ON visits (customer_id);
CREATE INDEX visits_doctor_idx ON visits (doctor_id);
CREATE INDEX prescriptions_visit_idx ON prescriptions (visit_id);
CREATE INDEX payments_customer_idx ON payments (customer_id);
CREATE INDEX payment_events_payment_idx ON payment_events (payment_id);
CREATE INDEX appointments_customer_idx ON appointments (customer_id);
CREATE INDEX appointments_doctor_idx ON appointments (doctor_id);
CREATE INDEX feedback_customer_idx ON feedback (customer_id);
CREATE VIEW customer_directory AS SELECT id, name, email, city FROM customers;
CREATE VIEW visit_overview AS
  SELECT v.id, v.customer_id, d.name AS doctor, v.visited_on, v.status
  FROM visits v JOIN doctors d ON d.id = v.doctor_id;
CREATE VIEW open_payments AS SELECT id, customer_id, amount_cents FROM payments WHERE status = 'open';
INSERT INTO customers
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300),
    f (k, v) AS (VALUES (0, 'Ada'), (1, 'Ben'), (2, 'Cleo'), (3, 'Dario'), (4, 'Elin'), (5, 'Farid'), (6, 'Greta'), (7, 'Hugo'), (8, 'Ines'), (9, 'Jonas'), (10, 'Kaja'), (11, 'Luca'), (12, 'Mira'), (13, 'Nils'), (14, 'Odile'), (15, 'Pavel'), (16, 'Quinn'), (17, 'Rosa'), (18, 'Samir'), (19, 'Tilda'), (20, 'Umar'), (21, 'Vera'), (22, 'Wanda'), (23, 'Xenia'), (24, 'Yusuf'), (25, 'Zora'), (26, 'Anton'), (27, 'Bianca'), (28, 'Cyril'), (29, 'Dora'), (30, 'Emil'), (31, 'Flora'), (32, 'Gideon'), (33, 'Hanna'), (34, 'Igor'), (35, 'Judit'), (36, 'Kurt'), (37, 'Lena'), (38, 'Marek'), (39, 'Nora')),
    l (k, v) AS (VALUES (0, 'Abbot'), (1, 'Baker'), (2, 'Castell'), (3, 'Dorn'), (4, 'Engel'), (5, 'Falk'), (6, 'Gruber'), (7, 'Holm'), (8, 'Ivers'), (9, 'Jansen'), (10, 'Keller'), (11, 'Lindt'), (12, 'Moreau'), (13, 'Novak'), (14, 'Olsen'), (15, 'Petrov'), (16, 'Quist'), (17, 'Ritter'), (18, 'Santos'), (19, 'Thorne'), (20, 'Ulrich'), (21, 'Vidal'), (22, 'Weber'), (23, 'Xander'), (24, 'Young'), (25, 'Zeller'), (26, 'Arden'), (27, 'Brandt'), (28, 'Conti'), (29, 'Duval'), (30, 'Eklund'), (31, 'Ferro'), (32, 'Garnier'), (33, 'Hart'), (34, 'Ibsen'), (35, 'Joyce'), (36, 'Kovac'), (37, 'Lorenz'), (38, 'Meyer'), (39, 'Nagy'), (40, 'Orban'), (41, 'Pohl'), (42, 'Quade'), (43, 'Rossi'), (44, 'Stone'), (45, 'Toth'), (46, 'Urban'), (47, 'Voss'), (48, 'Wolf'), (49, 'Zander')),
    c (k, v) AS (VALUES (0, 'Larkspur'), (1, 'Fernhill'), (2, 'Oakmere'), (3, 'Stonebridge'), (4, 'Willowby'), (5, 'Ashcombe'), (6, 'Brindle'), (7, 'Copperton'), (8, 'Dunmoor'), (9, 'Eastwick'), (10, 'Foxley'), (11, 'Greyport'), (12, 'Hazelden'), (13, 'Ironbrook'), (14, 'Juniper'), (15, 'Kestrel'), (16, 'Longford'), (17, 'Marlow'), (18, 'Northgate'), (19, 'Redwater'))
  SELECT i, f.v || ' ' || l.v, lower(f.v) || '.' || lower(l.v) || i || '@example.com',
  printf('9%02d-%02d-%04d', i * 37 % 100, i * 13 % 99 + 1, i * 7919 % 9999 + 1), printf('555-01%02d', i % 100),
  c.v, date('2021-01-01', '+' || (i % 1800) || ' days')
FROM n JOIN f ON f.k = i % 40 JOIN l ON l.k = i / 40 % 50 JOIN c ON c.k = i % 20 ORDER BY i;
INSERT INTO doctors
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40),
    l (k, v) AS (VALUES (0, 'Abbot'), (1, 'Baker'), (2, 'Castell'), (3, 'Dorn'), (4, 'Engel'), (5, 'Falk'), (6, 'Gruber'), (7, 'Holm'), (8, 'Ivers'), (9, 'Jansen'), (10, 'Keller'), (11, 'Lindt'), (12, 'Moreau'), (13, 'Novak'), (14, 'Olsen'), (15, 'Petrov'), (16, 'Quist'), (17, 'Ritter'), (18, 'Santos'), (19, 'Thorne'), (20, 'Ulrich'), (21, 'Vidal'), (22, 'Weber'), (23, 'Xander'), (24, 'Young'), (25, 'Zeller'), (26, 'Arden'), (27, 'Brandt'), (28, 'Conti'), (29, 'Duval'), (30, 'Eklund'), (31, 'Ferro'), (32, 'Garnier'), (33, 'Hart'), (34, 'Ibsen'), (35, 'Joyce'), (36, 'Kovac'), (37, 'Lorenz'), (38, 'Meyer'), (39, 'Nagy'), (40, 'Orban'), (41, 'Pohl'), (42, 'Quade'), (43, 'Rossi'), (44, 'Stone'), (45, 'Toth'), (46, 'Urban'), (47, 'Voss'), (48, 'Wolf'), (49, 'Zander')),
    s (k, v) AS (VALUES (0, 'allergy'), (1, 'cardiology'), (2, 'dermatology'), (3, 'general'), (4, 'neurology'), (5, 'pediatrics'), (6, 'radiology'), (7, 'surgery'))
  SELECT i, 'Dr. ' || l.v, s.v FROM n JOIN l ON l.k = i JOIN s ON s.k = i % 8 ORDER BY i;
INSERT INTO visits
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
  SELECT i, i * 7 % 300 + 1, i / 3 % 40 + 1, date('2025-07-01', '+' || (i % 540) || ' days'),
  CASE i % 10 WHEN 0 THEN 'cancelled' WHEN 1 THEN 'planned' WHEN 2 THEN 'planned' ELSE 'done' END FROM n ORDER BY i;
INSERT INTO prescriptions
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900),
    d (k, v) AS (VALUES (0, 'amoxil'), (1, 'betasan'), (2, 'cortiva'), (3, 'dolorex'), (4, 'enalin'), (5, 'fenacol'), (6, 'glucora'), (7, 'hepasan'), (8, 'ibutin'), (9, 'jodisan'), (10, 'kalinor'), (11, 'lorasil'))
  SELECT i, i * 11 % 1200 + 1, d.v, i % 8 * 25 + 25, date('2025-07-01', '+' || (i % 360) || ' days')
FROM n JOIN d ON d.k = i % 12 ORDER BY i;
INSERT INTO payments
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
  SELECT i, i * 13 % 300 + 1, 1500 + i * 37 % 9000, CASE i % 5 WHEN 0 THEN 'open' ELSE 'paid' END,
  CASE i % 5 WHEN 0 THEN NULL ELSE date('2025-07-01', '+' || (i % 360) || ' days') END FROM n ORDER BY i;
INSERT INTO payment_events
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
  SELECT i, i * 10, 'open' FROM n ORDER BY i;
INSERT INTO appointments
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
  SELECT i, i * 17 % 300 + 1, i * 3 % 40 + 1,
  date('2026-07-01', '+' || (i % 120) || ' days') || printf('T%02d:00:00', 8 + i % 9),
  CASE i % 4 WHEN 0 THEN 'booked' ELSE 'confirmed' END FROM n ORDER BY i;
INSERT INTO reports
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
  SELECT i, 'Weekly report ' || i, printf('2025-W%02d', i % 52 + 1), 'Figures of the week.', '2026-01-05' FROM n ORDER BY i;
INSERT INTO feedback
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
  SELECT i, i * 19 % 300 + 1, i % 5 + 1, CASE i % 3 WHEN 0 THEN 'très bien' WHEN 1 THEN 'fine' ELSE 'long wait' END, date('2026-01-01', '+' || (i % 180) || ' days') FROM n ORDER BY i;
INSERT INTO sessions_cache
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
  SELECT i, i * 23 % 300 + 1, printf('%08x', i * 2654435 % 4294967296), '2026-07-01T00:00:00' FROM n ORDER BY i;
INSERT INTO job_runs
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300),
    j (k, v) AS (VALUES (0, 'backup'), (1, 'cache-sweep'), (2, 'invoice-run'), (3, 'reminders'), (4, 'report-refresh'))
  SELECT i, j.v, date('2026-01-01', '+' || (i % 180) || ' days') || 'T02:00:00', i * 53 % 4000 FROM n JOIN j ON j.k = i % 5 ORDER BY i;
CREATE TRIGGER payments_status AFTER UPDATE OF status ON payments BEGIN
  INSERT INTO payment_events (payment_id, status) VALUES (NEW.id, NEW.status);
END;
