import AuditTrail
import Evidence
import Testing

extension SideFiles {
  /// Takes rows, written as in the file; its columns come in the order in which its kind lists them.
  mutating func give(_ name: String, _ rows: String...) { give(name, rows) }

  /// Takes rows, written as in the file.
  mutating func give(_ name: String, _ rows: [String]) {
    do {
      let kind = try #require(SideFile.named(name))
      let lines = [kind.columns.map(\.name).joined(separator: ",")] + rows
      take(try SideTable(kind, path: "\(name).csv", bytes: Array((lines.joined(separator: "\n") + "\n").utf8)))
    } catch {
      Issue.record(error)
    }
  }
}
