import AuditTrail
import Evidence

/// Reads the items of a population back from its CSV file.
struct PopulationRows {
  /// What the file's rows hold in the columns, which the file begins with; `nil` where it is no such file.
  static func read(_ bytes: [UInt8], _ columns: [Column], path: String) -> [[Cell]]? {
    var reader = CSVReader(path: path, bytes: bytes)
    guard let rows = try? reader.rows(), let header = rows.first, header.fields.starts(with: columns.map(\.name)) else {
      return nil
    }
    return rows.dropFirst().map { row in zip(row.fields, columns).map { cell($0, $1.type) } }
  }

  private static func cell(_ field: String, _ type: CellType) -> Cell {
    if field.isEmpty { return .empty }
    let value: Cell? =
      switch type {
      case .integer: Int64(field).map { .integer($0) }
      case .real: Double(field).map { .real($0) }
      case .time: Timestamp(field).map { .time($0) }
      case .flag: field == "true" ? .flag(true) : field == "false" ? .flag(false) : nil
      case .date: CivilDate(field).map { .date($0) }
      case .text: nil
      }
    return value ?? .text(CSVWriter.plain(field))
  }
}
