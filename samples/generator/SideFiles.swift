import AuditTrail

/// The registers that people and systems keep beside the archives, and where each was taken from.
extension Quarter {
  /// Which guardrails were attached to which connections: the warehouse got its own late, and billing's failed open.
  static var bindings: CSV {
    var table = CSV("connection", "policy", "from", "until", "fail_open")
    let start = Days.time(4, 1, at: 0, 0).description
    for connection in [Connections.clinic, Connections.admin, Connections.reporting, Connections.staging] {
      table.append(connection.name, Policy.name, start, "", "false")
    }
    let closed = Days.time(8, 10, at: 0, 0).description
    table.append(Connections.legacyBilling.name, Policy.name, start, closed, "true")
    table.append(Connections.legacyBilling.name, Policy.name, closed, "", "false")
    table.append(Connections.warehouse.name, Policy.name, Days.time(7, 13, at: 0, 0).description, "", "false")
    return table
  }

  /// What T-18 must note of them.
  static let bindingExceptions = [
    ExpectedException(
      test: "T-18", subject: "clinic 2026-09-03",
      story: "A statement went through the gateway and nothing decided on it"),
    ExpectedException(
      test: "T-18", subject: "clinic-warehouse 2026-07-01", story: "No guardrail for the warehouse's first twelve days"),
    ExpectedException(
      test: "T-18", subject: "legacy-billing 2026-07-01", story: "Billing's guardrail failed open until 10 August"),
  ]

  /// A sidecar: where a side file comes from, and how many rows it has.
  static func sidecar(_ table: CSV, system: String, query: String, by actor: Actor) -> String {
    let rows = table.text.split(separator: "\n").count - 1
    return """
      system: \(system)
      query: \(query)
      extracted_by: \(actor.user)
      at: \(Days.time(10, 1, at: 7, 30))
      rows: \(rows)

      """
  }
}
