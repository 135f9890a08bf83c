/// The scripts from which the sample's shadows are built: for each engine the same tables with the same rows.
struct ShadowScript {
  let dialect: ShadowDialect

  /// A script with the schema and, unless `clinic` is nil, that clinic's rows.
  func text(basis: String, rows clinic: Clinic?) -> String {
    let head = """
      -- Meridian Clinic (fictional), a shadow for \(dialect.rawValue); written by `swift run sample-quarter`.
      -- No row comes from a real database: every value is computed below.
      """
    let marked = """
      \(dialect.marker)
      INSERT INTO assay_shadow VALUES
        ('\(basis)', '2026-07-01T00:00:00Z', 'meridian-clinic', '2026-07-01T00:00:00Z');
      """
    let content = clinic.map(rows) ?? "-- Schema only: no rows."
    let parts = [head, dialect.settings, marked, schema, content, dialect.triggers]
    return parts.compactMap(\.self).joined(separator: "\n") + "\n"
  }

  private var schema: String {
    """
    CREATE TABLE customers (
      id \(dialect.key), name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, ssn TEXT NOT NULL, phone TEXT,
      city TEXT NOT NULL, created_at TEXT NOT NULL);
    CREATE TABLE doctors (id \(dialect.key), name TEXT NOT NULL, specialty TEXT NOT NULL);
    CREATE TABLE visits (
      id \(dialect.key), customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
      doctor_id INTEGER NOT NULL REFERENCES doctors (id), visited_on TEXT NOT NULL, status TEXT NOT NULL);
    CREATE TABLE prescriptions (
      id \(dialect.key), visit_id INTEGER NOT NULL REFERENCES visits (id) ON DELETE CASCADE, drug TEXT NOT NULL,
      dose_mg INTEGER NOT NULL, issued_on TEXT NOT NULL);
    CREATE TABLE payments (
      id \(dialect.key), customer_id INTEGER NOT NULL REFERENCES customers (id), amount_cents INTEGER NOT NULL,
      status TEXT NOT NULL, paid_on TEXT);
    CREATE TABLE payment_events (
      id \(dialect.key), payment_id INTEGER NOT NULL REFERENCES payments (id) ON DELETE CASCADE,
      status TEXT NOT NULL);
    CREATE TABLE appointments (
      id \(dialect.key), customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
      doctor_id INTEGER NOT NULL REFERENCES doctors (id), starts_at TEXT NOT NULL, status TEXT NOT NULL);
    CREATE TABLE reports (
      id \(dialect.key), title TEXT NOT NULL, period TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL);
    CREATE TABLE feedback (
      id \(dialect.key), customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
      score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5), comment TEXT NOT NULL, created_on TEXT NOT NULL);
    CREATE TABLE sessions_cache (
      id \(dialect.key), customer_id INTEGER NOT NULL, token TEXT NOT NULL, expires_at TEXT NOT NULL);
    CREATE TABLE job_runs (
      id \(dialect.key), name TEXT NOT NULL, started_at TEXT NOT NULL, duration_ms INTEGER NOT NULL);
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
    """
  }

  /// A common table expression `name (k, v)` that numbers the values from 0.
  private func list(_ name: String, _ values: [String]) -> String {
    let rows = values.enumerated().map { "(\($0.offset), '\($0.element)')" }.joined(separator: ", ")
    return "    \(name) (k, v) AS (VALUES \(rows))"
  }

  /// `INSERT … SELECT` over the numbers 1 to `count`, each as `i`, with lists to join.
  private func fill(_ table: String, _ count: Int, with lists: [String] = [], _ select: String) -> String {
    let numbers = "n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
    return """
      INSERT INTO \(table)
        WITH RECURSIVE \(([numbers] + lists).joined(separator: ",\n"))
        SELECT \(select) ORDER BY i;
      """
  }

