import AuditTrail

/// A session of the sidecar's log, whose statements wait for the server's answers.
///
/// A client may send several statements before the first answer comes, and one text may hold several commands, each with an
/// answer. An answer names the command it is for, which tells the statement; errors come in the order of the statements.
struct HoopinspectSession {
  private struct Waiting {
    var record: StatementRecord
    let entry: Int64
    let isNamed: Bool
    /// Whether the log would show an answer, and has not yet.
    var awaitsAnswer: Bool
    var answers = 0
  }

  /// Statements so far.
  private(set) var sequence: Int64 = 0
  /// Lines that the sidecar counts as statements: those of both directions.
  private(set) var lines: Int64 = 0
  /// Lines that were refused.
  private(set) var denied: Int64 = 0
  private var waiting: [Waiting] = []
  /// The statement that the last line was about.
  private var latest: Int?
  /// A client that sends so many statements before the first is answered does not wait for answers.
  private static let mostWaiting = 1000

  /// Takes a statement.
  mutating func begin(
    _ record: StatementRecord, entry: Int64, isNamed: Bool, awaitsAnswer: Bool, into batch: inout RecordBatch
  ) {
    let isAnswered = waiting.firstIndex { $0.awaitsAnswer } ?? waiting.count
    emit(waiting.count > Self.mostWaiting ? max(1, isAnswered) : isAnswered, into: &batch)
    sequence += 1
    lines += 1
    if record.decision.action == .block { denied += 1 }
    var record = record
    record.sequence = sequence
    waiting.append(Waiting(record: record, entry: entry, isNamed: isNamed, awaitsAnswer: awaitsAnswer))
    latest = waiting.count - 1
  }

  /// Takes an answer; `false` where it is of a run that no line shows.
  mutating func take(_ answer: HoopinspectAnswer) -> Bool {
    lines += 1
    if answer.refusal != nil { denied += 1 }
    let open = waiting.firstIndex { $0.awaitsAnswer && answer.mayBe(of: $0.record.sql) }
    guard let index = open ?? waiting.lastIndex(where: { !$0.awaitsAnswer && answer.mayBe(of: $0.record.sql) }) else {
      return false
    }
    latest = index
    let isFirst = waiting[index].awaitsAnswer
    if !isFirst, waiting[index].isNamed { return false }
    waiting[index].awaitsAnswer = false
    waiting[index].answers += 1
    let known = waiting[index].record.result
    waiting[index].record.result = RecordedResult(
      // The rows of several commands are not those of one.
      rows: isFirst ? answer.rows : nil, rowsKind: isFirst ? answer.rowsKind : .unknown,
      durationMicroseconds: known?.durationMicroseconds, error: answer.error ?? known?.error)
    waiting[index].record.completeness.remove(.resultsAbsent)
    if let refusal = answer.refusal {
      // It had run: what was refused is the answer.
      waiting[index].record.decision.rule = refusal.rule
      waiting[index].record.decision.message = refusal.message
    }
    return true
  }

  /// Notes what was masked in the answer, or else in the statement, that the last line was about.
  mutating func mask(_ entities: [String]) {
    guard let latest, waiting.indices.contains(latest) else { return }
    var decision = waiting[latest].record.decision
    guard decision.action == .allow || decision.action == .mask, !entities.isEmpty else { return }
    decision.action = .mask
    decision.masked = Set(decision.masked).union(entities.map { "detector:\($0)" }).sorted()
    waiting[latest].record.decision = decision
  }

  /// Gives all that waits: no answer is to come.
  mutating func emitAll(into batch: inout RecordBatch) { emit(waiting.count, into: &batch) }

  private mutating func emit(_ count: Int, into batch: inout RecordBatch) {
    for item in waiting.prefix(count) { batch.append(item.record, entry: item.entry) }
    waiting.removeFirst(count)
    latest = latest.flatMap { $0 < count ? nil : $0 - count }
  }
}

/// What a server answered, as the sidecar writes it. Source: hoop 1.148, `hoopinspect/codec/postgres/response.go`.
struct HoopinspectAnswer {
  /// The rows that its command tag counts.
  private(set) var rows: Int64?
  /// What they are.
  private(set) var rowsKind = RowsKind.unknown
  /// The error.
  private(set) var error: RecordedError?
  /// Why it was not handed on, where it was not.
  let refusal: (rule: String?, message: String?)?
  /// The commands of which one gives the tag; none where any may.
  private var commands: [String] = []

  /// An answer; `message` is the protocol's name of what carried it.
  init(text: String, message: String?, refusal: (rule: String?, message: String?)?) {
    self.refusal = refusal
    if message == "ErrorResponse" {
      // The sidecar keeps the first field of the message, which is its severity.
      let isSeverity = ["SERROR", "SFATAL", "SPANIC"].contains(text)
      error = RecordedError(sqlstate: nil, message: isSeverity ? String(text.dropFirst()) : text)
      return
    }
    let words = text.split(separator: " ")
    guard message == "CommandComplete", let verb = words.first.map({ $0.uppercased() }) else { return }
    commands = [verb]
    if words.count > 1 { rows = words.last.flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil } }
    switch verb {
    case "SELECT":
      // Also the tag of what makes a table of a query, of SHOW's kin and of what returns rows in other words.
      commands += ["VALUES", "TABLE", "CREATE", "WITH", "REFRESH", "EXECUTE"]
      rowsKind = .returned
    case "FETCH", "MOVE", "SHOW": rowsKind = .returned
    case "INSERT", "UPDATE", "DELETE", "MERGE", "COPY":
      commands += ["WITH", "EXECUTE"]
      rowsKind = .affected
    default: rows = nil
    }
  }

  /// Whether it may be the answer to the text.
  func mayBe(of sql: String) -> Bool {
    guard !commands.isEmpty else { return true }
    let words = sql.uppercased().split { !$0.isLetter && $0 != "_" }
    return words.contains { word in commands.contains { word == $0 } }
  }
}
