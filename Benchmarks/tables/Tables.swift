import AuditTrail
import Evidence
import Foundation
import Reporting
import XLSX

/// Writes a table of 12 columns, such as a population is, as CSV or as a workbook, and says how long that took.
@main
struct Tables {
  private static let usage = """
    usage: benchmark-tables csv|xlsx ROWS FILE

    Prints rows, bytes, and seconds.

    """

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let rows = Int(arguments[2]), rows > 0, ["csv", "xlsx"].contains(arguments[1]) else {
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
    let path = arguments[3]
    let seconds = try ContinuousClock().measure {
      if arguments[1] == "csv" { try writeCSV(rows, path) } else { try writeWorkbook(rows, path) }
    }
    let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    print("\(rows)\t\(bytes)\t\(seconds / .seconds(1))")
  }

  private static let columns = [
    Column("session", .text, "The session."), Column("statement", .integer, "The statement's number."),
    Column("at", .time, "When."), Column("person", .text, "Who."), Column("connection", .text, "Where."),
    Column("decision", .text, "What was decided."), Column("rule", .text, "By which rule."),
    Column("verdict", .text, "What it deserves."), Column("severity", .integer, "How grave it is."),
    Column("rows", .integer, "How many rows."), Column("is_held", .flag, "Whether somebody was asked."),
    Column("shape", .text, "The statement without its values."),
  ]

  private static func cells(_ row: Int) -> [Cell] {
    [
      .text("session-\(row / 50)"), .integer(Int64(row % 50)),
      .time(Timestamp(nanoseconds: (1_782_864_000 + Int64(row)) * 1_000_000_000)),
      .text("person-\(row % 400)@example.org"),
      .text("connection-\(row % 7)"), .text("allow"), .text("rule-\(row % 90)"), .text("confirmed_allow"),
      .integer(Int64(row % 5)), .integer(Int64(row % 1000)), .flag(row % 3 == 0),
      .text("SELECT id, name FROM customers_\(row % 60) WHERE id = $1 AND city = $2"),
    ]
  }

  private static func writeCSV(_ rows: Int, _ path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { throw CocoaError(.fileWriteUnknown) }
    var writer = CSVWriter(columns)
    for row in 0..<rows {
      writer.append(cells(row))
      if writer.bytes.count >= 1 << 20 { try file.write(contentsOf: writer.drain()) }
    }
    try file.write(contentsOf: writer.drain())
    try file.close()
  }

  private static func writeWorkbook(_ rows: Int, _ path: String) throws {
    let properties = WorkbookProperties(title: "Table", subject: "Table", created: 1_782_864_000)
    let book = try Workbook(path: path, properties: properties, rowsInOrder: true)
    let sheet = try book.addWorksheet("Table")
    try sheet.write(row: columns.map { .text($0.name) }, at: CellReference(0, 0))
    for row in 0..<rows {
      for (column, cell) in cells(row).enumerated() {
        try sheet.write(value(cell), at: CellReference(row + 1, column))
      }
    }
    try book.close()
  }

  private static func value(_ cell: Cell) -> CellValue {
    switch cell {
    case .integer(let value): .integer(value)
    case .flag(let value): .boolean(value)
    case .time(let time): .date(seconds: time.nanoseconds / 1_000_000_000)
    case .text(let text): .text(text)
    case .empty, .real, .date: .blank
    }
  }
}
