import AuditTrail
import SeededRandom

/// What other systems hold of the clinic's people and their access, with something wrong in most of it.
enum Registers {
  /// A register with the system that it was taken from.
  struct Register {
    let path: String
    let table: CSV
    let system: String
    let query: String
    let extractor: Actor
  }

  private static let sales = "sales"
  private static let analyst = "kim@example.org"
  private static let forgotten = "max@example.org"

  /// Every register but that of encryption.
  static var all: [Register] {
    [
      Register(path: "hr/leavers.csv", table: leavers, system: "personnel", query: "who left", extractor: People.dana),
      Register(
        path: "hr/movers.csv", table: movers, system: "personnel", query: "who changed roles", extractor: People.dana),
      Register(
        path: "access/accounts.csv", table: accounts, system: "sign-on", query: "all accounts", extractor: People.cleo),
      Register(
        path: "access/entitlements-2026-07-01.csv", table: entitlements(closing: false), system: "sign-on",
        query: "roles on 1 July", extractor: People.cleo),
      Register(
        path: "access/entitlements-2026-09-30.csv", table: entitlements(closing: true), system: "sign-on",
        query: "roles on 30 September", extractor: People.cleo),
      Register(
        path: "access/logons.csv", table: logons, system: "sign-on", query: "failures, and what followed",
        extractor: People.cleo),
      Register(
        path: "access/audit_access.csv", table: auditAccess, system: "audit store", query: "all accesses",
        extractor: People.cleo),
      Register(
        path: "access/event_types.csv", table: eventTypes, system: "logging policy", query: "what is logged",
        extractor: People.cleo),
      Register(
        path: "access/test_data.csv", table: testData, system: "wiki", query: "data outside of production",
        extractor: People.cleo),
      Register(
        path: "access/inventory.csv", table: inventory, system: "audit store", query: "what is kept",
        extractor: People.cleo),
      Register(
        path: "access/deletions.csv", table: deletions, system: "tracker", query: "requests for deletion and purges",
        extractor: People.dana),
      Register(
        path: "reviews/campaigns.csv", table: campaigns, system: "sign-on", query: "reviews of roles",
        extractor: People.cleo),
      Register(
        path: "reviews/log.csv", table: reviewLog, system: "wiki", query: "weekly reviews of the audit records",
        extractor: People.cleo),
      Register(
        path: "reviews/emergency.csv", table: emergency, system: "tracker", query: "emergency access",
        extractor: People.eve),
    ]
  }

  /// Jo's access was disabled after six hours: late for FedRAMP's four, in time for a day.
  private static var leavers: CSV {
    var table = CSV("user", "at", "disabled_at")
    table.append("hal@example.org", "2026-07-10T16:00:00Z", "2026-07-10T16:20:00Z")
    table.append("jo@example.org", "2026-07-24T12:00:00Z", "2026-07-24T18:00:00Z")
    table.append("iris@example.org", "2026-08-31T15:00:00Z", "2026-08-31T17:45:00Z")
    return table
  }

  private static var movers: CSV {
    var table = CSV("user", "at", "old_role", "new_role")
    table.append(People.finn.user, "2026-07-13T08:00:00Z", sales, "developer")
    table.append(People.gus.user, "2026-07-06T08:00:00Z", "trainee", "developer")
    return table
  }

  private static var accounts: CSV {
    var table = CSV("user", "enabled", "created", "last_login", "privileged", "owner")
    func add(
      _ user: String, _ login: String, isEnabled: Bool = true, privileged: Bool = false, owner: String? = nil
    ) {
      table.append(user, "\(isEnabled)", "2024-05-02", login, "\(privileged)", owner ?? user)
    }
    for person in [People.ana, People.dana, People.finn, People.gus] { add(person.user, "2026-09-29") }
    for person in [People.ben, People.cleo, People.eve] { add(person.user, "2026-09-28", privileged: true) }
    add(People.frontDesk.user, "2026-09-30", owner: People.dana.user)
    for service in [People.app, People.billing, People.jobs, People.portal] {
      add(service.user, "", owner: People.finn.user)
    }
    for agent in [People.reportBot, People.tuningBot, People.cleanupBot, People.careBot] {
      add(agent.user, "", owner: agent.actsFor)
    }
    for leaver in ["hal@example.org", "iris@example.org", "jo@example.org"] {
      add(leaver, "2026-07-01", isEnabled: false)
    }
    add(analyst, "2026-09-29")
    add(forgotten, "2026-03-30")
    return table
  }

