/// The `archive` line: what wrote the archive.
public struct ArchiveHeader: Sendable, Hashable {
  /// The proxy's product name, such as `hoop`.
  public var proxyName: String
  /// Its version.
  public var proxyVersion: String?
  /// The instance that wrote this archive.
  public var instance: String?
  /// The default environment of its connections.
  public var environment: String?
  /// The root of the segment before, in hex.
  public var previous: String?

  /// A header.
  public init(
    proxyName: String, proxyVersion: String? = nil, instance: String? = nil, environment: String? = nil,
    previous: String? = nil
  ) {
    self.proxyName = proxyName
    self.proxyVersion = proxyVersion
    self.instance = instance
    self.environment = environment
    self.previous = previous
  }
}

/// A session's opening: who, what and why.
public struct SessionOpening: Sendable, Hashable {
  /// The proxy's name of the session.
  public var session: String
  /// When it was opened.
  public var time: Timestamp
  /// Who opened it; `nil` where the archive names only a database login.
  public var identity: Identity?
  /// From where.
  public var client: Client
  /// To what.
  public var connection: Connection
  /// Why.
  public var purpose: Purpose?
  /// The person an agent works for.
  public var actsFor: String?
  /// What an agent said of itself.
  public var agent: AgentDescription?
  /// A key that joins it to another system.
  public var correlation: String?

  /// An opening.
  public init(
    session: String, time: Timestamp, identity: Identity?, client: Client, connection: Connection,
    purpose: Purpose? = nil, actsFor: String? = nil, agent: AgentDescription? = nil, correlation: String? = nil
  ) {
    self.session = session
    self.time = time
    self.identity = identity
    self.client = client
    self.connection = connection
    self.purpose = purpose
    self.actsFor = actsFor
    self.agent = agent
    self.correlation = correlation
  }
}

/// A session's end.
public struct SessionClosing: Sendable, Hashable {
  /// The session.
  public var session: String
  /// When it ended.
  public var time: Timestamp
  /// How many statements the proxy says it held; checked against what was read.
  public var statements: Int64?
  /// How many bytes the proxy says it recorded, beside those that were read; `nil` where they cannot be compared.
  public var size: RecordedSize?

  /// A closing.
  public init(session: String, time: Timestamp, statements: Int64?, size: RecordedSize? = nil) {
    self.session = session
    self.time = time
    self.statements = statements
    self.size = size
  }
}

/// The size of a session's recording, counted twice.
public struct RecordedSize: Sendable, Hashable {
  /// Bytes by the source's own count.
  public var counted: Int64
  /// Bytes in the archive.
  public var read: Int64

  /// A size.
  public init(counted: Int64, read: Int64) { (self.counted, self.read) = (counted, read) }
}

/// A change of the policy in force, as the proxy recorded it.
public struct PolicyChange: Sendable, Hashable {
  /// When.
  public var time: Timestamp
  /// Who changed it.
  public var actor: String?
  /// Who approved the change.
  public var approvedBy: String?
  /// The policy.
  public var policy: String
  /// The version before.
  public var fromVersion: String?
  /// The version from now on.
  public var toVersion: String?
  /// The SHA-256 of the policy's text, in hex.
  public var sha256: String?

  /// A policy change.
  public init(
    time: Timestamp, actor: String?, approvedBy: String?, policy: String, fromVersion: String?, toVersion: String?,
    sha256: String?
  ) {
    self.time = time
    self.actor = actor
    self.approvedBy = approvedBy
    self.policy = policy
    self.fromVersion = fromVersion
    self.toVersion = toVersion
    self.sha256 = sha256
  }
}

/// A grant or revocation of access.
public struct AccessChange: Sendable, Hashable {
  /// When.
  public var time: Timestamp
  /// Who made it.
  public var actor: String?
  /// Whose access.
  public var subject: String
  /// `grant` or `revoke`.
  public var change: String
  /// The role.
  public var role: String?
  /// The connection.
  public var connection: String?
  /// Who approved it.
  public var approvedBy: String?
  /// The ticket.
  public var ticket: String?

