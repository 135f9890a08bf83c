import AuditTrail
import Digests
import JSONReader

/// A value that OSCAL cannot hold, with its place in the document.
struct OSCALFault: Error, Sendable, Hashable {
  enum Problem: String, Sendable {
    case noText = "a text of which nothing is left"
    case noToken = "a name that is not a token"
    case outOfRange = "a time before 1900 or after 2999"
    case noPath = "a path that is not a reference"
  }

  let problem: Problem
  /// The names of the members that lead to it.
  var members: [String] = []

  /// The failure that a person reads.
  func failure(in path: String) -> AssayError {
    AssayError(
      .notOSCAL,
      "OSCAL cannot hold \(problem.rawValue), at \(members.joined(separator: "/")); report without FedRAMP and SP 800-53",
      at: Place(path))
  }
}

extension AssayError.Code {
  /// A value of the report is none that OSCAL can hold.
  static let notOSCAL = Self("not_oscal", .badData)
}

/// A value of an OSCAL document. Only what the datatypes of OSCAL 1.1.3 allow can be made: texts are cleaned, and lists and
/// objects without members are left out. A value that cannot be written makes ``bytes()`` fail.
struct OSCALNode: Sendable {
  private indirect enum Content: Sendable {
    case text(String)
    case list([OSCALNode])
    case object([(name: String, node: OSCALNode)])
    case fault(OSCALFault.Problem)
  }

  private let content: Content

  private init(_ content: Content) { self.content = content }

  /// An object of those members that are there.
  static func object(_ members: KeyValuePairs<String, OSCALNode?>) -> OSCALNode {
    OSCALNode(.object(members.compactMap { name, node in node.map { (name, $0) } }))
  }

  /// A list.
  static func list(_ elements: [OSCALNode]) -> OSCALNode { OSCALNode(.list(elements)) }

  /// A StringDatatype: one line, no blank at its ends. An unseen character becomes its number, as in CSV.
  static func string(_ text: String) -> OSCALNode { OSCALNode(checked(oneLine(text))) }

  /// A text from outside as a StringDatatype: `(blank)` where nothing is left.
  static func name(_ text: String) -> OSCALNode { OSCALNode(.text(named(oneLine(text)))) }

  /// A MarkupLineDatatype: the text, in which nothing is markup.
  static func line(_ text: String) -> OSCALNode { OSCALNode(checked(trimmed(MarkdownText.escaped(text)))) }

  /// A MarkupMultilineDatatype: a paragraph per text, in which nothing is markup, without empty ones; `nil` where none is
  /// left.
  static func prose(_ paragraphs: [String]) -> OSCALNode? {
    let texts = paragraphs.map { trimmed(MarkdownText.escaped($0)) }.filter { !$0.isEmpty }
    return texts.isEmpty ? nil : OSCALNode(.text(texts.joined(separator: "\n\n")))
  }

  /// A text from outside as a MarkupMultilineDatatype: `(blank)` where nothing is left.
  static func said(_ text: String) -> OSCALNode { OSCALNode(.text(named(trimmed(MarkdownText.escaped(text))))) }

  /// A TokenDatatype.
  static func token(_ text: String) -> OSCALNode {
    func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_") }
    let isToken =
      text.utf8.first.map(isLetter) == true
      && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E }
    return OSCALNode(isToken ? .text(text) : .fault(.noToken))
  }

  /// A UUIDDatatype.
  static func uuid(_ uuid: NameUUID) -> OSCALNode { OSCALNode(.text(uuid.description)) }

  /// A DateTimeWithTimezoneDatatype.
  static func moment(_ time: Timestamp) -> OSCALNode {
    OSCALNode(isWritable(time) ? .text(time.description) : .fault(.outOfRange))
  }

  /// Whether OSCAL's pattern has the time's year.
  static func isWritable(_ time: Timestamp) -> Bool { (1900...2999).contains(time.date.year) }

  /// A URIReferenceDatatype to a resource of the document.
  static func reference(_ uuid: NameUUID) -> OSCALNode { OSCALNode(.text("#\(uuid)")) }

  /// A URIReferenceDatatype to a file of the package, from a file in a folder of it.
  static func reference(file path: String) -> OSCALNode {
    let isPath = path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isFolderName(String($0)) }
    return OSCALNode(isPath ? .text("../\(path)") : .fault(.noPath))
  }

  /// A URIDatatype that the program knows.
  static func address(_ text: String) -> OSCALNode {
    let isAddress = text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && text.contains(":")
    return OSCALNode(isAddress ? .text(text) : .fault(.noPath))
  }

  /// The document.
  func bytes() throws(OSCALFault) -> [UInt8] {
    var json = JSONWriter(indented: true)
    try write(to: &json)
    return json.bytes + [0x0A]
  }

  private var isEmpty: Bool {
    switch content {
    case .text, .fault: false
    case .list(let elements): elements.allSatisfy(\.isEmpty)
    case .object(let members): members.allSatisfy(\.node.isEmpty)
    }
  }

  private func write(to json: inout JSONWriter) throws(OSCALFault) {
    switch content {
    case .text(let text): json.string(text)
    case .fault(let problem): throw OSCALFault(problem: problem)
    case .list(let elements):
      json.beginArray()
      for element in elements where !element.isEmpty { try element.write(to: &json) }
      json.endArray()
    case .object(let members):
      json.beginObject()
      for (name, node) in members where !node.isEmpty {
        json.key(name)
        do throws(OSCALFault) {
          try node.write(to: &json)
        } catch {
          throw OSCALFault(problem: error.problem, members: [name] + error.members)
        }
      }
      json.endObject()
    }
  }

  private static func checked(_ text: String) -> Content { text.isEmpty ? .fault(.noText) : .text(text) }

  private static func named(_ text: String) -> String { text.isEmpty ? "(blank)" : text }

  /// The text with each run of white space as one blank, none at its ends.
  private static func oneLine(_ text: String) -> String {
    let words = text.unicodeScalars.split { $0.properties.isWhitespace }
    return words.map { CSVWriter.escaped(String(String.UnicodeScalarView($0))) }.joined(separator: " ")
  }

  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
