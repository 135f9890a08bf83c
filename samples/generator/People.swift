import AuditTrail

/// Someone or something that uses connections.
struct Actor {
  var user: String
  var kind: IdentityKind
  var groups: [String]
  var mfa: String?
  var address: String
  var application: String
  var actsFor: String?
  var agent: AgentDescription?

  var identity: Identity { Identity(user: user, kind: kind, groups: groups, mfa: mfa) }

  static func human(_ name: String, _ groups: [String], _ address: String) -> Actor {
    Actor(
      user: "\(name)@example.org", kind: .human, groups: groups, mfa: "webauthn", address: address, application: "psql")
  }

  static func service(_ name: String, _ address: String) -> Actor {
    Actor(user: "\(name)@example.org", kind: .service, groups: ["services"], address: address, application: name)
  }

  static func bot(_ name: String, for person: String, task: String, _ address: String) -> Actor {
    Actor(
      user: "\(name)@example.org", kind: .agent, groups: ["agents"], address: address, application: "mcp-client",
      actsFor: "\(person)@example.org",
      agent: AgentDescription(name: name, model: "clinic-assistant-2", task: task, toolCall: "run_sql"))
  }
}

/// The clinic's people, services and agents; all fictional.
enum People {
  static let ana = Actor.human("ana", ["dev"], "192.0.2.11")
  static let ben = Actor.human("ben", ["dba"], "192.0.2.12")
  static let cleo = Actor.human("cleo", ["security", "admin"], "192.0.2.13")
  static let dana = Actor.human("dana", ["care"], "192.0.2.14")
  static let eve = Actor.human("eve", ["dba", "admin"], "192.0.2.15")
  static let finn = Actor.human("finn", ["dev"], "192.0.2.16")
  static let gus = Actor.human("gus", ["dev"], "192.0.2.17")
  /// One account that the whole front desk uses; registered with an owner in `assay.yaml`.
  static let frontDesk = Actor.human("frontdesk", ["care"], "192.0.2.40")

  static let app = Actor.service("app-svc", "198.51.100.10")
  static let billing = Actor.service("billing-svc", "198.51.100.20")
  static let jobs = Actor.service("nightly-jobs", "198.51.100.30")
  static let portal = Actor.service("portal-svc", "198.51.100.40")

  static let reportBot = Actor.bot("report-bot", for: "dana", task: "weekly care report", "203.0.113.5")
  static let tuningBot = Actor.bot("tuning-bot", for: "ben", task: "slow query review", "203.0.113.6")
  static let cleanupBot = Actor.bot("cleanup-bot", for: "ana", task: "remove duplicate visits", "203.0.113.7")
  static let careBot = Actor.bot("care-bot", for: "dana", task: "appointment follow-up", "203.0.113.8")
}

/// What can be connected to.
enum Connections {
  static let clinic = Connection(
    name: "clinic", engine: "postgresql", database: "clinic", databaseUser: "clinic_app", environment: "production",
    tags: ["team": "platform"])
  /// The same database for people: every session needs an approval.
  static let admin = Connection(
    name: "clinic-admin", engine: "postgresql", database: "clinic", databaseUser: "clinic_admin",
    environment: "production", tags: ["team": "platform"])
  static let staging = Connection(
    name: "clinic-staging", engine: "postgresql", database: "clinic_staging", databaseUser: "clinic_dev",
    environment: "staging", tags: ["team": "platform"])
  /// A SQLite extract for the report tools.
  static let reporting = Connection(
    name: "clinic-reporting", engine: "sqlite", database: "clinic.db", environment: "production",
    tags: ["team": "insight"])
  /// A warehouse that nobody made a shadow of.
  static let warehouse = Connection(
    name: "clinic-warehouse", engine: "postgresql", database: "warehouse", databaseUser: "wh_read",
    environment: "production", tags: ["team": "insight"])
  /// An older system that speaks MySQL; hoop only.
  static let legacyBilling = Connection(
    name: "legacy-billing", engine: "mysql", database: "billing", environment: "production", tags: ["team": "finance"])
}
