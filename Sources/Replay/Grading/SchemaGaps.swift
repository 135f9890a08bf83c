import AuditTrail
import Ledger

/// What the shadow's schema lacks, one entry an object, so that whoever makes the shadow can add it.
public struct SchemaGaps: Sendable {
  /// An object that statements named and the shadow does not have.
  public struct Gap: Sendable, Hashable {
    /// Its name as the engine gave it, in lower case.
    public let object: String
    /// The engine's code, such as `no_such_table` or `42P01`.
    public let code: String
    /// Statements without a verdict for want of it.
    public internal(set) var statements: Int
    /// One of them, as `SESSION/SEQ`: the least by name.
    public internal(set) var example: String
  }

  private var gaps: [String: Gap] = [:]

  /// No gaps.
  public init() {}

  /// Those that most statements depend on first.
  public var all: [Gap] { gaps.values.sorted { ($1.statements, $0.object) < ($0.statements, $1.object) } }

  /// Counts a session.
  mutating func add(_ result: SessionResult) {
    for entry in result.entries where entry.verdict.name == .inconclusive {
      guard entry.verdict.reason == InconclusiveReason.schemaMissing.rawValue,
        case .failed(let code, let missing?) = entry.effect.execution
      else { continue }
      let example = "\(result.job.session.key)/\(entry.statement.sequence)"
      let key = "\(code) \(missing)"
      var gap = gaps[key] ?? Gap(object: missing, code: code, statements: 0, example: example)
      gap.statements += 1
      gap.example = min(gap.example, example)
      gaps[key] = gap
    }
  }
}
