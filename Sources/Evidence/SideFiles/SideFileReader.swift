public import AuditTrail

/// Side files: tables that people or other systems keep beside the archives.
extension SideFiles {
  /// Reads `source,day,sessions,statements`; an empty count is one the source does not keep.
  public static func sourceCounts(path: String, bytes: [UInt8]) throws(AssayError) -> [SourceCount] {
    try SideTable(path, bytes, ["source", "day", "sessions", "statements"]).map { (row) throws(AssayError) in
      let count = SourceCount(
        source: try row.text("source"), day: try row.date("day"), sessions: try row.optionalCount("sessions"),
        statements: try row.optionalCount("statements"))
      guard count.sessions != nil || count.statements != nil else {
        throw row.failure("This line counts neither sessions nor statements.")
      }
      return count
    }
  }

  /// Reads `ticket,summary,requested_by,approved_by,approved_at,window_from,window_to`.
  public static func changes(path: String, bytes: [UInt8]) throws(AssayError) -> [ApprovedChange] {
    let columns = ["ticket", "summary", "requested_by", "approved_by", "approved_at", "window_from", "window_to"]
    return try SideTable(path, bytes, columns).map { (row) throws(AssayError) in
      ApprovedChange(
        ticket: try row.text("ticket"), requestedBy: try row.text("requested_by"),
        approvedBy: try row.text("approved_by"), approvedAt: try row.time("approved_at"),
        from: try row.time("window_from"), until: try row.time("window_to"))
    }
  }

  /// Reads `account,owner,justification,approved_by,approved_on`.
  public static func sharedAccounts(path: String, bytes: [UInt8]) throws(AssayError) -> [SharedAccount] {
    let columns = ["account", "owner", "justification", "approved_by", "approved_on"]
    return try SideTable(path, bytes, columns).map { (row) throws(AssayError) in
      SharedAccount(
        account: try row.text("account"), owner: try row.text("owner"),
        justification: try row.text("justification"), approvedBy: try row.text("approved_by"),
        approvedOn: try row.date("approved_on"))
    }
  }

  /// Reads `user,column,approved_by,from,until`; an empty `until` is open-ended.
  public static func exemptions(path: String, bytes: [UInt8]) throws(AssayError) -> [MaskExemption] {
    try SideTable(path, bytes, ["user", "column", "approved_by", "from", "until"]).map { (row) throws(AssayError) in
      MaskExemption(
        user: try row.text("user"), column: try row.text("column"), approvedBy: try row.text("approved_by"),
        from: try row.time("from"), until: try row.optionalTime("until"))
    }
  }

  /// Reads `statement,decided_by,decided_at,decision,reason`.
  public static func dispositions(path: String, bytes: [UInt8]) throws(AssayError) -> [Disposition] {
    let columns = ["statement", "decided_by", "decided_at", "decision", "reason"]
    return try SideTable(path, bytes, columns).map { (row) throws(AssayError) in
      guard let kind = DispositionKind(rawValue: try row.text("decision")) else {
        let known = DispositionKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw row.failure("`decision` must be one of \(known)")
      }
      return Disposition(
        statement: try row.text("statement"), by: try row.text("decided_by"), at: try row.time("decided_at"),
        kind: kind, reason: try row.text("reason"))
    }
  }

  /// Reads `connection,policy,from,until,fail_open`; an empty `until` is open-ended.
  public static func bindings(path: String, bytes: [UInt8]) throws(AssayError) -> [GuardrailBinding] {
    try SideTable(path, bytes, ["connection", "policy", "from", "until", "fail_open"]).map { (row) throws(AssayError) in
      let binding = GuardrailBinding(
        connection: try row.text("connection"), policy: try row.text("policy"), from: try row.time("from"),
        until: try row.optionalTime("until"), failsOpen: try row.flag("fail_open"))
      guard binding.until.map({ $0 > binding.from }) ?? true else {
        throw row.failure("`until` must be later than `from`")
      }
      return binding
    }
  }