  /// Kim's role came past the proxy; Finn kept the one of the job before; Dana may not use the warehouse, her agent may.
  private static func entitlements(closing isClosing: Bool) -> CSV {
    var table = CSV("user", "role", "connection", "privilege")
    func add(_ actor: Actor, _ role: String, _ connection: Connection, _ privilege: String) {
      table.append(actor.user, role, connection.name, privilege)
    }
    for developer in [People.ana, People.finn, People.gus] {
      add(developer, "developer", Connections.clinic, "read")
      add(developer, "developer", Connections.staging, "write")
    }
    for writer in [People.ana, People.finn] { add(writer, "writer", Connections.admin, "write") }
    if isClosing { add(People.gus, "writer", Connections.admin, "write") }
    add(People.finn, sales, Connections.reporting, "read")
    for admin in [People.ben, People.eve] { add(admin, "dba", Connections.admin, "change") }
    add(People.ben, "dba", Connections.clinic, "read")
    for connection in [Connections.clinic, Connections.admin, Connections.reporting] {
      add(People.dana, "care", connection, "read")
    }
    add(People.frontDesk, "care", Connections.clinic, "read")
    for service in [People.app, People.billing, People.jobs, People.portal] {
      add(service, "service", Connections.clinic, "write")
    }
    add(People.billing, "service", Connections.legacyBilling, "write")
    add(People.careBot, "agent", Connections.clinic, "write")
    add(People.reportBot, "agent", Connections.clinic, "write")
    for connection in [Connections.reporting, Connections.warehouse] {
      add(People.reportBot, "agent", connection, "read")
    }
    add(People.tuningBot, "agent", Connections.clinic, "read")
    if isClosing { table.append(analyst, "analyst", Connections.reporting.name, "read") }
    return table
  }

  private static var logons: CSV {
    var table = CSV("user", "at", "result", "lockout")
    func add(_ user: String, _ second: Int, _ isSuccess: Bool = false, lockout: Bool = false, day: (Int, Int)) {
      let time = Days.time(Days.day(day.0, day.1), 7).adding(seconds: second)
      table.append(user, time.description, isSuccess ? "success" : "failure", "\(lockout)")
    }
    for (place, second) in [0, 20, 45].enumerated() { add(People.ana.user, second, lockout: place == 2, day: (7, 8)) }
    add(People.ana.user, 1900, true, day: (7, 8))
    add(People.dana.user, 10, day: (8, 4))
    add(People.dana.user, 30, true, day: (8, 4))
    for second in [0, 5, 11, 16] { add(People.gus.user, second, day: (9, 14)) }
    add(People.gus.user, 31, true, day: (9, 14))
    return table
  }

  private static var auditAccess: CSV {
    var table = CSV("actor", "action", "object", "at")
    table.append("vera@example.org", "read", "gw-1 2026-W28", "2026-07-13T08:05:00Z")
    table.append("vera@example.org", "export", "gw-1 2026-W27 to 2026-W30", "2026-07-27T09:00:00Z")
    table.append(People.eve.user, "read", "gw-1 2026-W33", "2026-08-13T10:20:00Z")
    table.append("retention-job", "delete", "gw-1 2025-W33", "2026-08-16T02:00:00Z")
    return table
  }

  /// Nobody thought that anybody would change anything on the reporting connection.
  private static var eventTypes: CSV {
    var table = CSV("connection", "event")
    for event in ["session_opened", "session_closed", "read", "write", "refused"] { table.append("*", event) }
    table.append(Connections.clinic.name, "failed")
    table.append(Connections.admin.name, "approval")
    for connection in [Connections.clinic, Connections.admin, Connections.staging] {
      table.append(connection.name, "change")
    }
    return table
  }

  private static var testData: CSV {
    var table = CSV("connection", "basis", "made_by", "approved_by", "at")
    table.append(Connections.staging.name, "synthetic", People.ben.user, People.cleo.user, "2026-06-30")
    return table
  }

