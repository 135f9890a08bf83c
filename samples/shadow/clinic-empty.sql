-- Meridian Clinic (fictional), a shadow for SQLite; written by `swift run sample-quarter`.
-- No row comes from a real database: every value is computed below.
PRAGMA foreign_keys = ON;
CREATE TABLE assay_shadow (basis TEXT NOT NULL, as_of TEXT NOT NULL, server TEXT NOT NULL, created TEXT NOT NULL);
INSERT INTO assay_shadow VALUES
  ('schema_only', '2026-07-01T00:00:00Z', 'meridian-clinic', '2026-07-01T00:00:00Z');
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
-- Schema only: no rows.
CREATE TRIGGER payments_status AFTER UPDATE OF status ON payments BEGIN
  INSERT INTO payment_events (payment_id, status) VALUES (NEW.id, NEW.status);
END;
