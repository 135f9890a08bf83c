import Evidence
import Foundation
import JSONReader

/// `machine/facts.json`: what a report follows from, besides the items of the populations, for who judges it anew.
enum FactsJSON {
  static let path = "machine/facts.json"
  /// The most that the file may hold.
  static let byteLimit = 1 << 30
  /// The most that a count may be, so that sums of counts stay in range.
  private static let countLimit: Int64 = 1_000_000_000_000

  static func bytes(_ facts: EvidenceFacts) -> [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .custom { Name($0.last?.stringValue ?? "").snakeCase }
    return (try? encoder.encode(facts)).map { [UInt8]($0) + [0x0A] }
  }

  /// The facts; `nil` where the bytes are none, or state a number that no report can hold.
  static func facts(_ bytes: [UInt8]) -> EvidenceFacts? {
    var parser = JSONParser(maximumBytes: byteLimit)
    guard let root = try? parser.parse(bytes), isCounted(parser, root) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { Name($0.last?.stringValue ?? "").camelCase }
    return try? decoder.decode(EvidenceFacts.self, from: Data(bytes))
  }

  private static func isCounted(_ json: borrowing JSONParser, _ value: JSONValue) -> Bool {
    switch json.kind(value) {
    case .object:
      var next = json.firstMember(of: value)
      while let member = next {
        guard isCounted(json, member.value) else { return false }
        next = json.member(after: member)
      }
      return true
    case .array: return json.elements(of: value).allSatisfy { isCounted(json, $0) }
    case .integer: return json.int(value).map { (0...countLimit).contains($0) } ?? false
    case .double: return false
    case .null, .bool, .string: return true
    }
  }

  /// A key as Swift and as JSON spell it; `archiveSHA256` is `archive_sha256`.
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }

    /// Names of tests begin in upper case and stay as they are.
    var snakeCase: Name {
      guard stringValue.first?.isLowercase == true else { return self }
      var text = ""
      var isAfterUpperCase = false
      for character in stringValue {
        if character.isUppercase, !isAfterUpperCase { text += "_" }
        text += character.lowercased()
        isAfterUpperCase = character.isUppercase
      }
      return Name(text)
    }

    var camelCase: Name {
      let words = stringValue.split(separator: "_")
      guard stringValue.first?.isLowercase == true, let first = words.first else { return self }
      return Name(first + words.dropFirst().map { $0 == "sha256" ? "SHA256" : $0.capitalized }.joined())
    }
  }
}
