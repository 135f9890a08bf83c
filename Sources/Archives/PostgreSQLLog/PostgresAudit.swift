import AuditTrail

/// One line of pgaudit. Source: pgaudit 1.7, README "Format" and `log_audit_event`.
///
/// Nine fields, ten with `pgaudit.log_rows`. They are CSV, but for text that older releases and some services leave without
/// quotes: then seven fields are taken from the left, parameters and rows from the right, and the middle is the text.
struct PostgresAudit {
  /// What the field of a text or of parameters holds.
  enum Field: Equatable {
    /// As it is.
    case value(String)
    /// There is none.
    case none
    /// It is on an earlier line of the statement.
    case previously
    /// Logging it is switched off.
    case notLogged

    init(_ text: String) {
      switch text {
      case "<none>": self = .none
      case "<previously logged>", "[previously logged]": self = .previously
      case "<not logged>", "[not logged]": self = .notLogged
      default: self = .value(text)
      }
    }

    /// The text, where it is here.
    var text: String? {
      if case .value(let text) = self { return text }
      return nil
    }
  }

  /// What the message of such a line begins with.
  static let mark = Array("AUDIT: ".utf8)

  /// The backend call, counted within the session.
  var statement: Int64
  /// The statement within it.
  var substatement: Int64
  /// READ, WRITE, FUNCTION, ROLE, DDL or MISC.
  var kind: String
  /// The command.
  var command: String
  /// The text.
  var sql: Field
  /// The parameters.
  var parameters: Field
  /// The rows, with `pgaudit.log_rows`.
  var rows: Int64?
  /// Whether the text had no quotes where it needs some.
  var isLenient = false

  /// An audit line from its fields.
  init(statement: Int64, substatement: Int64, kind: String, command: String, sql: Field, parameters: Field) {
    self.statement = statement
    self.substatement = substatement
    self.kind = kind
    self.command = command
    self.sql = sql
    self.parameters = parameters
  }

  /// Reads the text behind `AUDIT: `.
  init(_ bytes: ArraySlice<UInt8>) throws(Rejection) {
    if let fields = try? CSVFields(bytes), let rows = Self.rows(of: fields) {
      try self.init(fields)
      sql = Field(fields.text(7) ?? "")
      parameters = Field(fields.text(8) ?? "")
      self.rows = rows.value
      return
    }
    let (head, rest) = try Self.split(bytes)
    try self.init(try CSVFields(head))
    let tail = try Self.tail(of: rest)
    sql = Field(String(decoding: tail.text, as: UTF8.self))
    parameters = tail.parameters
    rows = tail.rows
    isLenient = true
  }

  private init(_ fields: CSVFields) throws(Rejection) {
    let type = fields.text(0)
    guard type == "SESSION" || type == "OBJECT" else { throw .unexpected("AUDIT_TYPE", expected: "SESSION, OBJECT") }
    guard let statement = fields.text(1).flatMap({ Int64($0) }), let part = fields.text(2).flatMap({ Int64($0) }) else {
      throw .illTyped("STATEMENT_ID", expected: "whole number")
    }
    self.init(
      statement: statement, substatement: part, kind: fields.text(3) ?? "", command: fields.text(4) ?? "", sql: .none,
      parameters: .none)
  }

  /// The rows of a strict line; `nil` where the fields are not nine, or ten with a number at the end.
  private static func rows(of fields: CSVFields) -> (value: Int64?, Void)? {
    if fields.count == 9 { return (nil, ()) }
    guard fields.count == 10, let rows = fields.text(9).flatMap({ Int64($0) }), rows >= 0 else { return nil }
    return (rows, ())
  }

  private static let arity = Rejection(
    "bad_arity", "The AUDIT line has neither nine nor ten fields, as pgaudit writes them")

  /// The seven fields from the left, and the rest.
  private static func split(
    _ bytes: ArraySlice<UInt8>
  ) throws(Rejection) -> (head: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
    var (commas, isQuoted) = (0, false)
    for index in bytes.indices {
      if bytes[index] == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if bytes[index] == UInt8(ascii: ","), !isQuoted {
        commas += 1
        if commas == 7 { return (bytes[..<index], bytes[(index + 1)...]) }
      }
    }
    throw arity
  }

  /// Text, parameters and rows from the right. Only marks are taken for parameters: a value cannot be told from the text.
  private static func tail(
    of rest: ArraySlice<UInt8>
  ) throws(Rejection) -> (text: ArraySlice<UInt8>, parameters: Field, rows: Int64?) {
    guard var comma = rest.lastIndex(of: UInt8(ascii: ",")) else { throw arity }
    var last = String(decoding: rest[(comma + 1)...], as: UTF8.self)
    var rows: Int64?
    if let number = Int64(last), number >= 0 {
      guard let before = rest[..<comma].lastIndex(of: UInt8(ascii: ",")) else { throw arity }
      last = String(decoding: rest[(before + 1)..<comma], as: UTF8.self)
      (rows, comma) = (number, before)
    }
    let parameters = Field(last)
    guard parameters.text == nil else { throw arity }
    let text = rest[..<comma]
    // pgaudit's own example has one more comma there.
    return (text.last == UInt8(ascii: ",") ? text.dropLast() : text, parameters, rows)
  }

  /// The parameters' values; `nil` where they are not logged, or are not all told: a NULL and an empty text look the same.
  var values: [Parameter]? {
    guard let text = parameters.text, let fields = try? CSVFields(Array(text.utf8)[...]) else { return nil }
    var values: [Parameter] = []
    for number in 0..<fields.count {
      guard let value = fields.text(number), value != "<long param suppressed>" else { return nil }
      values.append(Parameter(type: nil, value: value))
    }
    return values
  }

  /// Whether its row count is that of rows read or changed: other commands say 0.
  var countsRows: Bool { rows != nil && ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"].contains(command) }

  /// Whether a text is this one's: passwords are cut off as `<REDACTED>`.
  func tells(of text: String) -> Bool {
    guard let sql = sql.text else { return false }
    if sql == text { return true }
    let mark = " <REDACTED>"
    guard sql.hasSuffix(mark) else { return false }
    return text.utf8.count > sql.utf8.count - mark.utf8.count
      && text.utf8.starts(with: sql.utf8.dropLast(mark.utf8.count))
  }
}
