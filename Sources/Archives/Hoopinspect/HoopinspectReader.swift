import AuditTrail
import JSONReader

/// Reads the JSON lines of hoopinspect, hoop's sidecar. Source: `hoopinspect/audit/event.go`.
///
/// A refused statement is a `violation` and no `statement`: each line that holds a text is one statement.
struct HoopinspectReader: ArchiveReader, ~Copyable {
  static let name = "hoopinspect"
  static let title = "hoopinspect audit log"
  static let detection = "JSON lines with kind, timestamp and session_id"
  static let entries = "lines"
  static let shows: Set<ArchiveContent> = [.identities, .decisions, .results]
  static let producer: String? = "hoop"

  private struct Session {
    var sequence: Int64 = 0
    var denied: Int64 = 0
  }

  private var parser: JSONParser
  private let options: ReadOptions
  private var sessions: [String: Session] = [:]
  private var miscounted = 0
  private var errors = 0
  private var withoutOpening = 0
  private var first: Timestamp?
  private var last: Timestamp?

  static func tells(_ start: EntryStart) -> Bool {
    start.object.keys.isSuperset(of: ["kind", "timestamp", "session_id"])
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
    while true {
      sink.skipBlank(lines: window.skipBlankLines(limit: options.maximumEntryBytes))
      guard let entry = try window.nextLine(limit: options.maximumEntryBytes) else { break }
      let number = sink.beginEntry()
      if entry.extent == .whole, window.isBlank(entry.range) {
        sink.skipBlank()
      } else {
        do throws(Rejection) {
          try read(entry, window.bytes.span.extracting(entry.range), number: number, into: &sink.batch)
          sink.accept()
        } catch {
          sink.reject(entry, number: number, error)
        }
      }
      try sink.deliverIfFull(deliver)
    }
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    summary.first = first
    summary.last = last
    if miscounted > 0 {
      flags.insert("count_mismatch")
      summary.notes.append(
        "\(miscounted) sessions end with other numbers of statements than were read: part of the log is missing")
    }
    if errors > 0 {
      flags.insert("proxy_errors")
      summary.notes.append("\(errors) lines report an error of the proxy and hold no statement")
    }
  }

  private mutating func read(
    _ entry: Entry, _ bytes: borrowing Span<UInt8>, number: Int64, into batch: inout RecordBatch
  ) throws(Rejection) {
    if entry.extent == .tooLong { throw .tooLong }
    if entry.extent == .cut { throw .cut }
    let event: JSONTree
    do throws(JSONError) {
      event = parser.tree(try parser.parse(bytes))
    } catch {
      throw Rejection(error)
    }
    guard case .object = event else { throw Rejection("not_a_record", "The line is no JSON object") }
    let kind = try event.required("kind")
    let time = try event.requiredTime("timestamp")
    let session = HoopSession.normalised(try event.required("session_id"))
    switch kind {
    case "session_start": open(event, session, time, number, &batch)
    case "session_end": close(event, session, time, number, &batch)
    case "statement", "violation": try add(event, isViolation: kind == "violation", session, time, number, &batch)
    case "masked":
      // Masking follows the statement it is about; without one it is known for the session only.
      noteMasking(event, session, &batch)
    case "error": errors += 1
    default: throw Rejection("unknown_record_type", "The key kind holds none of the kinds that are known")
    }
    if first.map({ time < $0 }) ?? true { first = time }
    if last.map({ time > $0 }) ?? true { last = time }
  }

  private mutating func open(
    _ event: JSONTree, _ session: String, _ time: Timestamp, _ number: Int64, _ batch: inout RecordBatch
  ) {
    if sessions[session] == nil { sessions[session] = Session() }
    let identity = event["principal"].text.map { Identity(user: $0, kind: .human, kindBasis: .assumed) }
    let protocolName = (event["protocol"].text ?? "unknown").lowercased()
    let engine = protocolName == "postgres" ? "postgresql" : protocolName
    let connection = Connection(name: event["connection"].text ?? "unknown", engine: engine)
    batch.openings.append(
      Entered(
        SessionOpening(session: session, time: time, identity: identity, client: Client(), connection: connection),
        entry: number))
  }

