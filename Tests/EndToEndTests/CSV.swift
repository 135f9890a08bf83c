/// The rows of an RFC 4180 file by the names of its header; the guard before formulas taken off.
func readCSV(_ bytes: [UInt8]) -> [[String: String]] {
  var (rows, row, field): ([[String]], [String], [UInt8]) = ([], [], [])
  var (isQuoted, index) = (false, 0)
  func endField() {
    let text = String(decoding: field, as: UTF8.self)
    row.append(text.hasPrefix("'") ? String(text.dropFirst()) : text)
    field = []
  }
  while index < bytes.count {
    switch bytes[index] {
    case UInt8(ascii: "\"") where isQuoted && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\""):
      field.append(bytes[index])
      index += 1
    case UInt8(ascii: "\""): isQuoted.toggle()
    case UInt8(ascii: ",") where !isQuoted: endField()
    case UInt8(ascii: "\r") where !isQuoted: break
    case UInt8(ascii: "\n") where !isQuoted:
      endField()
      rows.append(row)
      row = []
    default: field.append(bytes[index])
    }
    index += 1
  }
  guard let header = rows.first else { return [] }
  return rows.dropFirst().map { Dictionary(zip(header, $0), uniquingKeysWith: { first, _ in first }) }
}
