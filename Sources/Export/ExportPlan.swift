package import AuditTrail

/// What is sent, and how.
package struct ExportPlan: Sendable {
  /// What kinds of events.
  package var kinds: Set<ExportKind> = [.statement, .finding]
  /// Of which connections; all where it is empty. What is about no connection is left out where it is not.
  package var connections: Set<String> = []
  /// Statements of which verdicts; all where it is empty.
  package var verdicts: Set<VerdictName> = []
  /// Whether the first statement without a verdict is waited for.
  package var waitsForVerdicts = false
  /// Whether statements leave as they were sent.
  package var showsLiterals = false
  /// How many records are delivered at once.
  package var batch = 500
  /// The name of the cursor; `nil` sends everything and notes nothing.
  package var cursor: String?

  /// The usual one.
  package init() {}

  /// Where a filter is by verdict, what has none yet may have it later.
  var isWaiting: Bool { waitsForVerdicts || !verdicts.isEmpty }

  /// The name of the cursor of a sink: where something else is sent there, it is another one.
  package func cursorName(of address: SinkAddress, schema: any EventSchema) -> String {
    var parts = ["\(schema.title) to \(address)", "kinds \(kinds.map(\.rawValue).sorted().joined(separator: ","))"]
    if !connections.isEmpty { parts.append("connections \(connections.sorted().joined(separator: ","))") }
    if !verdicts.isEmpty { parts.append("verdicts \(verdicts.map(\.rawValue).sorted().joined(separator: ","))") }
    if showsLiterals { parts.append("with literals") }
    return parts.joined(separator: "; ")
  }

  /// Whether a statement of the verdict is sent.
  func takes(verdict: VerdictName?) -> Bool { verdicts.isEmpty || verdict.map(verdicts.contains) == true }

  /// Whether something about the connection is sent.
  func takes(connection: String?) -> Bool { connections.isEmpty || connection.map(connections.contains) == true }
}

/// What an export came to.
package struct ExportCounts: Sendable, Hashable {
  /// Records that were taken, by kind.
  package var delivered: [ExportKind: Int64] = [:]
  /// Records that were refused.
  package var refused: Int64 = 0
  /// How often a delivery was tried again.
  package var tries = 0
  /// Statements that were looked at, also those that a filter leaves out.
  package var statements: Int64 = 0
  /// Whether statements wait for their verdicts.
  package var isWaiting = false

  /// Nothing.
  package init() {}

  /// All that was taken.
  package var total: Int64 { delivered.values.reduce(0, +) }
}
