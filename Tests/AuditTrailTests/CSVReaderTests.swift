import AuditTrail
import Testing

struct CSVReaderTests {
  /// What a file holds: its rows with their lines, or the message and line of what is wrong with it.
  private static func read(_ reader: CSVReader) -> [String] {
    var reader = reader
    var read: [String] = []
    do {
      while let row = try reader.next() { read.append("\(row.line) \(row.fields)") }
    } catch {
      read.append("\(error.message) \(error.place?.line ?? 0)")
    }
    return read
  }

  @Test(arguments: [
    "a,b\r\n1,2\r\n", "\u{FEFF}a,b\n\"x\"\"y\r\n\",\u{E9}\n", "a\n\"\"\n", "a,b\n1\n", "a\n\"open\n", "a\n\"x\"y\n",
    "a\nx\"y\n",
    "a\rb\n", "a,b\r\n1,\"2\"\r\n3,4", "", "a\n\n",
  ])
  func `a file that comes in pieces is read as one that is there whole`(text: String) {
    let bytes = Array(text.utf8)
    let whole = Self.read(CSVReader(path: "x", bytes: bytes))
    for size in 1...max(1, bytes.count) {
      var rest = bytes[...]
      let pieces = Self.read(
        CSVReader(path: "x") {
          defer { rest = rest.dropFirst(size) }
          return Array(rest.prefix(size))
        })
      #expect(pieces == whole, "in pieces of \(size)")
    }
  }

  @Test func `what is wrong before the end of a piece is not read on for`() {
    var pieces = 0
    var reader = CSVReader(path: "x") {
      pieces += 1
      return Array("a\n\"x\"y\nrest of it".utf8)
    }
    #expect(throws: AssayError.self) { while try reader.next() != nil {} }
    #expect(pieces == 1)
  }
}
