import AuditTrail
import Evidence
import Foundation

/// Reads the items of a population back from its CSV file.
struct PopulationRows {
  /// The rows of the file at `path`, which messages call `name`; `nil` where it is not such a file. Throws `input_output` where
  /// rows cannot be kept.
  static func read(_ path: String, _ columns: [Column], as name: String) throws(AssayError) -> ItemRows? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    return try read(
      CSVReader(path: name) { () throws(AssayError) in
        do {
          return try handle.read(upToCount: 1 << 20).map { [UInt8]($0) } ?? []
        } catch {
          throw AssayError(.inputOutput, "The file cannot be read to its end", at: Place(name))
        }
      }, columns)
  }

  /// What the reader's rows hold in the columns, with which its header begins; `nil` where they are not such rows. Throws
  /// `input_output`.
  static func read(_ reader: consuming CSVReader, _ columns: [Column]) throws(AssayError) -> ItemRows? {
    var rows = ItemRows.Writer()
    do throws(AssayError) {
      guard let header = try reader.next(), header.fields.starts(with: columns.map(\.name)) else { return nil }
      while let row = try reader.next() {
        try rows.append(zip(row.fields, columns).map { cell($0, $1.type) })
      }
    } catch {
      if error.code == .inputOutput { throw error }
      return nil
    }
    return try rows.finish()
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