  private mutating func close(
    _ event: JSONTree, _ session: String, _ time: Timestamp, _ number: Int64, _ batch: inout RecordBatch
  ) {
    let seen = sessions.removeValue(forKey: session) ?? Session()
    let declared = event["statement_count"].integer
    let denied = event["denied_count"].integer
    // Whether refused statements are among `statement_count` is documented nowhere; either reading is taken.
    let fits = declared.map { $0 == seen.sequence || $0 == seen.sequence - seen.denied } ?? true
    let deniedFits = denied.map { $0 == seen.denied } ?? true
    if !fits || !deniedFits { miscounted += 1 }
    let total = fits ? declared.map { _ in seen.sequence } : declared
    batch.closings.append(
      Entered(SessionClosing(session: session, time: time, statements: total), entry: number))
  }

  private mutating func add(
    _ event: JSONTree, isViolation: Bool, _ session: String, _ time: Timestamp, _ number: Int64,
    _ batch: inout RecordBatch
  ) throws(Rejection) {
    // A violation by the server's answer is about a statement that stands on a line of its own.
    if isViolation, event["direction"].text?.contains("server") == true, event["statement"].text == nil { return }
    let sql = try event.required("statement")
    let isAllowed = event["allowed"].boolean ?? !isViolation
    if sessions[session] == nil { open(event, session, time, number, &batch) }
    sessions[session, default: Session()].sequence += 1
    if isViolation || !isAllowed { sessions[session, default: Session()].denied += 1 }
    let masked = event["masked_entities"].elements.compactMap(\.text).map { "detector:\($0)" }.sorted()
    let isBlocked = isViolation || !isAllowed
    let decision = Decision(
      action: isBlocked ? .block : masked.isEmpty ? .allow : .mask, rule: event["rule"].text, masked: masked,
      message: event["message"].text)
    batch.append(
      StatementRecord(
        session: session, sequence: sessions[session]?.sequence ?? 1, time: time, sql: sql, decision: decision,
        result: isBlocked ? nil : Self.result(of: event), completeness: Self.flags(of: event, sql, isBlocked)),
      entry: number)
  }

  private static func result(of event: JSONTree) -> RecordedResult? {
    let error = event["error"].text.map { RecordedError(sqlstate: nil, message: $0) }
    let duration = event["duration_ns"].integer.map { max(0, $0) / 1000 }
    guard error != nil || duration != nil else { return nil }
    return RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: duration, error: error)
  }

  private static func flags(of event: JSONTree, _ sql: String, _ isBlocked: Bool) -> Completeness {
    // The sidecar sees texts only; it logs no values.
    var flags: Completeness =
      sql.utf8.contains(UInt8(ascii: "$")) || sql.utf8.contains(UInt8(ascii: "?"))
      ? [.paramsNotLogged] : []
    if sql.hasSuffix("...[truncated]") { flags.insert(.statementTruncated) }
    if isFingerprint(sql) { flags.insert(.redacted) }
    let incomplete = event["metadata"]["sql.incomplete"]
    if incomplete.boolean == true || incomplete.text == "true" { flags.insert(.sqlIncomplete) }
    if event["principal"].text == nil { flags.insert(.noIdentity) }
    if !isBlocked, result(of: event) == nil { flags.insert(.resultsAbsent) }
    return flags
  }

  /// `sha256:` and 16 hexadecimal digits stand for a text that was not kept.
  private static func isFingerprint(_ sql: String) -> Bool {
    guard sql.hasPrefix("sha256:") else { return false }
    let digits = sql.utf8.dropFirst(7)
    return digits.count == 16 && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  private func noteMasking(_ event: JSONTree, _ session: String, _ batch: inout RecordBatch) {
    guard let index = batch.statements.indices.last,
      batch.arena[batch.statements[index].session.range].elementsEqual(session.utf8),
      batch.statements[index].action == .allow || batch.statements[index].action == .mask
    else { return }
    let row = batch.statements[index]
    let fields = unpackFields(batch.arena[row.decision.range])
    let entities = event["masked_entities"].elements.compactMap(\.text).map { "detector:\($0)" }
    let masked = Set(fields.dropFirst(5).compactMap { $0 }).union(entities).sorted()
    guard !masked.isEmpty else { return }
    func field(_ index: Int) -> String? { index < fields.count ? fields[index] : nil }
    let decision = Decision(
      action: .mask, rule: field(1), policy: field(2), policyVersion: field(3), masked: masked, message: field(4))
    batch.statements[index].action = .mask
    batch.statements[index].decision = batch.pack(decision)
  }
}
