import AuditTrail
import Digests
import JSONReader

/// Reads `assay.archive/1`: JSON lines from an `archive` line to a `seal` line.
struct NativeReader: ArchiveReader, ~Copyable {
  static let name = "assay.archive/1"
  static let title = "Assay native archive"
  static let detection =
    "JSON lines whose first names the format assay.archive/1; a later line with a native type tells it too"
  static let entries = "lines"
  static let shows = Set(ArchiveContent.allCases)
  static let producer: String? = nil
  var parser: JSONParser
  var seal = SealCheck()
  var unknownKeys = UnknownKeys()
  var fields = StatementFields()
  private(set) var header: ArchiveHeader?
  private let options: ReadOptions
  private var hasFirstLine = false
  private var endsUnterminated = false
  /// The types of lines, with what each holds at least: other logs have heartbeats and statements, too.
  private static let required: [String: Set<String>] = [
    "archive": ["format"], "session_open": ["session", "time", "connection"], "session_close": ["session", "time"],
    "statement": ["session", "seq"], "approval": ["id", "requested_by", "requested_at"],
    "policy_change": ["time", "policy"], "access_change": ["time", "subject", "change"], "heartbeat": ["time"],
    "seal": ["records", "root"],
  ]

  static func tells(_ start: EntryStart) throws(Rejection) -> Bool {
    let object = start.object
    guard let type = object.texts["type"], let keys = required[type], object.keys.isSuperset(of: keys),
      !object.keys.contains("id") || type == "approval"
    else { return false }
    if type == "archive", let version = object.texts["format"], version != name, version.hasPrefix("assay.archive/") {
      throw Rejection("unknown_format", "The archive is of another version than \(name), the one that is read")
    }
    return true
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
    var endsUnterminated = false
    func cut(_ window: inout ContentWindow) throws(AssayError) -> Entry? {
      let entry = try window.nextLine(limit: limit)
      if let entry { endsUnterminated = !entry.isTerminated }
      return entry
    }
    while let (entry, number) = try sink.next(&window, limit: limit, deliver, cut) {
      read(entry, number: number, window.bytes.span, into: &sink)
    }
    self.endsUnterminated = endsUnterminated
  }

  /// What was found of the seal and the keys, into a summary.
  mutating func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    if header == nil { seal.note("The archive does not begin with an archive line.") }
    seal.report(into: &summary, flags: &flags)
    summary.unknownKeys = unknownKeys.counts
    if header == nil { flags.insert("header_missing") }
    if endsUnterminated { flags.insert("last_line_unterminated") }
    if let previous = header?.previous, let known = options.knownRoots, !known.contains(previous) {
      flags.insert("chain_gap")
      summary.notes.append("The segment before, of root \(previous), was not read: the chain has a gap")
    }
  }

  private mutating func read(
    _ entry: Entry, number: Int64, _ window: borrowing Span<UInt8>, into sink: inout RecordSink
  ) {
    if let leaf = entry.leaf {
      seal.add(hashed: leaf, number: number)
      return sink.reject(entry, number: number, .tooLong)
    }
    let mark = sink.batch.arena.count
    do throws(Rejection) {
      if entry.extent == .cut { throw .cut }
      try read(window, at: entry.range, number: number, into: &sink)
      sink.accept()
    } catch {
      sink.batch.arena.removeLast(sink.batch.arena.count - mark)
      seal.add(line: window.extracting(entry.range), number: number)
      sink.reject(entry, number: number, error)
    }
    hasFirstLine = true
  }

  private mutating func read(
    _ window: borrowing Span<UInt8>, at range: Range<Int>, number: Int64, into sink: inout RecordSink
  ) throws(Rejection) {
    let root: JSONValue
    do throws(JSONError) {
      root = try parser.parse(window, at: range)
    } catch {
      throw Rejection(error)
    }
    guard parser.kind(root) == .object else { throw Rejection("not_a_record", "The line is not a JSON object") }
    guard let type = parser.value(of: root, "type") else { throw .missing("type") }
    if parser.string(type, is: "statement") {
      let time = try readStatement(root, entry: number, into: &sink.batch)
      seal.add(line: window.extracting(range), number: number)
      return seal.add(time: time)
    }
    guard let name = parser.string(type) else { throw .illTyped("type", expected: "string") }
    let object = try NativeObject(root, "", parser)
    if name == "seal" {
      let (statement, signature) = try readSeal(object)
      return seal.compare(statement, signature: signature, previous: header?.previous, number: number)
    }
    let time = try readRecord(object, type: name, number: number, into: &sink)
    seal.add(line: window.extracting(range), number: number)
    if let time { seal.add(time: time.nanoseconds) }
  }

  /// Reads a record other than a statement; returns its time.
  private mutating func readRecord(
    _ object: NativeObject, type: String, number: Int64, into sink: inout RecordSink
  ) throws(Rejection) -> Timestamp? {
    switch type {
    case "archive":
      guard !hasFirstLine else {
        throw Rejection("misplaced_archive_line", "An archive line stands behind other lines; it must be the first")
      }
      header = try readHeader(object)
      sink.header = header
      return nil
    case "session_open":
      let opening = try readOpening(object)
      sink.batch.openings.append(Entered(opening, entry: number))
      return opening.time
    case "session_close":
      let closing = try readClosing(object)
      sink.batch.closings.append(Entered(closing, entry: number))
      return closing.time
    case "approval":
      let approval = try readApproval(object)
      sink.batch.approvals.append(Entered(approval, entry: number))
      return approval.requestedAt
    case "policy_change":
      let change = try readPolicyChange(object)
      sink.batch.policyChanges.append(Entered(change, entry: number))
      return change.time
    case "access_change":
      let change = try readAccessChange(object)
      sink.batch.accessChanges.append(Entered(change, entry: number))
      return change.time
    case "heartbeat":
      let time = try readHeartbeat(object)
      sink.batch.heartbeats.append(Entered(time, entry: number))
      return time
    default:
      throw Rejection("unknown_record_type", "The line's type is none of the format's record types")
    }
  }
}
