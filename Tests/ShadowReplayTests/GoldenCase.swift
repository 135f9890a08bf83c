import AuditTrail
import Foundation
import Ledger
import Yams

/// A file of `golden/`: one shadow and the sessions that run on it.
struct GoldenFile: Decodable, Sendable {
  let about: String
  let shadow: String
  let sensitive: [String]?
  let production: [String: Int64]?
  let cases: [GoldenCase]

  static let names = [
    "destruction", "harmless", "objects", "escapes", "transactions", "leaks", "parameters", "engines", "empty",
    "sessions",
  ]

  static func read(_ name: String) throws -> GoldenFile {
    guard let url = Bundle.module.url(forResource: "golden/\(name)", withExtension: "yaml") else {
      throw CocoaError(.fileNoSuchFile)
    }
    return try YAMLDecoder().decode(GoldenFile.self, from: String(contentsOf: url, encoding: .utf8))
  }
}

/// One recorded session.
struct GoldenCase: Decodable, Sendable {
  let name: String
  let engine: String?
  let statements: [GoldenStatement]

  /// The session as the ledger would give it.
  func session(_ id: Int64 = 1) -> SessionEntry {
    SessionEntry(
      id: id, proxy: "test", key: "s\(id)", opened: nil, closed: nil, identity: nil,
      connection: Connection(name: "clinic", engine: engineName), client: Client(), purpose: nil, actsFor: nil,
      agent: nil)
  }

  var engineName: String { engine ?? statements.compactMap(\.engine).first ?? "postgresql" }

  /// Its statements as the ledger would give them.
  func entries(session: Int64 = 1, firstID: Int64 = 1) -> [StatementEntry] {
    statements.enumerated().map { index, statement in
      statement.entry(id: firstID + Int64(index), session: session, sequence: Int64(index + 1))
    }
  }
}

/// One recorded statement and what is expected of it.
struct GoldenStatement: Decodable, Sendable {
  let sql: String
  let params: [GoldenParameter]?
  let decision: String?
  let ran: Bool?
  let masked: [String]?
  let rows: Int64?
  let error: String?
  let unit: String?
  let flags: [String]?
  let time: String?
  let engine: String?
  let expect: Expectation

  func entry(id: Int64, session: Int64, sequence: Int64) -> StatementEntry {
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
struct GoldenParameter: Decodable, Sendable {
  let parameter: Parameter

  private enum Key: String, CodingKey { case type, value }

  init(from decoder: any Decoder) throws {
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
struct Expectation: Decodable, Sendable {
  let verdict: String
  let reason: String?
  let severity: String?
  let confidence: String?
  let flags: [String]?
  let kept: Bool?
  let execution: String?
  let deleted, deletedAtLeast, updated, inserted, unchanged, restored, before: [String: Int64]?
  let dropped, truncated, altered, escalated, refused, empty, counted, columns: [String]?
  let mode: String?
  let leak: String?
}
