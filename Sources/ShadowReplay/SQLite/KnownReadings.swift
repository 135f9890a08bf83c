import AuditTrail
import Ledger

/// What decides how a read on an unchanged clone comes out: its text and its parameters.
struct ReadingKey: Hashable {
  private let text: Int64
  private let isForeign: Bool
  private let parameters: [Parameter]?

  /// The key of a statement.
  init(_ statement: StatementEntry, isForeign: Bool) {
    text = statement.textID
    parameters = statement.parameters
    self.isForeign = isForeign
  }
}

/// Effects of reads that gave the same again would they run again: measured once, as long as the clone is unchanged.
///
/// Bounded: when it is full it starts anew.
struct KnownReadings {
  private static let limit = 32_768
  private var effects: [ReadingKey: Effect] = [:]

  subscript(key: ReadingKey) -> Effect? {
    get { effects[key] }
    set {
      if effects.count >= Self.limit { effects.removeAll(keepingCapacity: true) }
      effects[key] = newValue
    }
  }
}
