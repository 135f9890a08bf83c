import AuditTrail
import Digests
import JSONReader

/// Reads a CSV or JSON-lines log by a mapping.
struct MappedReader: ~Copyable {
  private let mapping: FieldMapping
  private let options: ReadOptions
  private let local: LocalTime
  private let times: MappedTime
  private var parser: JSONParser
  private var columns: [String]?
  /// Sessions that were opened, and the number of the last statement of each.
  private var sessions = ExactNames<Int64>()
  private var opened = 0
  private static let mostKept = 200_000
  private var skipped = 0
  private var statements = 0
  private var span = TimeSpan()

  /// A reader of one archive.
  init(_ mapping: FieldMapping, options: ReadOptions) {
    (self.mapping, self.options) = (mapping, options)
    local = LocalTime(options)
    times = MappedTime(mapping)
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
    if case .csv(_, let columns) = mapping.layout { self.columns = columns }
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    let limit = options.maximumEntryBytes
    while let (entry, number) = try sink.next(
      &window, limit: limit, deliver, { (window) throws(AssayError) in try cut(&window) })
    {
      if case .csv(let separator, _) = mapping.layout, columns == nil, entry.extent == .whole {
        columns = try? MappedValues.split(window.bytes[entry.range], separator: separator)
        sink.accept()
      } else {
        let values = sink.take(entry, number) { () throws(Rejection) in try checked(parse(window.bytes[entry.range])) }
        if let values { try read(values, number, &sink.batch) }
      }
    }
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    span.report(into: &summary)
    if skipped > 0 { summary.notes.append("\(counted(skipped, "record")) left out, as the mapping says") }
    if statements == 0 {
      flags.insert("no_statements")
      summary.notes.append("The log holds no statement under the mapping's names")
    }
  }

  private func cut(_ window: inout ContentWindow) throws(AssayError) -> Entry? {
    let limit = options.maximumEntryBytes
    guard case .csv(let separator, _) = mapping.layout else { return try window.nextLine(limit: limit) }
    let count = columns?.count
    return try window.nextQuoted(limit: limit) { rest in
      (try? MappedValues.split(rest.prefix(CSVEntries.length(of: rest)), separator: separator))?.count == count
    }
  }

