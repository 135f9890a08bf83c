import AuditTrail

/// All that pgaudit says of one statement: a line for each relation, for each statement within, for each command of a script.
struct PostgresAuditTrail {
  private struct Told {
    var sql: String
    var audit: PostgresAudit

    var bytes: Int { sql.utf8.count + (audit.parameters.text?.utf8.count ?? 0) }
  }

  /// The backend call of the last line.
  private(set) var last: Int64
  /// How many backend calls: the commands of a script are one each.
  private(set) var calls = 1
  /// Whether rows are logged: then a line is written when its statement ends, and the outermost comes last.
  private(set) var hasRows = false
  private var first: Told?
  private var latest: Told?
  private var outer: Told?
  private var counting: [Told] = []
  private var changed = 0

  init(_ audit: PostgresAudit) {
    last = audit.statement
    add(audit)
  }

  /// Takes a further line.
  mutating func add(_ audit: PostgresAudit) {
    if audit.statement != last { calls += 1 }
    last = audit.statement
    hasRows = hasRows || audit.rows != nil
    guard let sql = audit.sql.text else { return }
    let told = Told(sql: sql, audit: audit)
    first = first ?? told
    latest = told
    // What runs others: its own line may be the first or the last.
    let isOuter = audit.kind == "MISC" && audit.command == "EXECUTE" || ["DO", "CALL"].contains(audit.command)
    if isOuter, outer == nil { outer = told }
    guard audit.countsRows else { return }
    changed += 1
    // Only the last of a text counts, and few texts are needed.
    counting.removeAll { $0.sql == sql }
    counting.append(told)
    if counting.count > 4 { counting.removeFirst() }
  }

  /// How many bytes of lines are held; some are held twice, and count twice.
  var bytes: Int {
    ([first, latest, outer].compactMap(\.self) + counting).reduce(0) { $0 + $1.bytes }
  }

  private var told: Told? { outer ?? (hasRows ? latest : first) }

  /// The command that the client sent.
  var command: String? { told?.audit.command }
  /// The text that the client sent; `nil` where no line holds it.
  var sql: String? { told?.sql }
  /// The values of its parameters; `nil` where they are not told.
  var parameters: [Parameter]? { told?.audit.values }
  /// Whether it has no parameters.
  var hasNoParameters: Bool { told?.audit.parameters == PostgresAudit.Field.none }
  /// Whether the text had no quotes where it needs some.
  var isLenient: Bool { told?.audit.isLenient == true }

  /// Whether a text is one of these.
  func tells(of text: String) -> Bool {
    [first, latest, outer].contains { $0?.audit.tells(of: text) == true }
  }

  /// The rows of the statement of that text.
  func rows(of text: String) -> (count: Int64, kind: RowsKind)? {
    guard calls == 1 else { return nil }
    // EXECUTE has the count on the line of what it executes.
    let isExecute = outer?.audit.command == "EXECUTE" && changed == 1
    guard let counted = counting.last(where: { $0.sql == text }) ?? (isExecute ? counting.last : nil),
      let rows = counted.audit.rows
    else { return nil }
    return (rows, counted.audit.command == "SELECT" ? .returned : .affected)
  }
}
