import AuditTrail
import Digests
import SeededRandom

/// A call with what the proxy decided and what came of it.
struct DecidedCall {
  var call: Call
  var action = Action.allow
  var rule: String?
  var masked: [String] = []
  var message: String?
  var approval: String?
  /// Whether the database was asked; blocked and unapproved statements were not.
  var ran = true
  var error: RecordedError?
  var unit: UnitReference?
  /// When it was sent; without it, some seconds after the one before.
  var time: Timestamp?
  /// A recorded row count that is not the shadow's.
  var recordedRows: Int?
  /// Whether the archive leaves out the values of `$1`, ….
  var omitsParameters = false

  static func allow(_ call: Call) -> DecidedCall { DecidedCall(call: call) }

  static func mask(_ call: Call, _ columns: [String], rule: String) -> DecidedCall {
    DecidedCall(call: call, action: .mask, rule: rule, masked: columns)
  }

  static func block(_ call: Call, rule: String, message: String) -> DecidedCall {
    DecidedCall(call: call, action: .block, rule: rule, message: message, ran: false)
  }

  static func review(_ call: Call, rule: String, approval: String, ran: Bool = true) -> DecidedCall {
    DecidedCall(call: call, action: .review, rule: rule, approval: approval, ran: ran)
  }

  /// The same, under an approval.
  func under(_ approval: String?) -> DecidedCall {
    var copy = self
    copy.approval = approval ?? self.approval
    return copy
  }

  /// The same, sent at a moment.
  func at(_ time: Timestamp) -> DecidedCall {
    var copy = self
    copy.time = time
    return copy
  }
}

/// A session as the native archive records it.
struct NativeSession {
  var opening: SessionOpening
  var statements: [StatementRecord]
  var closing: SessionClosing

  /// How long after a statement the next is sent, at most, in milliseconds.
  static let pause = 400...9000

  init(
    _ name: String, at start: Timestamp, by actor: Actor, to connection: Connection, purpose: Purpose? = nil,
    random: inout SplitMix64, _ calls: [DecidedCall]
  ) {
    opening = SessionOpening(
      session: name, time: start, identity: actor.identity,
      client: Client(address: actor.address, application: actor.application), connection: connection,
      purpose: purpose, actsFor: actor.actsFor, agent: actor.agent)
    statements = []
    var time = start
    for (index, decided) in calls.enumerated() {
      time = max(decided.time ?? time, time.adding(milliseconds: random.number(in: Self.pause)))
      statements.append(
        decided.record(session: name, sequence: index + 1, time: time, microseconds: random.number(in: 150...9000)))
    }
    closing = SessionClosing(
      session: name, time: time.adding(milliseconds: random.number(in: 500...30_000)),
      statements: Int64(statements.count))
  }
}

extension DecidedCall {
  func record(session: String, sequence: Int, time: Timestamp, microseconds: Int) -> StatementRecord {
    let rows = recordedRows ?? call.rows
    let result = RecordedResult(
      rows: error == nil ? rows.map { Int64($0) } : nil, rowsKind: error == nil ? call.kind : .unknown,
      durationMicroseconds: Int64(microseconds), error: error)
    return StatementRecord(
      session: session, sequence: Int64(sequence), time: time, sql: call.sql,
      parameters: call.parameters.isEmpty || omitsParameters ? nil : call.parameters,
      decision: Decision(
        action: action, rule: rule, policy: action == .observed ? nil : Policy.name,
        policyVersion: action == .observed ? nil : Days.policyVersion(at: time), masked: masked, message: message),
      approval: approval, result: ran ? result : nil, unit: unit)
  }
}

/// Names of the policy's rules, as the files under `samples/policies/` spell them.
enum Policy {
  static let name = "production-guardrails"
  static let humanWrites = "human-writes-reviewed"
  static let paymentReads = "payments-reads-reviewed"
  static let schemaChange = "schema-change"
  static let dropTable = "drop-table"
  static let dropTableText = "drop-table-text"
  static let agentCustomerWrites = "agents-do-not-write-customers"
  static let unparsed = "unparsed-statement"
  static let billingMask = "billing-reads-masked"
  static let agentMask = "agents-read-masked"
  /// What both masking rules mask.
  static let maskedColumns = ["customers.email", "customers.ssn"]
}

/// The SHA-256 of a script's whole text, its statements joined by semicolons.
func digestOfScript(_ texts: [String]) -> String { SHA256Digest(of: texts.joined(separator: ";\n") + ";").hex }
