package import AuditTrail
package import Ledger

/// One recorded session.
package struct GoldenCase: Decodable, Sendable {
  package let name: String
  package let line: GoldenLines?
  package let engine: String?
  package let statements: [GoldenStatement]

  private enum CodingKeys: String, CodingKey, CaseIterable { case name, line, engine, statements }

  /// What a file may say of a case.
  static let keys = CodingKeys.allCases.map(\.rawValue)

  /// The session as the ledger would give it.
  package func session(_ id: Int64 = 1) -> SessionEntry {
    SessionEntry(
      id: id, proxy: "test", key: "s\(id)", opened: nil, closed: nil, identity: nil,
      connection: Connection(name: "clinic", engine: engineName), client: Client(), purpose: nil, actsFor: nil,
      agent: nil)
  }

  package var engineName: String { engine ?? statements.compactMap(\.engine).first ?? "postgresql" }

  /// Its statements as the ledger would give them.
  package func entries(session: Int64 = 1, firstID: Int64 = 1) -> [StatementEntry] {
    statements.enumerated().map { index, statement in
      statement.entry(id: firstID + Int64(index), session: session, sequence: Int64(index + 1))
    }
  }
}

/// The lines of the specification that a case shows: one or several.
package struct GoldenLines: Decodable, Sendable {
  package let ids: [String]

  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let id = try? value.decode(String.self) {
      ids = [id]
    } else {
      ids = try value.decode([String].self)
    }
  }
}

/// One recorded statement and what is expected of it.
package struct GoldenStatement: Decodable, Sendable {
  package let sql: String
  package let params: [GoldenParameter]?
  package let decision: String?
  package let ran: Bool?
  package let masked: [String]?
  package let rows: Int64?
  package let error: String?
  package let unit: String?
  package let flags: [String]?
  package let time: String?
  package let engine: String?
  package let expect: Expectation

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case sql, params, decision, ran, masked, rows, error, unit, flags, time, engine, expect
  }

  /// What a file may say of a statement.
  static let keys = CodingKeys.allCases.map(\.rawValue)

  package func entry(id: Int64, session: Int64, sequence: Int64) -> StatementEntry {
    let action = Action(rawValue: decision ?? "allow") ?? .allow
    let didRun = ran ?? (action != .block && action != .review)
    var result: RecordedResult?
    if rows != nil || error != nil {
      let isRead = sql.lowercased().hasPrefix("select")
      result = RecordedResult(
        rows: rows, rowsKind: isRead ? .returned : .affected, durationMicroseconds: nil,
        error: error.map { RecordedError(sqlstate: $0, message: nil) })
    }
    var completeness = Completeness()
    for flag in flags ?? [] {
      guard let bit = Completeness.names.firstIndex(of: flag) else { continue }
      completeness.insert(Completeness(rawValue: 1 << UInt32(bit)))
    }
    return StatementEntry(
      id: id, session: session, sequence: sequence, time: time.flatMap { Timestamp($0) } ?? Self.time(sequence),
      textID: Int64(sql.utf8.reduce(5381) { ($0 &* 33 &+ Int($1)) & 0x3fff_ffff }), sql: sql,
      parameters: params?.map(\.parameter),
      decision: Decision(action: action, rule: action == .block ? "r" : nil, masked: (masked ?? []).sorted()),
      outcome: didRun ? .ran : .notRun, approval: nil, approved: false, result: result,
      unit: unit.flatMap { Int64($0.dropFirst()) }, completeness: completeness)
  }

  private static func time(_ sequence: Int64) -> Timestamp {
    Timestamp(nanoseconds: 1_783_000_000_000_000_000 + sequence * 1_000_000_000)
  }
}

/// A plain value, or one with its type.
package struct GoldenParameter: Decodable, Sendable {
  package let parameter: Parameter

  private enum Key: String, CodingKey { case type, value }

  package init(from decoder: any Decoder) throws {
    if let fields = try? decoder.container(keyedBy: Key.self) {
      parameter = Parameter(
        type: try fields.decodeIfPresent(String.self, forKey: .type),
        value: try fields.decodeIfPresent(String.self, forKey: .value))
    } else {
      parameter = Parameter(type: nil, value: try decoder.singleValueContainer().decode(String.self))
    }
  }
}

/// What must have happened; see `golden/README.md`.
package struct Expectation: Decodable, Sendable {
  package let verdict: String
  package let reason: String?
  package let severity: String?
  package let confidence: String?
  package let flags: [String]?
  package let kept: Bool?
  package let execution: String?
  package let deleted, deletedAtLeast, updated, inserted, unchanged, restored, before: [String: Int64]?
  package let dropped, truncated, altered, escalated, refused, empty, counted, columns: [String]?
  package let leak, form, mode, estimate: String?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case verdict, reason, severity, confidence, flags, kept, execution
    case deleted, deletedAtLeast, updated, inserted, unchanged, restored, before
    case dropped, truncated, altered, escalated, refused, empty, counted, columns
    case leak, form, mode, estimate
  }

  /// What a file may expect.
  static let keys = CodingKeys.allCases.map(\.rawValue)
}
