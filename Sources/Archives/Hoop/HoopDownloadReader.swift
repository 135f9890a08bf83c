import AuditTrail
import JSONReader

/// Reads a session as hoop's gateway lets one download it with the extension json: an array of events.
/// Source: hoop 1.148, `gateway/api/session`, `downloadSession`.
///
/// The events name neither session nor person. The file's name, `CONNECTION-SESSION-DATE-TIME.json`, names the session, so that
/// its statements join what the API says of it.
struct HoopDownloadReader: ArchiveReader, ~Copyable {
  static let name = "hoop.download"
  static let title = "hoop session, downloaded as JSON"
  static let detection = "an array of events with stream, time and type"
  static let entries = "elements of a JSON array"
  static let shows: Set<ArchiveContent> = []
  static let producer: String? = "hoop"

  private var parser: JSONParser
  private let options: ReadOptions
  private var span = TimeSpan()
  private var statements: Int64 = 0
  private var outputs = 0
  private var binary = 0
  private var isUnclosed = false
  private var isNamed = true

  static func tells(_ start: EntryStart) -> Bool {
    start.elements.contains { $0.keys == ["stream", "time", "type"] }
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
    self.options = options
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    let limit = options.maximumEntryBytes
    let named = Self.session(file: sink.path)
    isNamed = named != nil
    let session = named ?? sink.path.split(separator: "/").last.map(String.init) ?? Self.name
    var entries = try JSONEntries(&window, limit: limit)
    while let (entry, number) = try sink.next(&window, &entries, limit: limit, deliver) {
      let event = sink.take(entry, number) { () throws(Rejection) in
        let event = try parser.object(window.bytes.span.extracting(entry.range))
        return (
          try event.requiredTime("time"), try event.required("type"), Array(try event.required("stream").utf8)
        )
      }
      guard let (time, type, payload) = event else { continue }
      span.add(time)
      switch type {
      case "i": add(payload, session, time, number, &sink.batch)
      case "o":
        outputs += 1
        for (detector, count) in options.recognize(payload).sorted(by: { $0.key < $1.key }) {
          sink.batch.outputs.append(OutputFinding(session: session, detector: detector, count: count))
        }
      default: break
      }
    }
    isUnclosed = entries.isUnclosed
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    span.report(into: &summary)
    func say(_ isSo: Bool, _ flag: String, _ sentence: String) {
      guard isSo else { return }
      flags.insert(flag)
      summary.notes.append(sentence)
    }
    say(
      true, "session_by_name",
      "A download names neither person nor connection nor decision"
        + (isNamed
          ? ": read the session from the API, too, and they are joined by the id in the file's name"
          : ", and the file's name is not hoop's CONNECTION-SESSION-DATE-TIME.json: the session is called as the file is")
    )
    say(
      statements == 0 && outputs > 0, "inputs_missing",
      "The download holds output alone, as hoop gives it unless asked: download it with events=i,o,e")
    say(
      binary > 0, "wire_unreadable",
      "\(counted(binary, "event holds", "events hold")) messages of a database's protocol in which bytes were replaced: their "
        + "statements are not read. Fetch the session from the API")
    say(isUnclosed, "export_cut", "The file ends inside its array: download it again")
  }

  /// The session that a file's name says: the UUID in it.
  private static func session(file: String) -> String? {
    let name = file.split(separator: "/").last ?? ""
    let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    for start in parts.indices where parts.count - start >= 5 {
      let id = parts[start..<(start + 5)].joined(separator: "-")
      let widths = parts[start..<(start + 5)].map(\.utf8.count)
      if widths == [8, 4, 4, 4, 12], id.utf8.allSatisfy({ $0 == 0x2D || Character(Unicode.Scalar($0)).isHexDigit }) {
        return id.lowercased()
      }
    }
    return nil
  }

  private mutating func add(
    _ payload: [UInt8], _ session: String, _ time: Timestamp, _ entry: Int64, _ batch: inout RecordBatch
  ) {
    guard let text = Self.text(payload) else {
      binary += 1
      return
    }
    for range in options.split(text)
    where !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= text.utf8.count {
      let sql = HoopStatements.trimmed(Array(text.utf8)[range])
      guard !sql.isEmpty else { continue }
      statements += 1
      batch.append(
        StatementRecord(
          session: session, sequence: statements, time: time, sql: String(decoding: sql, as: UTF8.self),
          decision: Decision(action: .allow),
          completeness: [.evaluationUnknown, .resultsAbsent, .approximateTime]),
        entry: entry)
    }
  }

  /// The text that a client sent; `nil` where it is a message of a protocol other than a simple query.
  private static func text(_ payload: [UInt8]) -> String? {
    guard payload.contains(0) else {
      // A MySQL command byte, and the counts of query attributes, come before the text.
      return String(decoding: payload.drop { $0 < 0x20 || $0 == 0x7F }, as: UTF8.self)
    }
    // `Q`, four bytes of length, the text, and zero. Each byte of the length that is not UTF-8 was replaced by one character.
    let scalars = String(decoding: payload, as: UTF8.self).unicodeScalars
    guard scalars.first == "Q", scalars.last?.value == 0, scalars.dropFirst().first?.value == 0, scalars.count > 6
    else {
      return nil
    }
    // The length's last two bytes may together be one character.
    let isPair = scalars.dropFirst(3).first.map { (0x80...0x7FF).contains($0.value) } ?? false
    let text = String(String.UnicodeScalarView(scalars.dropFirst(isPair ? 4 : 5).dropLast()))
    return text.utf8.contains(0) ? nil : text
  }
}
