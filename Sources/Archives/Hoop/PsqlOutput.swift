import AuditTrail

/// What a command-line client's printed output says of the one statement that it ran.
enum PsqlOutput {
  private static let tags = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "SELECT"]

  /// The result that the last line with one tells; `nil` where none does.
  static func result(in output: [UInt8], exitCode: Int64?) -> RecordedResult? {
    let lines = output.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).map { String(decoding: $0, as: UTF8.self) }
    if let error = lines.first(where: { $0.contains("ERROR:") }) {
      return RecordedResult(
        rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: RecordedError(sqlstate: nil, message: error))
    }
    if let exitCode, exitCode != 0 { return nil }
    guard let line = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }) else { return nil }
    if let rows = footer(line) {
      return RecordedResult(rows: rows, rowsKind: .returned, durationMicroseconds: nil, error: nil)
    }
    // A cell may look like a command tag; the tag of a statement without rows is the only line.
    if lines.count == 1, let rows = commandTag(line) {
      return RecordedResult(rows: rows, rowsKind: .affected, durationMicroseconds: nil, error: nil)
    }
    return nil
  }

  /// `(3 rows)`.
  private static func footer(_ line: String) -> Int64? {
    let words = line.split(separator: " ")
    guard words.count == 2, words[0].hasPrefix("("), words[1] == "rows)" || words[1] == "row)" else { return nil }
    return Int64(words[0].dropFirst()).flatMap { $0 < 0 ? nil : $0 }
  }

  /// `DELETE 5`, `INSERT 0 3`.
  private static func commandTag(_ line: String) -> Int64? {
    let words = line.split(separator: " ")
    guard words.count == 2 || words.count == 3 && words[0] == "INSERT", let tag = words.first, let count = words.last,
      tags.contains(String(tag))
    else { return nil }
    return Int64(count).flatMap { $0 < 0 ? nil : $0 }
  }
}
