import AuditTrail
import Policies
package import Sensitivity

/// The masks of a recorded decision as proxies apply them: those of `table.column` hide result columns of that origin, those
/// of `detector:NAME` remove what the detector finds.
package struct RecordedMasks {
  private let keys: Set<String>
  private let patterns: ColumnMasks
  /// What is removed by content.
  package let detectors: [Detector]

  /// The masks; `key` gives a column's name as the engine compares it.
  package init(_ masks: [String], key: (String) -> String) {
    let columns = masks.filter { !$0.hasPrefix("detector:") }
    keys = Set(columns.map(key))
    patterns = ColumnMasks(columns.filter { $0.contains("*") })
    detectors = masks.compactMap { $0.hasPrefix("detector:") ? Detector(name: String($0.dropFirst(9))) : nil }
  }

  /// Whether a result column of the origin is hidden.
  package func hides(_ key: String) -> Bool { keys.contains(key) || patterns.hide(String(nameKey: key)) }
}