  /// An access change.
  public init(
    time: Timestamp, actor: String?, subject: String, change: String, role: String?, connection: String?,
    approvedBy: String?, ticket: String?
  ) {
    self.time = time
    self.actor = actor
    self.subject = subject
    self.change = change
    self.role = role
    self.connection = connection
    self.approvedBy = approvedBy
    self.ticket = ticket
  }
}

/// What a row count counts.
public enum RowsKind: String, Sendable, Hashable, CaseIterable {
  case returned, affected, unknown
}

/// An error a database answered with.
public struct RecordedError: Sendable, Hashable {
  /// The five-character SQLSTATE, when recorded.
  public var sqlstate: String?
  /// The message; may quote values, so it is never printed outside an incident.
  public var message: String?

  /// An error.
  public init(sqlstate: String?, message: String?) {
    self.sqlstate = sqlstate
    self.message = message
  }
}

/// What the archive says came of a statement.
public struct RecordedResult: Sendable, Hashable {
  /// Rows returned or affected.
  public var rows: Int64?
  /// Which of the two.
  public var rowsKind: RowsKind
  /// How long it took, in microseconds.
  public var durationMicroseconds: Int64?
  /// The error it ended with.
  public var error: RecordedError?

  /// A result.
  public init(rows: Int64?, rowsKind: RowsKind, durationMicroseconds: Int64?, error: RecordedError?) {
    self.rows = rows
    self.rowsKind = rowsKind
    self.durationMicroseconds = durationMicroseconds
    self.error = error
  }
}

/// A parameter's value as the archive spells it.
public struct Parameter: Sendable, Hashable {
  /// The type the archive names, such as `integer` or `text`; `nil` when it names none.
  public var type: String?
  /// The value as text; `nil` is SQL NULL.
  public var value: String?

  /// A parameter.
  public init(type: String?, value: String?) {
    self.type = type
    self.value = value
  }
}

/// A statement's place in the unit that the proxy decided as one.
public struct UnitReference: Sendable, Hashable {
  /// The proxy's name of the unit, unique within the session.
  public var id: String
  /// The SHA-256 of the unit's whole text, in hex.
  public var sha256: String?
  /// The statement's position in the unit, from 1.
  public var position: Int64
  /// How many statements the unit holds.
  public var count: Int64

  /// A reference.
  public init(id: String, sha256: String?, position: Int64, count: Int64) {
    self.id = id
    self.sha256 = sha256
    self.position = position
    self.count = count
  }
}

/// One SQL text as a client sent it.
public struct StatementRecord: Sendable, Hashable {
  /// The session.
  public var session: String
  /// Its number within the session, from 1 in the order the client sent.
  public var sequence: Int64
  /// When.
  public var time: Timestamp
  /// The text.
  public var sql: String
  /// The parameters; `nil` where the text has none or none were logged (see the flags).
  public var parameters: [Parameter]?
  /// What the proxy did.
  public var decision: Decision
  /// The approval the archive names.
  public var approval: String?
  /// What came of it; `nil` for what did not run or is not recorded (see the flags).
  public var result: RecordedResult?
  /// The unit it belongs to, when that is more than itself.
  public var unit: UnitReference?
  /// What the source could not show.
  public var completeness: Completeness

  /// A statement.
  public init(
    session: String, sequence: Int64, time: Timestamp, sql: String, parameters: [Parameter]? = nil,
    decision: Decision, approval: String? = nil, result: RecordedResult? = nil, unit: UnitReference? = nil,
    completeness: Completeness = []
  ) {
    self.session = session
    self.sequence = sequence
    self.time = time
    self.sql = sql
    self.parameters = parameters
    self.decision = decision
    self.approval = approval
    self.result = result
    self.unit = unit
    self.completeness = completeness
  }
}