  /// November of the year before was never moved to the new store. The gateway's archives are said to be encrypted, and are not.
  private static var inventory: CSV {
    var table = CSV("archive", "from", "to", "tier", "hold", "encryption")
    table.append("cold store", "2024-01-01", "2025-10-31", "archive", "false", "storage")
    table.append("cold store", "2025-12-01", "2026-04-30", "archive", "true", "storage")
    table.append(sealedAway, "2026-05-01", "2026-05-31", "archive", "true", "file")
    table.append("archives/native", "2026-06-01", "2026-09-30", "online", "false", "file")
    table.append("archives/hoop", "2026-06-01", "2026-09-30", "online", "false", "storage")
    return table
  }

  /// The file of the gateway's records of May.
  static let sealedAway = "cold/gw-1-2026-05.jsonl.age"

  /// A file in the form of age (age-encryption.org/v1) with nothing in it: its stanza and all that follows are made up.
  static var encrypted: [UInt8] {
    var random = SplitMix64(seed: 2026_05)
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(random.number(below: 256)) } }
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    func text(_ count: Int) -> String { String((0..<count).map { _ in random.pick(letters) }) }
    let head = "age-encryption.org/v1\n-> X25519 \(text(43))\n\(text(43))\n--- \(text(43))\n"
    return Array(head.utf8) + bytes(1024)
  }

  /// The closed branch's visits went as asked. Of the cancelled ones more than was asked, the purge was rolled back, a customer's
  /// feedback was forgotten and a browser's session went late. The last is not due yet.
  private static var deletions: CSV {
    var table = CSV("request", "subject", "due", "table", "rows")
    table.append("OPS-77", "branch-3", "2026-08-31", "visits", "6480")
    table.append("OPS-77", "branch-3", "2026-08-31", "prescriptions", "4985")
    table.append("OPS-81", "called off until 2025", "2026-08-31", "visits", "840")
    table.append("PURGE-3", "done", "2026-08-31", "visits", "")
    table.append("DSR-14", "1128", "2026-08-31", "sessions_cache", "1")
    table.append("DSR-15", "944", "2026-08-31", "sessions_cache", "")
    table.append("DSR-19", "1204", "2026-09-15", "feedback", "")
    table.append("DSR-23", "1377", "2026-10-20", "feedback", "")
    return table
  }

  private static var campaigns: CSV {
    var table = CSV("scope", "due", "done", "reviewer", "snapshot_sha256", "entitlements", "decided")
    let digest = { (digit: String) in String(repeating: digit, count: 64) }
    table.append("privileged", "2026-07-31", "2026-07-29", People.cleo.user, digest("a"), "4", "4")
    table.append("all", "2026-09-30", "2026-09-30", People.cleo.user, digest("b"), "27", "25")
    return table
  }

  /// Every week has its review on the Monday after, but the week of the missing hour.
  private static var reviewLog: CSV {
    var table = CSV("week", "reviewer", "start", "end", "findings")
    for monday in stride(from: Days.day(6, 29), through: Days.day(9, 21), by: 7) where monday != Days.day(8, 10) {
      let start = Days.time(monday + 6, 8)
      table.append(
        Days.week(monday), "vera@example.org", start.description, start.adding(seconds: 2400).description,
        monday == Days.day(7, 20) ? "2" : "0")
    }
    return table
  }

  private static var emergency: CSV {
    var table = CSV("session", "ticket", "reviewer", "at")
    table.append("gw1-finn-admin-0804", "INC-12", People.cleo.user, "2026-08-05T08:00:00Z")
    return table
  }

  /// How the sessions of both gateways were encrypted. The old billing database takes no TLS.
  static func encryption(_ sessions: [(key: String, connection: Connection)]) -> CSV {
    var table = CSV("session", "leg", "version", "cipher")
    for (key, connection) in sessions {
      table.append(key, "client", "TLSv1.3", "TLS_AES_256_GCM_SHA384")
      if connection.name == Connections.legacyBilling.name {
        table.append(key, "database", "none", "")
      } else {
        table.append(key, "database", "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384")
      }
    }
    return table
  }

  /// What tests must note of them.
  static let exceptions = [
    ExpectedException(test: "T-04", subject: "clinic-reporting", story: "A kind of event that nobody declared"),
    ExpectedException(test: "T-06", subject: "2025-11-01", story: "A month of audit records that nobody kept"),
    ExpectedException(test: "T-09", subject: analyst, story: "A role that no recorded change explains"),
    ExpectedException(test: "T-10", subject: "jo@example.org", story: "Access disabled after six hours"),
    ExpectedException(test: "T-11", subject: forgotten, story: "An enabled account that nobody used since March"),
    ExpectedException(
      test: "T-12", subject: "2 of 27 entitlements", story: "A review that left two entitlements undecided"),
    ExpectedException(test: "T-13", subject: "eve@example.org", story: "A right to change structure that was not used"),
    ExpectedException(
      test: "T-17", subject: "b4ce485d-11c1-2a6f-fd0a-cffe96eb3c48",
      story: "A forced approval through hoop that nobody reviewed"),
    ExpectedException(test: "T-22", subject: "gus@example.org", story: "An index made by somebody who may only write"),
    ExpectedException(
      test: "T-22", subject: "tuning-bot@example.org", story: "An index dropped by an agent that may only read"),
    ExpectedException(test: "T-26", subject: "retention-job", story: "A deletion in the audit store"),
    ExpectedException(
      test: "T-26", subject: "eve@example.org", story: "A database administrator read the audit records"),
    ExpectedException(test: "T-27", subject: "2026-W33", story: "Nobody reviewed the week of the missing hour"),
    ExpectedException(
      test: "T-31", subject: "care-bot@example.org", story: "2,000 rows read at once, and nobody was asked"),
    ExpectedException(test: "T-33", subject: "legacy-billing", story: "No TLS to the old billing database"),
    ExpectedException(
      test: "T-34", subject: "archives/native", story: "Archives that are said to be encrypted lie in plain text"),
    ExpectedException(test: "T-36", subject: "gus@example.org", story: "Four failures, no lockout, then a success"),
    ExpectedException(test: "T-20", subject: "run a program", story: "No rule looks for programs of the server"),
    ExpectedException(
      test: "T-20", subject: "read a file of the server", story: "No rule looks for files of the server"),
    ExpectedException(test: "T-20", subject: "load code", story: "No rule looks for libraries"),
    ExpectedException(
      test: "T-20", subject: "overwrite by an upsert", story: "Rules look at updates, and not at upserts"),
    ExpectedException(test: "T-20", subject: "read the whole table", story: "People may read customers"),
    ExpectedException(
      test: "T-20", subject: "read the column under another name", story: "People may read customers under any name"),
    ExpectedException(
      test: "T-20", subject: "read the column inside an expression", story: "People may read customers in any form"),
    ExpectedException(test: "T-20", subject: "copy the table out", story: "People may copy customers out"),
    ExpectedException(test: "T-37", subject: "finn@example.org", story: "A connection that was new to Finn"),
    ExpectedException(test: "T-37", subject: "care-bot@example.org", story: "The care agent writes for the first time"),
    ExpectedException(
      test: "T-37", subject: "report-bot@example.org", story: "An agent writes for the first time, where it never was"),
    ExpectedException(test: "T-37", subject: "billing-svc@example.org", story: "Billing moves to its old database"),
    ExpectedException(
      test: "T-37", subject: "dana@example.org", story: "Dana on the day of the password, on a connection new to her"),
    ExpectedException(
      test: "T-39", subject: "OPS-81 visits too many rows",
      story: "All cancelled visits deleted where 840 were asked for"),
    ExpectedException(
      test: "T-39", subject: "OPS-81 visits rows of other tables", story: "Prescriptions that nobody asked to delete"),
    ExpectedException(test: "T-39", subject: "PURGE-3", story: "A purge that was rolled back"),
    ExpectedException(test: "T-39", subject: "DSR-15", story: "A deletion that came 24 days late"),
    ExpectedException(test: "T-39", subject: "DSR-19", story: "A request for deletion that nobody served"),
    ExpectedException(test: "T-43", subject: "clinic-warehouse", story: "An agent where its principal has no access"),
    ExpectedException(
      test: "T-43", subject: "cleanup-bot@example.org", story: "hoop does not say for whom the agent acts"),
    ExpectedException(test: "T-44", subject: "a-forced-0804", story: "A reviewer was overridden"),
    ExpectedException(test: "T-45", subject: "finn@example.org", story: "The role of the job before was kept"),
    ExpectedException(test: "T-08", subject: "dana@example.org", story: "Signed on with a password alone"),
    ExpectedException(
      test: "T-24", subject: "gw1-gus-admin-0723/1", story: "An index made in production and tried nowhere before"),
  ]
}
