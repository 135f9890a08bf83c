extension PeoplesWorkbooks {
  /// Whether nobody has written anything into a workbook of that suffix, so that another may be put in its place. `false` for
  /// what is not such a workbook.
  package static func isUnfilled(_ bytes: [UInt8], suffix: String) -> Bool {
    guard let book = try? FilledWorkbook(bytes, path: suffix) else { return false }
    switch suffix {
    case responsesSuffix:
      guard let read = try? ResponsesTable.csv(workbook: bytes, path: suffix) else { return false }
      return read.lines.count == 1
    case signOffSuffix:
      guard let signed = try? book.rows(of: signOffSheet), let grid = try? book.rows(of: gridSheet) else {
        return false
      }
      let isSigned = signed.contains { row in isOne(of: roles, row[0]) && row.keys.contains { (1...4).contains($0) } }
      return !isSigned && !grid.contains { row in isTest(row[0]) && row.keys.contains { $0 >= 5 } }
    default: return false
    }
  }

  private static func isOne(of words: [String], _ value: FilledWorkbook.Value?) -> Bool {
    if case .text(let text) = value { words.contains(text) } else { false }
  }

  private static func isTest(_ value: FilledWorkbook.Value?) -> Bool {
    if case .text(let text) = value { text.hasPrefix("T-") } else { false }
  }
}
