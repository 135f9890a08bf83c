import AuditTrail
package import Ledger

/// What decides how a read on an unchanged clone comes out: its text and its parameters.
package struct ReadingKey: Hashable {
  private let text: Int64
  private let engine: String
  private let parameters: [Parameter]?

  /// The key of a statement in a session that was recorded on an engine.
  package init(_ statement: StatementEntry, engine: String) {
    text = statement.textID
    parameters = statement.parameters
    self.engine = engine
  }
}

/// What reads came to that would give the same again: measured once, as long as the clone is unchanged.
///
/// Bounded: when it is full it starts again.
package struct KnownReadings<Reading> {
  private let limit = 32_768
  private var readings: [ReadingKey: Reading] = [:]

  /// Nothing is known.
  package init() {}

  package subscript(key: ReadingKey) -> Reading? {
    get { readings[key] }
    set {
      if readings.count >= limit { readings.removeAll(keepingCapacity: true) }
      readings[key] = newValue
    }
  }
}
