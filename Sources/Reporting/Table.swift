import AuditTrail
import Evidence

/// A table of evidence: CSV, sheet and Markdown are made from the same cells.
struct Table: Sendable {
  let columns: [Column]
  var rows: [[Cell]]

  init(_ columns: [Column], _ rows: [[Cell]] = []) {
    self.columns = columns
    self.rows = rows
  }

  /// The table with only these columns, in this order.
  func selecting(_ names: [String]) -> Table {
    let picked = names.compactMap { name in columns.firstIndex { $0.name == name } }
    return Table(picked.map { columns[$0] }, rows.map { row in picked.map { row[$0] } })
  }
}

extension Column {
  /// What people read above the column: `rows_deleted` is “Rows deleted”, `sha256` “SHA-256”.
  var title: String {
    let words = name.split(separator: "_").map { word in
      switch word {
      case "sha256": "SHA-256"
      case "id": "ID"
      case "utc": "UTC"
      case "sql": "SQL"
      default: String(word)
      }
    }
    let text = words.joined(separator: " ")
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  /// Whether numbers are in it, which go to the right.
  var isNumeric: Bool { type == .integer || type == .real }
}

extension Cell {
  static func text(_ value: String?) -> Cell { value.map { .text($0) } ?? .empty }
  static func time(_ value: Timestamp?) -> Cell { value.map { .time($0) } ?? .empty }
  static func date(_ value: CivilDate?) -> Cell { value.map { .date($0) } ?? .empty }
  static func integer(_ value: Int64?) -> Cell { value.map { .integer($0) } ?? .empty }
  static func integer(_ value: Int) -> Cell { .integer(Int64(value)) }

  /// The value without locale: what CSV and Markdown show and JSON holds of times.
  var plain: String {
    switch self {
    case .empty: ""
    case .integer(let value): String(value)
    case .real(let value): value.isFinite ? "\(value)" : ""
    case .text(let text): text
    case .time(let time): time.description
    case .flag(let value): value ? "true" : "false"
    case .date(let date): date.description
    }
  }
}

/// `value`, a share of 1, as per cent with two decimals, cut as every percentage is.
func percent(_ value: Double) -> String { "\(percentage(value)) %" }
