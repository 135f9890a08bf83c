import AuditTrail
import JSONReader

/// Reads sessions as hoop's gateway gives them: one object, lines, arrays or list envelopes of them.
struct HoopReader: ArchiveReader, ~Copyable {
  static let name = "hoop.sessions"
  static let title = "hoop gateway sessions"
  static let detection =
    "a session object, lines or an array of them, or the list envelope with data, total and has_next_page"
  static let entries = "lines, JSON documents, or elements of a JSON array"
  static let shows: Set<ArchiveContent> = [.identities, .decisions, .approvals, .results, .parameters]
  static let producer: String? = "hoop"
  private var parser: JSONParser
  private let options: ReadOptions
  private var found = HoopFindings()
  private static let ownKeys: Set = [
    "connection_subtype", "connection_tags", "verb", "start_date", "event_stream", "script_size", "identity_type",
    "guardrails_info", "integrations_metadata", "session_batch_id",
  ]

  static func tells(_ start: EntryStart) -> Bool {
    if HoopinspectReader.tells(start) { return false }
    let elements = start.elements
    if elements.contains(where: { isSession($0) }) { return true }
    // A list without sessions, and a list of lists.
    return elements.contains { $0.dataStart != nil && ($0.keys.contains("total") || start.bytes.first == 0x5B) }
  }

  /// A foreign log may well have an id, a user and a connection: only what hoop alone writes tells a session.
  private static func isSession(_ object: ShallowObject) -> Bool {
    guard object.keys.contains("id") else { return false }
    let own = object.keys.intersection(ownKeys).count
    // A script of any length may come before the keys that tell more.
    return own >= 2 || own == 1 && object.keys.contains("connection")
      || !object.isWhole && object.keys.isSuperset(of: ["org_id", "script"])
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
    var entries = try JSONEntries(&window, limit: limit)
    while let (entry, number) = try sink.next(
      &window, &entries, limit: limit, deliver, envelope: { found.add(envelope: try? parser.document($0.span)) })
    {
      let session = sink.take(entry, number) { () throws(Rejection) in
        try HoopSession(try parser.document(window.bytes.span.extracting(entry.range)))
      }
      if let session { try emit(session, entry: number, into: &sink, deliver) }
    }
    found.isUnclosed = entries.isUnclosed
  }

  /// What the export lacks, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    found.report(into: &summary, flags: &flags)
  }

  private mutating func emit(
    _ session: HoopSession, entry number: Int64, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    let statements = HoopStatements(of: session, split: options.split)
    found.add(session, statements)
    var opening = session.opening
    opening.agent = statements.agent.map { AgentDescription(name: $0) }
    sink.batch.openings.append(Entered(opening, entry: number))
    if session.isExec, let output = session.events.outputText {
      for (detector, count) in options.recognize(output).sorted(by: { $0.key < $1.key }) {
        sink.batch.outputs.append(OutputFinding(session: session.id, detector: detector, count: count))
      }
    }
    if let review = session.review {
      sink.batch.approvals.append(Entered(review.approval(of: session), entry: number))
    }
    try emit(statements, of: session, entry: number, into: &sink, deliver)
    if let end = session.end {
      sink.batch.closings.append(
        Entered(
          SessionClosing(
            session: session.id, time: end, statements: nil,
            size: session.size.flatMap { statements.isDecoded && $0.counted != $0.read ? nil : $0 }), entry: number))
    }
  }

  /// Lays the statements into batches; texts and values that run many times are stored once a batch.
  private mutating func emit(
    _ statements: HoopStatements, of session: HoopSession, entry: Int64, into sink: inout RecordSink,
    _ deliver: Deliver
  ) throws(AssayError) {
    let decisions = HoopDecisions(of: session, statements)
    let identityFlags: Completeness = session.identity == nil ? [.noIdentity] : []
    var stored = StoredSlices()
    for (index, item) in statements.items.enumerated() {
      let outcome = decisions.outcomes[index]
      let (time, isApproximate) = session.time(elapsed: item.elapsed)
      found.note(time)
      var row = StatementRow()
      row.entry = entry
      row.session = stored.slice(.session, { $0.store(session.id) }, &sink.batch)
      row.sequence = Int64(index + 1)
      row.time = time.nanoseconds
      row.sql = stored.slice(.text(item.text), { $0.store(utf8: statements.texts[item.text].utf8) }, &sink.batch)
      if let binding = item.binding, let values = statements.bindings[binding] {
        row.parameters = stored.slice(.binding(binding), { $0.pack(values) }, &sink.batch)
      }
      row.action = outcome.decision.action
      row.decision = stored.slice(.decision(outcome.decision), { $0.pack(outcome.decision) }, &sink.batch)
      row.approval = sink.batch.store(optional: outcome.approval)
      if let result = outcome.result {
        row.hasResult = true
        row.rows = result.rows ?? -1
        row.rowsKind = result.rowsKind
        row.error = result.error.map { sink.batch.pack(fields: [$0.sqlstate, $0.message]) } ?? .absent
      }
      if let digest = statements.scriptDigest {
        row.unit = stored.slice(.unit, { $0.pack(fields: ["script", digest]) }, &sink.batch)
        row.unitPosition = Int64(index + 1)
        row.unitCount = Int64(statements.items.count)
      }
      row.completeness = item.flags.union(outcome.flags).union(identityFlags)
      if isApproximate { row.completeness.insert(.approximateTime) }
      sink.batch.statements.append(row)
      let before = sink.batch.statements.count
      try sink.deliverIfFull(deliver)
      if sink.batch.statements.count < before { stored = StoredSlices() }
    }
  }
}

/// What already lies in the batch's arena.
private struct StoredSlices {
  enum Content: Hashable {
    case session, unit
    case text(Int)
    case binding(Int)
    case decision(Decision)
  }

  private var slices: [Content: ArenaSlice] = [:]

  mutating func slice(
    _ content: Content, _ store: (inout RecordBatch) -> ArenaSlice, _ batch: inout RecordBatch
  ) -> ArenaSlice {
    if let known = slices[content] { return known }
    let slice = store(&batch)
    slices[content] = slice
    return slice
  }
}

extension RecordBatch {
  /// Stores UTF-8 bytes in the arena.
  mutating func store(utf8 bytes: [UInt8]) -> ArenaSlice {
    let start = arena.count
    arena.append(contentsOf: bytes)
    return slice(from: start)
  }
}
