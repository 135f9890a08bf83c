import AuditTrail
import Digests
import JSONReader

/// Reads the JSON lines of hoopinspect, hoop's sidecar. Source: `hoopinspect/audit/event.go`.
///
/// The log holds both directions under the same kinds. What a client sent is a statement, refused ones are a `violation`;
/// what the server sent is an answer to one: a command tag, an error, or a refusal to hand the answer on.
struct HoopinspectReader: ArchiveReader, ~Copyable {
  static let name = "hoopinspect"
  static let title = "hoopinspect audit log"
  static let detection = "JSON lines with kind, timestamp and session_id"
  static let entries = "lines"
  static let shows: Set<ArchiveContent> = [.identities, .decisions, .results]
  static let producer: String? = "hoop"

  private static let kinds: Set = ["session_start", "session_end", "statement", "violation", "masked", "error"]

  private var parser: JSONParser
  private let options: ReadOptions
  private var sessions = ExactNames<HoopinspectSession>()
  private var miscounted = 0
  private var errors = 0
  private var refusedAnswers = 0
  private var namedStatements = 0
  private var unrecordedRuns = 0
  private var span = TimeSpan()

  static func tells(_ start: EntryStart) -> Bool {
    let object = start.object
    return object.keys.isSuperset(of: ["kind", "timestamp", "session_id"])
      && object.texts["kind"].map { kinds.contains($0) } == true
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
    while let (entry, number) = try sink.nextLine(&window, limit: options.maximumEntryBytes, deliver) {
      do throws(Rejection) {
        try entry.requireWhole()
        try read(window.bytes.span.extracting(entry.range), number: number, into: &sink.batch)
        sink.accept()
      } catch {
        sink.reject(entry, number: number, error)
      }
    }
    for name in sessions.names { sessions[name]?.emitAll(into: &sink.batch) }
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    span.report(into: &summary)
    if miscounted > 0 {
      flags.insert("count_mismatch")
      summary.notes.append(
        "\(miscounted) sessions end with other numbers of statements than were read: part of the log is missing")
    }
    if refusedAnswers > 0 {
      flags.insert("output_guardrail")
      summary.notes.append(
        "\(refusedAnswers) answers were refused by a rule on the output: their statements had run, and no client saw them"
      )
    }
    if namedStatements > 0 {
      flags.insert("executions_not_recorded")
      summary.notes.append(
        "\(namedStatements) statements were prepared under a name, which the log shows once however often they ran"
          + (unrecordedRuns > 0 ? "; \(unrecordedRuns) answers belong to further runs of such statements" : ""))
    }
    if errors > 0 {
      flags.insert("proxy_errors")
      summary.notes.append("\(errors) lines report an error of the proxy and hold no statement")
    }
  }

  private mutating func read(
    _ bytes: borrowing Span<UInt8>, number: Int64, into batch: inout RecordBatch
  ) throws(Rejection) {
    let event = try parser.object(bytes)
    let kind = try event.required("kind")
    let time = try event.requiredTime("timestamp")
    let session = HoopSession.normalised(try event.required("session_id"))
    let isAnswer = event["direction"].text?.contains("server") == true
    switch kind {
    case "session_start": open(event, session, time, number, &batch)
    case "session_end": close(event, session, time, number, &batch)
    case "statement", "violation":
      if sessions[session] == nil { open(event, session, time, number, &batch) }
      if isAnswer {
        answer(event, isViolation: kind == "violation", session)
      } else {
        try add(event, isViolation: kind == "violation", session, time, number, &batch)
      }
    case "masked":
      sessions[session]?.mask(event["masked_entities"].elements.compactMap(\.text))
    case "error": errors += 1
    default: throw Rejection("unknown_record_type", "The key kind holds none of the kinds that are known")
    }
    span.add(time)
  }

  private mutating func open(
    _ event: JSONTree, _ session: String, _ time: Timestamp, _ number: Int64, _ batch: inout RecordBatch
  ) {
    if sessions[session] == nil { sessions[session] = HoopinspectSession() }
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
    var seen = sessions.removeValue(forKey: session) ?? HoopinspectSession()
    seen.emitAll(into: &batch)
    let declared = event["statement_count"].integer
    let denied = event["denied_count"].integer
    // The sidecar counts the lines of both directions. Whether refused ones are among them older releases do not say.
    let fits = declared.map { $0 == seen.lines || $0 == seen.lines - seen.denied } ?? true
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
    let sql = try event.required("statement")
    let isBlocked = isViolation || event["allowed"].boolean == false
    let masked = event["masked_entities"].elements.compactMap(\.text).map { "detector:\($0)" }.sorted()
    let decision = Decision(
      action: isBlocked ? .block : masked.isEmpty ? .allow : .mask, rule: event["rule"].text, masked: masked,
      message: event["message"].text)
    var flags = Self.flags(of: event, sql, isBlocked)
    let metadata = event["metadata"]
    let isNamed = metadata["pg.message"].text == "Parse" && metadata["pg.statement"].text != nil
    if isNamed {
      namedStatements += 1
      flags.insert(.executionsNotRecorded)
    }
    let record = StatementRecord(
      session: session, sequence: 0, time: time, sql: sql, decision: decision,
      result: isBlocked ? nil : Self.result(of: event), completeness: flags)
    sessions[session]?.begin(
      record, entry: number, isNamed: isNamed, awaitsAnswer: !isBlocked && event["direction"].text != nil, into: &batch)
  }

  /// What the server sent is not a statement: it says what came of one.
  private mutating func answer(_ event: JSONTree, isViolation: Bool, _ session: String) {
    let isRefused = isViolation || event["allowed"].boolean == false
    if isRefused { refusedAnswers += 1 }
    let answer = HoopinspectAnswer(
      text: event["statement"].text ?? "", message: event["metadata"]["pg.message"].text,
      refusal: isRefused ? (event["rule"].text, event["message"].text) : nil)
    if sessions[session]?.take(answer) == false { unrecordedRuns += 1 }
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

  /// Whether the log holds `sha256:` and 16 hexadecimal digits in place of the text.
  private static func isFingerprint(_ sql: String) -> Bool {
    guard sql.hasPrefix("sha256:") else { return false }
    let digits = sql.utf8.dropFirst(7)
    return digits.count == 16 && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