  /// Reads `exception,response,owner,due,accepted_by,accepted_on,reason`: what management answered, and, where the last three
  /// are filled in, that the exception was accepted.
  public static func managementResponses(
    path: String, bytes: [UInt8]
  ) throws(AssayError) -> (responses: [ManagementResponse], acceptances: [AcceptedException]) {
    let columns = ["exception", "response", "owner", "due", "accepted_by", "accepted_on", "reason"]
    var acceptances: [AcceptedException] = []
    let responses = try SideTable(path, bytes, columns).map { (row) throws(AssayError) in
      let exception = try row.text("exception")
      if row.optionalText("accepted_by") != nil {
        acceptances.append(
          AcceptedException(
            exception: exception,
            acceptance: Acceptance(
              by: try row.text("accepted_by"), on: try row.date("accepted_on"), reason: try row.text("reason"))))
      }
      return ManagementResponse(
        exception: exception, text: try row.text("response"), owner: row.optionalText("owner"),
        due: row.optionalText("due") == nil ? nil : try row.date("due"))
    }
    return (responses, acceptances)
  }
}

/// A side file's rows by the names in its header; columns may be in any order, unknown ones are refused.
private struct SideTable {
  private let path: String
  private let rows: [CSVReader.Row]
  private let index: [String: Int]

  init(_ path: String, _ bytes: [UInt8], _ columns: [String]) throws(AssayError) {
    self.path = path
    var reader = CSVReader(path: path, bytes: bytes)
    var rows = try reader.rows()
    let header = rows.removeFirst()
    var index: [String: Int] = [:]
    for (position, name) in header.fields.enumerated() {
      guard columns.contains(name) else {
        // A file that was named by mistake may hold anything there: only what can be a misspelt name is repeated.
        let isName = name.count <= 40 && name.allSatisfy { $0.isLetter || $0.isNumber || "_- ".contains($0) }
        throw AssayError(
          .invalidFile,
          "unknown column \(isName ? "`\(name)`" : "at place \(position + 1)"); expected "
            + columns.joined(separator: ", "), at: Place(path, line: 1))
      }
      guard index.updateValue(position, forKey: name) == nil else {
        throw AssayError(.invalidFile, "column `\(name)` occurs twice", at: Place(path, line: 1))
      }
    }
    for name in columns where index[name] == nil {
      throw AssayError(.invalidFile, "column `\(name)` is missing", at: Place(path, line: 1))
    }
    (self.rows, self.index) = (rows, index)
  }

  func map<Value>(_ body: (SideRow) throws(AssayError) -> Value) throws(AssayError) -> [Value] {
    var values: [Value] = []
    for row in rows { values.append(try body(SideRow(path: path, row: row, index: index))) }
    return values
  }
}

private struct SideRow {
  let path: String
  let row: CSVReader.Row
  let index: [String: Int]

  func optionalText(_ column: String) -> String? {
    guard let position = index[column], !row.fields[position].isEmpty else { return nil }
    return row.fields[position]
  }

  func text(_ column: String) throws(AssayError) -> String {
    guard let text = optionalText(column) else { throw failure("`\(column)` is empty") }
    return text
  }

  func optionalCount(_ column: String) throws(AssayError) -> Int64? {
    guard let text = optionalText(column) else { return nil }
    guard let count = Int64(text), count == count.asCount else {
      throw failure("`\(column)` must be a whole number, 0 or more")
    }
    return count
  }

  func date(_ column: String) throws(AssayError) -> CivilDate {
    guard let date = CivilDate(try text(column)) else { throw failure("`\(column)` must be a date such as 2026-07-01") }
    return date
  }

  func time(_ column: String) throws(AssayError) -> Timestamp {
    guard let time = Timestamp(try text(column)) else {
      throw failure("`\(column)` must be a time such as 2026-07-01T09:00:00Z")
    }
    return time
  }

  func optionalTime(_ column: String) throws(AssayError) -> Timestamp? {
    optionalText(column) == nil ? nil : try time(column)
  }

  func flag(_ column: String) throws(AssayError) -> Bool {
    switch try text(column) {
    case "true": true
    case "false": false
    default: throw failure("`\(column)` must be true or false")
    }
  }

  func failure(_ message: String) -> AssayError {
    AssayError(.invalidFile, message, at: Place(path, line: row.line))
  }
}