  private mutating func parse(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> MappedValues {
    guard case .csv(let separator, _) = mapping.layout else { return .object(try parser.document(bytes.span)) }
    let fields = try MappedValues.split(bytes, separator: separator)
    guard let columns, fields.count == columns.count else {
      throw Rejection("bad_arity", "The record has another number of values than there are columns")
    }
    return .columns(Dictionary(zip(columns, fields), uniquingKeysWith: { first, _ in first }))
  }

  /// The values, if they hold what a record must.
  private func checked(_ values: MappedValues) throws(Rejection) -> MappedValues {
    if isSkipped(values) { return values }
    if values.text(mapping.sources[.statement]) == nil { throw .missing("statement") }
    guard let time = values.text(mapping.sources[.time]) else { throw .missing("time") }
    guard times.reading(time) != nil else {
      throw Rejection("invalid_time", "The time is not written as the mapping says")
    }
    if mapping.sources[.decision] != nil { _ = try action(values) }
    return values
  }

  private func isSkipped(_ values: MappedValues) -> Bool {
    guard let skip = mapping.skip, let text = values.text(skip.field) else { return false }
    return skip.values.contains(text)
  }

  private func action(_ values: MappedValues) throws(Rejection) -> Action {
    guard let source = mapping.sources[.decision] else { return .observed }
    if let word = values.text(source), let action = mapping.decisions[word] { return action }
    guard let other = mapping.otherDecision else {
      throw Rejection("bad_value", "The decision is none of the words that the mapping names; name it, or say `else`")
    }
    return other
  }

  private mutating func read(_ values: MappedValues, _ entry: Int64, _ batch: inout RecordBatch) throws(AssayError) {
    guard !isSkipped(values) else {
      skipped += 1
      return
    }
    func text(_ target: FieldMapping.Target) -> String? { values.text(mapping.sources[target]) }
    guard let sql = text(.statement), let reading = text(.time).flatMap(times.reading) else { return }
    let time: Timestamp =
      switch reading {
      case .moment(let time): time
      case .local(let seconds, let nanoseconds): try local.moment(seconds: seconds).adding(nanoseconds: nanoseconds)
      }
    span.add(time)
    let session = text(.session) ?? "\(text(.user) ?? text(.databaseUser) ?? "unknown") \(time.date)"
    open(session, values, time, entry, &batch)
    let action = (try? action(values)) ?? .observed
    statements += 1
    let sequence = text(.sequence).flatMap { Int64($0) } ?? number(time, session)
    sessions[session] = max(sessions[session] ?? 0, sequence)
    let result = action == .block ? nil : result(values)
    var flags: Completeness = []
    if action == .observed { flags.insert(.noDecision) }
    if text(.user) == nil { flags.insert(.noIdentity) }
    if result == nil, action != .block { flags.insert(.resultsAbsent) }
    if mapping.sources[.session] == nil { flags.insert(.sessionOpenMissing) }
    batch.append(
      StatementRecord(
        session: session, sequence: sequence, time: time, sql: sql,
        decision: Decision(action: action, rule: text(.rule), message: text(.message)), result: result,
        completeness: flags), entry: entry)
  }

  private func result(_ values: MappedValues) -> RecordedResult? {
    func text(_ target: FieldMapping.Target) -> String? { values.text(mapping.sources[target]) }
    let rows = text(.rows).flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    let duration = text(.duration).flatMap { Double($0) }.flatMap {
      Int64(exactly: ($0 * Double(mapping.durationUnit)).rounded())
    }.map { max(0, $0) }
    let error = text(.error).flatMap { ["0", "false"].contains($0) ? nil : RecordedError(sqlstate: nil, message: $0) }
    guard rows != nil || duration != nil || mapping.sources[.error] != nil else { return nil }
    return RecordedResult(
      rows: rows, rowsKind: rows == nil ? .unknown : mapping.rowsKind, durationMicroseconds: duration, error: error)
  }

  /// Microseconds since 1970, so that a part of a log numbers as the whole does.
  private func number(_ time: Timestamp, _ session: String) -> Int64 {
    let (next, overflow) = (sessions[session] ?? 0).addingReportingOverflow(1)
    return max(time.nanoseconds / 1000, overflow ? .max : next)
  }

  private mutating func open(
    _ session: String, _ values: MappedValues, _ time: Timestamp, _ entry: Int64, _ batch: inout RecordBatch
  ) {
    guard sessions[session] == nil else { return }
    opened += 1
    // The ledger takes the same opening twice for one.
    if opened % Self.mostKept == 0 { sessions = ExactNames() }
    sessions[session] = 0
    func text(_ target: FieldMapping.Target) -> String? { values.text(mapping.sources[target]) }
    let identity = text(.user).map { user in
      Identity(
        user: user, kind: mapping.identityKind ?? .human, kindBasis: mapping.identityKind == nil ? .assumed : .recorded,
        groups: text(.groups).map { $0.split { $0 == "," || $0 == " " }.map(String.init) } ?? [])
    }
    let engine = (text(.engine) ?? "unknown").lowercased()
    let connection = Connection(
      name: text(.connection) ?? text(.database) ?? options.source ?? engine, engine: engine, database: text(.database),
      databaseUser: text(.databaseUser), environment: text(.environment))
    let purpose =
      text(.ticket) != nil || text(.reason) != nil ? Purpose(ticket: text(.ticket), reason: text(.reason)) : nil
    batch.openings.append(
      Entered(
        SessionOpening(
          session: session, time: time, identity: identity,
          client: Client(address: text(.address), application: text(.application)), connection: connection,
          purpose: purpose), entry: entry))
  }
}
