/// A table as RFC 4180 text with a header line.
struct CSV {
  private(set) var text: String

  init(_ columns: String...) { text = columns.joined(separator: ",") + "\n" }

  mutating func append(_ fields: String...) {
    let quoted = fields.map { field in
      guard field.contains(where: { ",\"\n".contains($0) }) else { return field }
      return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
    text += quoted.joined(separator: ",") + "\n"
  }
}
