package import AuditTrail
import Evidence

/// The answers of management as a workbook beside the package holds them, read back as the side file `management_responses`.
package enum ResponsesTable {
  /// The name of the sheet.
  static let sheet = "Responses"
  /// The name of the side file.
  package static let sideFile = "management_responses"

  /// The rows as the side file's CSV, those of exceptions that somebody answered, and the numbers that they have in the sheet.
  /// Throws `invalid_file` where the workbook has no such table.
  package static func csv(
    workbook bytes: [UInt8], path: String
  ) throws(AssayError) -> (bytes: [UInt8], lines: [Int]) {
    guard let kind = SideFile.named(sideFile), let rows = try FilledWorkbook(bytes, path: path).rows(of: sheet) else {
      throw AssayError(.invalidFile, "The workbook has no sheet \(sheet)", at: Place(path))
    }
    let names = kind.columns.map(\.name)
    guard let start = rows.firstIndex(where: { $0.values.contains(.text(names[0])) }) else {
      throw AssayError(
        .invalidFile, "The sheet \(sheet) has no header with the column \(names[0])", at: Place(path))
    }
    var places: [String: Int] = [:]
    for (column, value) in rows[start].sorted(by: { $0.key < $1.key }) {
      if case .text(let name) = value { places[name] = column }
    }
    if let missing = names.first(where: { places[$0] == nil }) {
      throw AssayError(.invalidFile, "The sheet \(sheet) has no column \(missing)", at: Place(path))
    }
    var (lines, numbers) = ([names], [start + 1])
    for (index, row) in rows.enumerated().dropFirst(start + 1) {
      let fields = kind.columns.map { column in
        places[column.name].flatMap { row[$0] }.map { shown($0, column.kind) } ?? ""
      }
      if fields.dropFirst().contains(where: { !$0.isEmpty }) {
        lines.append(fields)
        numbers.append(index + 1)
      }
    }
    return (Array(lines.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined().utf8), numbers)
  }

  /// A cell as the side file writes it: a day that a program saved as a number of days is one.
  private static func shown(_ value: FilledWorkbook.Value, _ kind: SideColumn.Kind) -> String {
    switch value {
    case .text(let text): return text.trimmingBlanks
    case .number(let number):
      // Days since 1899-12-30, as spreadsheet programs count from March 1900 on.
      if case .day = kind, number >= 61, number < 2_958_466 {
        return CivilDate(daysSinceEpoch: Int(number) - 25_569).description
      }
      return number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    let isBlank = { (character: Character) in character.isWhitespace }
    return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
