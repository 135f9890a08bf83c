import AuditTrail
import Postgres
import Replay

/// What an event does not say of itself and the server is asked for.
extension PostgresDriver {
  /// Adds that a view shows rows which row security kept back, since it asks no more as its reader.
  ///
  /// Source: PostgreSQL 15, CREATE VIEW, `security_invoker`.
  func addLostGuards(
    _ events: [PostgresEvent], _ text: inout TextRun, _ state: inout PostgresState
  ) throws(PostgresError) {
    for case .change(let change) in events where state.schema.relations[change.oid]?.kind == "v" {
      let found = try meter.connection.execute(
        "SELECT pg_catalog.array_to_string(reloptions, ' ') FROM pg_catalog.pg_class WHERE oid = $1",
        [PostgresValue("\(change.oid)")])
      let guards = PostgresCatalog.guards(found.rowCount > 0 ? found.optionalText(0, 0) ?? "" : "")
      let before = state.schema.viewGuards[change.oid] ?? catalog.viewGuards[change.oid] ?? []
      if !before.isSubset(of: guards) { text.changes.escalated.append("row_security") }
      state.schema.viewGuards[change.oid] = guards
    }
  }

  /// A materialized view that is refreshed without data has no rows until it is refreshed again.
  private func emptyView(_ oid: UInt32, _ text: inout TextRun, _ state: inout PostgresState) {
    guard let view = state.schema.relations[oid], let rows = state.rows[view.table], rows > 0 else { return }
    note(view, &text, state)
    text.changes.add(RowChange(deleted: rows), to: view.table)
    text.changes.truncated.insert(view.table)
    state.rows[view.table] = 0
  }

  /// Notes what an event does not say of itself, whoever sent the command: which parts were detached, for an event names the
  /// table that they were parts of, and which materialized views were left without rows.
  func followEvents(
    _ events: [PostgresEvent], _ text: inout TextRun, _ state: inout PostgresState
  ) throws(PostgresError) {
    for case .change(let change) in events {
      switch change.tag {
      case "ALTER TABLE" where state.schema.relations[change.oid]?.kind == "p":
        let root = state.schema.relations[change.oid]?.root
        let parts = state.schema.relations.values.filter { $0.root == root && $0.oid != root }.map { "\($0.oid)" }
          .sorted()
        let found = try meter.connection.execute(
          "SELECT oid, coalesce(pg_catalog.pg_partition_root(oid), oid)::oid FROM pg_catalog.pg_class WHERE oid = ANY ($1)",
          [PostgresValue("{\(parts.joined(separator: ","))}")])
        for row in 0..<found.rowCount { state.schema.relations[found.oid(row, 0)]?.root = found.oid(row, 1) }
      case "REFRESH MATERIALIZED VIEW":
        let found = try meter.connection.execute(
          "SELECT FROM pg_catalog.pg_class WHERE oid = $1 AND NOT relispopulated", [PostgresValue("\(change.oid)")])
        if found.rowCount > 0 { emptyView(change.oid, &text, &state) }
      default: break
      }
    }
  }
}