  private func rows(_ clinic: Clinic) -> String {
    let (first, last) = (list("f", Clinic.firstNames), list("l", Clinic.lastNames))
    let ssn = dialect.text(
      .text("9"), .number("i * 37 % 100", digits: 2), .text("-"), .number("i * 13 % 99 + 1", digits: 2), .text("-"),
      .number("i * 7919 % 9999 + 1", digits: 4))
    let fills = [
      fill(
        "customers", clinic.customers, with: [first, last, list("c", Clinic.cities)],
        """
        i, f.v || ' ' || l.v, lower(f.v) || '.' || lower(l.v) || i || '@example.com',
          \(ssn), \(dialect.text(.text("555-01"), .number("i % 100", digits: 2))),
          c.v, \(dialect.day("2021-01-01", plus: "i % 1800"))
        FROM n JOIN f ON f.k = i % 40 JOIN l ON l.k = i / 40 % 50 JOIN c ON c.k = i % 20
        """),
      fill(
        "doctors", Clinic.doctors, with: [last, list("s", Clinic.specialties)],
        "i, 'Dr. ' || l.v, s.v FROM n JOIN l ON l.k = i JOIN s ON s.k = i % 8"),
      fill(
        "visits", clinic.visits,
        """
        i, i * 7 % \(clinic.customers) + 1, i / 3 % 40 + 1, \(dialect.day("2025-07-01", plus: "i % 540")),
          CASE i % 10 WHEN 0 THEN 'cancelled' WHEN 1 THEN 'planned' WHEN 2 THEN 'planned' ELSE 'done' END FROM n
        """),
      fill(
        "prescriptions", clinic.prescriptions, with: [list("d", Clinic.drugs)],
        """
        i, i * 11 % \(clinic.visits) + 1, d.v, i % 8 * 25 + 25, \(dialect.day("2025-07-01", plus: "i % 360"))
        FROM n JOIN d ON d.k = i % 12
        """),
      fill(
        "payments", clinic.payments,
        """
        i, i * 13 % \(clinic.customers) + 1, 1500 + i * 37 % 9000, CASE i % 5 WHEN 0 THEN 'open' ELSE 'paid' END,
          CASE i % 5 WHEN 0 THEN NULL ELSE \(dialect.day("2025-07-01", plus: "i % 360")) END FROM n
        """),
      fill("payment_events", clinic.payments / 10, "i, i * 10, 'open' FROM n"),
      fill(
        "appointments", clinic.appointments,
        """
        i, i * 17 % \(clinic.customers) + 1, i * 3 % 40 + 1,
          \(dialect.day("2026-07-01", plus: "i % 120")) || \(dialect.text(.text("T"), .number("8 + i % 9", digits: 2), .text(":00:00"))),
          CASE i % 4 WHEN 0 THEN 'booked' ELSE 'confirmed' END FROM n
        """),
      fill(
        "reports", clinic.reports,
        "i, 'Weekly report ' || i, \(dialect.text(.text("2025-W"), .number("i % 52 + 1", digits: 2))), 'Figures of the week.', '2026-01-05' FROM n"
      ),
      fill(
        "feedback", clinic.feedback,
        "i, i * 19 % \(clinic.customers) + 1, i % 5 + 1, CASE i % 3 WHEN 0 THEN 'très bien' WHEN 1 THEN 'fine' "
          + "ELSE 'long wait' END, \(dialect.day("2026-01-01", plus: "i % 180")) FROM n"),
      fill(
        "sessions_cache", clinic.cachedSessions,
        "i, i * 23 % \(clinic.customers) + 1, \(dialect.text(.hex("\(dialect.wide("i")) * 2654435 % 4294967296", digits: 8))), '2026-07-01T00:00:00' FROM n"
      ),
      fill(
        "job_runs", clinic.jobRuns, with: [list("j", Clinic.jobs)],
        "i, j.v, \(dialect.day("2026-01-01", plus: "i % 180")) || 'T02:00:00', i * 53 % 4000 FROM n "
          + "JOIN j ON j.k = i % 5"),
    ]
    let numbering = dialect.numbering([
      "customers", "doctors", "visits", "prescriptions", "payments", "payment_events", "appointments", "reports",
      "feedback", "sessions_cache", "job_runs",
    ])
    return (fills + [numbering].compactMap(\.self)).joined(separator: "\n")
  }
}
