import AuditTrail
import SQLite

/// What many statements share (texts, decisions, errors), read over a connection of its owner and kept up to a bound.
struct StatementDictionaries: ~Copyable {
  private var texts: SQLiteStatement
  private var decisions: SQLiteStatement
  private var errors: SQLiteStatement
  private var known = Known()
  private var lists = StoredJSON()

  /// What was read before, by id.
  private struct Known {
    var texts: [Int64: String] = [:]
    var textBytes = 0
    var decisions: [Int64: Decision] = [:]
    var errors: [Int64: RecordedError] = [:]
  }

  /// Texts are kept up to that many bytes.
  private static let textLimit = 16 << 20
  /// Decisions and errors are kept up to that many each.
  private static let entryLimit = 16_384

  /// Nothing read yet.
  init(_ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    let texts = try database.prepare("SELECT sql FROM texts WHERE id = ?1", persistent: true)
    let decisions = try database.prepare(
      "SELECT action, rule, policy, policy_version, message, masked FROM decisions WHERE id = ?1", persistent: true)
    let errors = try database.prepare("SELECT sqlstate, message FROM errors WHERE id = ?1", persistent: true)
    self.texts = texts
    self.decisions = decisions
    self.errors = errors
  }

  mutating func text(_ id: Int64) throws(SQLiteError) -> String {
    if let text = known.texts[id] { return text }
    try texts.bind(1, id)
    let text = try texts.step() ? texts.text(0) : ""
    texts.reset()
    if known.textBytes > Self.textLimit {
      known.texts.removeAll(keepingCapacity: true)
      known.textBytes = 0
    }
    known.texts[id] = text
    known.textBytes += text.utf8.count + 64
    return text
  }

  mutating func decision(_ id: Int64) throws(SQLiteError) -> Decision {
    if let decision = known.decisions[id] { return decision }
    try decisions.bind(1, id)
    try decisions.step()
    let decision = Decision(
      action: Action(rawValue: decisions.text(0)) ?? .observed, rule: decisions.optionalText(1),
      policy: decisions.optionalText(2), policyVersion: decisions.optionalText(3),
      masked: lists.list(decisions.text(5)), message: decisions.optionalText(4))
    decisions.reset()
    if known.decisions.count >= Self.entryLimit { known.decisions.removeAll(keepingCapacity: true) }
    known.decisions[id] = decision
    return decision
  }

  mutating func error(_ id: Int64?) throws(SQLiteError) -> RecordedError? {
    guard let id else { return nil }
    if let error = known.errors[id] { return error }
    try errors.bind(1, id)
    try errors.step()
    let error = RecordedError(sqlstate: errors.optionalText(0), message: errors.optionalText(1))
    errors.reset()
    if known.errors.count >= Self.entryLimit { known.errors.removeAll(keepingCapacity: true) }
    known.errors[id] = error
    return error
  }
}
