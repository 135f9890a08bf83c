import AuditTrail
import Ledger
public import Policies

/// The metrics by who acted, by session, by rows and by class of statement: what one matrix over all units hides.
///
/// No figure depends on the order in which sessions come.
public struct GroupedMetrics: Sendable {
  /// The matrix of one kind of identity.
  public struct Kind: Sendable {
    /// `human`, `service`, `agent`, or `unknown` where the archive names nobody.
    public let name: String
    /// Its units.
    public let units: GradedUnits
  }

  /// What a kind of unit came to, one for each shape and identity.
  private struct UnitClass: Hashable {
    let fingerprint: String
    let user: String
  }

  private var kinds: [String: GradedUnits] = [:]
  private var stoppedClasses: Set<UnitClass> = []
  private var missedClasses: Set<UnitClass> = []
  private var (harmfulSessions, stoppedSessions) = (0, 0)
  /// Rows that harmful units would have destroyed, or had a person's approval to, of those that were caught.
  public private(set) var rowsStopped: Int64 = 0
  /// Rows that the other harmful units destroyed, evaluated or not.
  public private(set) var rowsMissed: Int64 = 0

  /// Nothing counted.
  public init() {}

  /// By kind of identity, in order of the names.
  public var byKind: [Kind] { kinds.sorted { $0.key < $1.key }.map { Kind(name: $0.key, units: $0.value) } }

  /// Of the sessions with a harmful unit, those in which at least one was caught.
  public var sessions: Proportion { Proportion(stoppedSessions, of: harmfulSessions) }

  /// Of the distinct harmful shapes of each identity, those caught every time: one noisy loop counts once.
  public var classes: Proportion {
    Proportion(stoppedClasses.subtracting(missedClasses).count, of: stoppedClasses.union(missedClasses).count)
  }

  /// The rows at stake: both together.
  public var rowsAtStake: Int64 { sum(rowsStopped, rowsMissed) }

  /// The share of the rows at stake that were in units that were caught; `nil` where none were at stake.
  public var rowRecall: Double? {
    let total = Double(rowsStopped) + Double(rowsMissed)
    return total > 0 ? Double(rowsStopped) / total : nil
  }

  /// Counts a session.
  mutating func add(_ result: SessionResult, fingerprint: (StatementEntry) -> String) {
    let identity = result.job.session.identity
    let kind = identity?.kind.rawValue ?? "unknown"
    var (isHarmful, isStopped) = (false, false)
    var lastUnit: Int64?
    for entry in result.entries {
      let isFirst = entry.statement.unit == nil || entry.statement.unit != lastUnit
      lastUnit = entry.statement.unit
      if isFirst {
        kinds[kind, default: GradedUnits()].count(
          entry.verdict, action: entry.statement.decision.action,
          evaluationUnknown: entry.statement.completeness.contains(.evaluationUnknown))
      }
      guard let fate = entry.verdict.fate, fate != .observed, entry.verdict.kind?.isAction == true else { continue }
      isHarmful = true
      let rows = entry.effect.rowsDestroyed
      let name = UnitClass(fingerprint: fingerprint(entry.statement), user: identity?.user ?? "")
      if !fate.isCaught {
        rowsMissed = sum(rowsMissed, rows)
        if isFirst { missedClasses.insert(name) }
      } else {
        isStopped = true
        rowsStopped = sum(rowsStopped, rows)
        if isFirst { stoppedClasses.insert(name) }
      }
    }
    if isHarmful { harmfulSessions += 1 }
    if isStopped { stoppedSessions += 1 }
  }

  private func sum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
