/// What sort of actor an identity is.
public enum IdentityKind: String, Sendable, Hashable, CaseIterable {
  case human, service, agent
}

/// Where an identity's kind was learnt.
public enum KindBasis: String, Sendable, Hashable, CaseIterable {
  /// The archive says so.
  case recorded
  /// The configuration's `identities:` says so.
  case mapped
  /// Neither says so; the reader's default stands.
  case assumed
}

/// Who used a connection. Never the shared database login, which is ``Connection/databaseUser``.
public struct Identity: Sendable, Hashable {
  /// The proxy's name for the person, service or agent, usually an e-mail address.
  public var user: String
  /// Human, service or AI agent.
  public var kind: IdentityKind
  /// Where the kind was learnt.
  public var kindBasis: KindBasis
  /// The groups the archive records, in its order.
  public var groups: [String]
  /// The strong-authentication method the archive records, such as `webauthn`.
  public var mfa: String?
  /// Who answers for a service or an agent, from the configuration.
  public var owner: String?

  /// An identity.
  public init(
    user: String, kind: IdentityKind, kindBasis: KindBasis = .recorded, groups: [String] = [], mfa: String? = nil,
    owner: String? = nil
  ) {
    self.user = user
    self.kind = kind
    self.kindBasis = kindBasis
    self.groups = groups
    self.mfa = mfa
    self.owner = owner
  }
}

/// What a session was connected to.
public struct Connection: Sendable, Hashable {
  /// The proxy's name of the connection.
  public var name: String
  /// `postgresql`, `sqlite`, `mysql`, `mssql`, … in lower case.
  public var engine: String
  /// The database's name, when recorded.
  public var database: String?
  /// The shared login the proxy used at the database, when recorded.
  public var databaseUser: String?
  /// `production`, `staging`, …, when recorded or configured.
  public var environment: String?
  /// The proxy's tags.
  public var tags: [String: String]

  /// A connection.
  public init(
    name: String, engine: String, database: String? = nil, databaseUser: String? = nil, environment: String? = nil,
    tags: [String: String] = [:]
  ) {
    self.name = name
    self.engine = engine
    self.database = database
    self.databaseUser = databaseUser
    self.environment = environment
    self.tags = tags
  }
}

/// Where a client connected from.
public struct Client: Sendable, Hashable {
  /// The network address, when recorded.
  public var address: String?
  /// The program's name, when recorded.
  public var application: String?

  /// A client.
  public init(address: String? = nil, application: String? = nil) {
    self.address = address
    self.application = application
  }
}

/// Why a session was opened, as its user said.
public struct Purpose: Sendable, Hashable {
  /// A ticket's key.
  public var ticket: String?
  /// A reason in words.
  public var reason: String?

  /// A purpose.
  public init(ticket: String? = nil, reason: String? = nil) {
    self.ticket = ticket
    self.reason = reason
  }

  /// Whether anything was given.
  public var isGiven: Bool { !(ticket ?? "").isEmpty || !(reason ?? "").isEmpty }
}

/// What an AI agent said of itself.
public struct AgentDescription: Sendable, Hashable {
  /// The agent's name.
  public var name: String?
  /// The model that drove it.
  public var model: String?
  /// The task it worked on.
  public var task: String?
  /// The tool call that opened the session.
  public var toolCall: String?

  /// A description.
  public init(name: String? = nil, model: String? = nil, task: String? = nil, toolCall: String? = nil) {
    self.name = name
    self.model = model
    self.task = task
    self.toolCall = toolCall
  }
}
