import AuditTrail
import Digests
import Ledger

/// Names all that a session's measurements depend on, so that they are made once: the same key, the same measurements.
///
/// Who acted, what is harm and who approved are not part of it: verdicts are drawn again whatever is measured.
package struct MeasurementKeys: Sendable {
  /// Changes whenever the same statement may be measured otherwise than before; a test holds the golden corpus's effects
  /// against it.
  package static let revision = "assay.measure/10"

  /// What the plan says of each shadow; `nil` where nothing names what the shadow holds.
  private let shadows: [SHA256Digest?]

  /// The keys of a plan's sessions.
  init(_ plan: ReplayPlan) {
    shadows = plan.shadows.map { planned in
      planned.shadow.contentDigest.map { content in
        var parts = Fields()
        parts.add(Self.revision)
        parts.add(content)
        parts.add(plan.isolation.rawValue)
        parts.add(String(plan.seed))
        for column in planned.sensitive.sorted() { parts.add(column) }
        return SHA256Digest(of: parts.bytes)
      }
    }
  }

  /// The key of a session that is measured on what the one before it left, or on a fresh clone; `nil` where it has no shadow,
  /// or one whose content nothing names.
  func key(of job: SessionJob, after previous: SHA256Digest?) -> SHA256Digest? {
    guard let shadow = job.shadow, let plan = shadows[shadow] else { return nil }
    var fields = Fields()
    fields.bytes += plan.bytes
    fields.bytes += previous?.bytes ?? []
    fields.add(job.session.connection.engine)
    for statement in job.statements { fields.add(statement, firstUnit: job.statements[0].unit ?? 0) }
    return SHA256Digest(of: fields.bytes)
  }

  /// Fields one after the other, each with its length.
  private struct Fields {
    var bytes: [UInt8] = []

    mutating func add(_ text: String?) {
      guard let text else { return add(number: -1) }
      add(number: Int64(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
    }

    mutating func add(number: Int64) {
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift))) }
    }

    /// What a shadow can learn of a statement. The row's id is among it: measurements are stored under it.
    mutating func add(_ statement: StatementEntry, firstUnit: Int64) {
      add(number: statement.id)
      add(number: Int64(bitPattern: statement.chance))
      add(number: statement.time.nanoseconds)
      add(statement.sql)
      add("\(statement.dialect)")
      for parameter in statement.parameters ?? [] {
        add(parameter.type)
        add(parameter.value)
      }
      add(statement.parameters == nil ? "none" : "given")
      add(statement.decision.action.rawValue)
      for column in statement.decision.masked { add(column) }
      add(statement.outcome.rawValue)
      add(number: Int64(statement.completeness.rawValue))
      add(statement.unit.map { "unit \($0 &- firstUnit)" })
      guard let result = statement.result else { return add("no result") }
      add(number: result.rows ?? .min)
      add(result.rowsKind.rawValue)
      add(result.error == nil ? "succeeded" : "failed")
      add(result.error?.sqlstate)
      add(result.error?.message)
    }
  }
}
