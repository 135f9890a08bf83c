package import AuditTrail
import Digests
package import Evidence
import JSONReader
package import Ledger

/// Sends what a ledger holds, and notes how far it came each time that a batch is taken.
///
/// A run that is ended at any moment, in whatever way, goes on behind the last batch that was noted: nothing is left out, and
/// that one batch may be sent twice.
package struct ExportRun {
  private let plan: ExportPlan
  private let schema: any EventSchema
  private let address: SinkAddress
  private let deadLetters: (any LineFile)?
  private let pause: (_ milliseconds: Int, _ reason: String) -> Void
  private var delivery: Delivery
  private var maker: EventMaker
  private var counts = ExportCounts()
  private var pending: [EncodedEvent] = []
  private var pendingBytes = 0
  private var conclusions: [(uid: String, digest: [UInt8])] = []
  private var scanned = 0

  /// A batch holds that many bytes at most, and at least one record.
  private static let batchBytes = 4 << 20
  /// So many statements are read at once, at least.
  private static let window = 500
  /// The cursor moves over that many statements that a filter leaves out before it is noted.
  private static let unnoted = 20_000

  /// A run to a sink. `pause` waits so many milliseconds, and may say why; what is refused goes to `deadLetters`.
  package init(
    _ plan: ExportPlan, schema: any EventSchema, to sink: any ExportSink, at address: SinkAddress,
    deadLetters: (any LineFile)?, retries: Int?, pause: @escaping (_ milliseconds: Int, _ reason: String) -> Void
  ) {
    (self.plan, self.schema, self.address, self.deadLetters) = (plan, schema, address, deadLetters)
    self.pause = pause
    delivery = Delivery(to: sink, retries: retries, pause: pause)
    maker = EventMaker(showsLiterals: plan.showsLiterals)
  }

  /// Sends what the ledger holds now, and the evidence of `model` where it is given; gives the counts. `progress` gets the
  /// number of statements that were looked at.
  package mutating func send(
    _ ledger: borrowing Ledger, upTo last: Int64, _ model: EvidenceModel?, progress: (Int64) -> Void
  ) throws(AssayError) -> ExportCounts {
    // What an earlier round left when it was broken off is read again.
    (counts, pendingBytes, scanned) = (ExportCounts(), 0, 0)
    pending.removeAll(keepingCapacity: true)
    conclusions.removeAll(keepingCapacity: true)
    let before = delivery.tries
    var cursor =
      try plan.cursor.map { (name) throws(AssayError) in try ledger.exportCursor(name) } ?? ExportCursor(name: "")
    var reader = try ExportReader(path: ledger.path)
    if plan.kinds.contains(.statement) { try sendStatements(ledger, &reader, upTo: last, &cursor, progress) }
    if plan.kinds.contains(.finding) { try sendFindings(ledger, &reader, &cursor) }
    if let model { try sendEvidence(ledger, model, &cursor) }
    counts.tries = delivery.tries - before
    return counts
  }

  // MARK: What is sent

  private mutating func sendStatements(
    _ ledger: borrowing Ledger, _ reader: inout ExportReader, upTo last: Int64, _ cursor: inout ExportCursor,
    _ progress: (Int64) -> Void
  ) throws(AssayError) {
    var position = cursor.position
    while position < last {
      let statements = try reader.statements(after: position, upTo: last, limit: max(plan.batch, Self.window))
      // What is left are statements that a proxy tells of as well.
      guard !statements.isEmpty else {
        position = last
        break
      }
      for statement in statements {
        if plan.isWaiting, statement.graded == nil, !statement.isSampledOut {
          counts.isWaiting = true
          break
        }
        if plan.takes(connection: statement.session.connection.name),
          plan.takes(verdict: statement.graded?.verdict.name)
        {
          add(try maker.event(statement, &reader))
        }
        position = statement.id
        counts.statements += 1
        scanned += 1
        if isFull { try flush(ledger, &cursor, position: position) }
      }
      progress(counts.statements)
      if scanned >= Self.unnoted { try flush(ledger, &cursor, position: position) }
      if counts.isWaiting { break }
    }
    if position != cursor.position || !pending.isEmpty { try flush(ledger, &cursor, position: position) }
  }

  private mutating func sendFindings(
    _ ledger: borrowing Ledger, _ reader: inout ExportReader, _ cursor: inout ExportCursor
  ) throws(AssayError) {
    var position: Int64 = 0
    while true {
      let findings = try reader.findings(after: position, limit: 1_000)
      guard let last = findings.last else { break }
      position = last.id
      for finding in findings where plan.takes(connection: finding.session.connection.name) {
        try conclude(maker.event(finding), ledger, &cursor)
      }
    }
    try flush(ledger, &cursor, position: cursor.position)
  }

  private mutating func sendEvidence(
    _ ledger: borrowing Ledger, _ model: EvidenceModel, _ cursor: inout ExportCursor
  ) throws(AssayError) {
    if plan.kinds.contains(.test), plan.takes(connection: nil) {
      for test in model.tests { try conclude(maker.event(test, of: model), ledger, &cursor) }
    }
    if plan.kinds.contains(.exception) {
      for exception in model.exceptions where plan.takes(connection: exception.item.connection) {
        try conclude(maker.event(exception, of: model), ledger, &cursor)
      }
    }
    try flush(ledger, &cursor, position: cursor.position)
  }

  /// Sends a conclusion unless the same one was sent.
  private mutating func conclude(
    _ event: ExportEvent, _ ledger: borrowing Ledger, _ cursor: inout ExportCursor
  ) throws(AssayError) {
    let record = schema.encode(event)
    if plan.cursor != nil {
      let digest = SHA256Digest(of: record).bytes
      guard try ledger.exportedConclusion(event.uid, by: cursor) != digest else { return }
      conclusions.append((event.uid, digest))
    }
    add(event, record)
    if isFull { try flush(ledger, &cursor, position: cursor.position) }
  }

  // MARK: Batches

  private var isFull: Bool { pending.count >= plan.batch || pendingBytes >= Self.batchBytes }

  private mutating func add(_ event: ExportEvent) { add(event, schema.encode(event)) }

  private mutating func add(_ event: ExportEvent, _ record: [UInt8]) {
    pending.append(
      EncodedEvent(uid: event.uid, kind: event.kind, time: event.time, gravity: event.gravity, record: record))
    pendingBytes += record.count
  }

  /// Delivers what waits and notes that everything up to the position was sent.
  private mutating func flush(
    _ ledger: borrowing Ledger, _ cursor: inout ExportCursor, position: Int64
  ) throws(AssayError) {
    guard !pending.isEmpty || position != cursor.position else { return }
    let refused = pending.isEmpty ? [] : try delivery.deliver(pending[...])
    if let first = refused.first, refused.count == pending.count, pending.count > 1, !delivery.hasTaken,
      cursor.delivered == 0
    {
      throw AssayError(
        .invalidExport,
        "The sink refuses every one of the first \(grouped(refused.count)) records (\(first.reason)); it may expect "
          + "another schema. Nothing was noted as sent.", at: Place("\(address)"))
    }
    try keep(refused)
    for event in pending { counts.delivered[event.kind, default: 0] += 1 }
    for (event, _) in refused { counts.delivered[event.kind, default: 0] -= 1 }
    counts.refused += Int64(refused.count)
    cursor.position = position
    cursor.delivered += Int64(pending.count - refused.count)
    cursor.refused += Int64(refused.count)
    if plan.cursor != nil { try note(ledger, &cursor) }
    pending.removeAll(keepingCapacity: true)
    conclusions.removeAll(keepingCapacity: true)
    (pendingBytes, scanned) = (0, 0)
  }

  /// Notes the cursor; where another process writes the ledger, waits until it has.
  private func note(_ ledger: borrowing Ledger, _ cursor: inout ExportCursor) throws(AssayError) {
    while true {
      do throws(AssayError) { return try ledger.store(&cursor, conclusions: conclusions) } catch {
        guard error.code == .inUse else { throw error }
        pause(200, "the ledger is in use")
      }
    }
  }

  /// Puts what was refused into the file of dead letters, before the cursor passes it.
  private func keep(_ refused: [(event: EncodedEvent, reason: String)]) throws(AssayError) {
    guard let deadLetters, !refused.isEmpty else { return }
    for (event, reason) in refused {
      var json = JSONWriter()
      json.beginObject()
      json.member("refused", event.uid)
      json.member("kind", event.kind.rawValue)
      json.member("time", event.time.description)
      json.member("sink", "\(address)")
      json.member("reason", reason)
      json.member("record", String(decoding: schema.line(event.record), as: UTF8.self))
      json.endObject()
      try deadLetters.append(json.bytes + [UInt8(ascii: "\n")])
    }
    try deadLetters.settle()
  }
}

extension AssayError.Code {
  /// A sink takes nothing of what it is sent.
  package static let invalidExport = Self("export_refused", .badData)
}
