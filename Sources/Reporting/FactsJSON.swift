import AuditTrail
import Evidence
import Foundation
import JSONReader

/// `machine/facts.json`: what a report follows from, besides the items of the populations, for who judges it again.
enum FactsJSON {
  static let path = "machine/facts.json"
  /// The most that the file may hold.
  static let byteLimit = 1 << 30
  /// Numbers that an archive gives as it likes and that nothing adds up: a statement's number, how many a session says it
  /// held.
  private static let numbers: Set<String> = ["declared", "sequence"]

  static func bytes(_ facts: EvidenceFacts) -> [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .custom { Name($0.last?.stringValue ?? "").snakeCase }
    return (try? encoder.encode(facts)).map {
      Array(printableJSON(String(decoding: $0, as: UTF8.self)).utf8) + [0x0A]
    }
  }

  /// The facts; `nil` where the bytes are none, or state a number that no report can hold.
  static func facts(_ bytes: [UInt8]) -> EvidenceFacts? {
    var parser = JSONParser(maximumBytes: byteLimit)
    guard let root = try? parser.parse(bytes), isCounted(parser, root) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { Name($0.last?.stringValue ?? "").camelCase }
    return try? decoder.decode(EvidenceFacts.self, from: Data(bytes))
  }

  /// Whether every number is a count such that sums of counts stay in range, or one that nothing adds up.
  private static func isCounted(_ json: borrowing JSONParser, _ value: JSONValue, key: String = "") -> Bool {
    switch json.kind(value) {
    case .object:
      var next = json.firstMember(of: value)
      while let member = next {
        guard isCounted(json, member.value, key: json.key(member)) else { return false }
        next = json.member(after: member)
      }
      return true
    case .array: return json.elements(of: value).allSatisfy { isCounted(json, $0) }
    case .integer: return json.int(value).map { $0 == $0.asCount || numbers.contains(key) } ?? false
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
