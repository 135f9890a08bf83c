package import AuditTrail
import Dispatch
package import Postgres
import Replay
import Synchronization

/// A database for one session, a copy of the shadow, and the one role that may use it and nothing else.
package struct PostgresClone: Sendable, Hashable {
  /// The database's name.
  package let database: String
  /// The role's name: no superuser, owner of the database and of every object in it.
  package let role: String
  /// How the role connects to the clone.
  package let connection: PostgresParameters
  /// How the role that may read and change everything in it connects to it, to measure; it is not a superuser.
  package let measurer: PostgresParameters

  /// A text in which the clone's own names are those of every clone: what says them tells nothing of values.
  func anonymous(_ text: String) -> String {
    guard text.contains(database) || text.contains(role) else { return text }
    return text.replacing(database, with: "clone").replacing(role, with: "clone")
  }
}

/// Clones of one template, made ahead on a thread of its own; safe from any thread.
package final class PostgresClonePool: Sendable {
  /// What the clones are made from and how they are bounded.
  package struct Settings: Sendable {
    /// How the superuser connects, to any database but the template.
    package var admin: PostgresParameters
    /// The database to copy; nothing may be connected to it.
    package var template: String
    /// The roles beside the clones' own: each clone's role takes over what the one owns, and the other becomes a member of
    /// each.
    package var roles: ShadowRoles
    /// What the names of databases and roles begin with.
    package var prefix: String
    /// The password of the clones' roles, where the server asks for one.
    package var password: String?
    /// How many clones wait for a session.
    package var ahead: Int
    /// How many used clones may wait to be dropped, each of some 10 MB of the server's disk: making one comes first till then.
    package var undropped = 32
    /// Bounds of a clone's role, by the server's setting.
    package var limits = [
      "statement_timeout": "60s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "120s",
      "temp_file_limit": "1GB",
    ]

    /// Settings with the usual bounds.
    package init(
      admin: PostgresParameters, template: String, roles: ShadowRoles, prefix: String, password: String? = nil,
      ahead: Int = 4
    ) {
      self.admin = admin
      self.template = template
      self.roles = roles
      self.prefix = prefix
      self.password = password
      self.ahead = ahead
    }

    /// How a role without rights of the server's connects to a database.
    package func connection(_ database: String, _ role: String, _ application: String) -> PostgresParameters {
      var parameters = admin.with([
        "dbname": database, "user": role, "application_name": application, "options": "-c timezone=UTC",
      ])
      parameters["password"] = password
      return parameters
    }
  }

  private struct State {
    var ready: [PostgresClone] = []
    var used: [PostgresClone] = []
    var toDrop: [PostgresClone] = []
    var toMake = 0
    var made = 0
    /// Nothing is dropped before so many were made: a process of the server that takes no signal holds every drop up.
    var nextDrop = 0
    var failure: AssayError?
    var isClosed = false
  }

  private enum Job {
    case make(Int)
    case drop(PostgresClone)
    case wait, end
  }

  private static let clonesBetweenDrops = 50

  package let settings: Settings
  private let state: Mutex<State>
  private let hasWork = DispatchSemaphore(value: 0)
  private let hasClone = DispatchSemaphore(value: 0)
  private let thread = DispatchGroup()

  /// Starts making clones.
  package init(_ settings: Settings) {
    self.settings = settings
    var first = State()
    first.toMake = max(1, settings.ahead)
    state = Mutex(first)
    DispatchQueue(label: "assay.clones").async(group: thread) { self.work() }
    hasWork.signal()
  }

  /// A fresh clone; waits until one is made.
  package func take() throws(AssayError) -> PostgresClone {
    state.withLock { $0.toMake += 1 }
    hasWork.signal()
    hasClone.wait()
    let (clone, failure) = state.withLock { state -> (PostgresClone?, AssayError?) in
      if let failure = state.failure { return (nil, failure) }
      guard !state.isClosed, !state.ready.isEmpty else { return (nil, nil) }
      let clone = state.ready.removeFirst()
      state.used.append(clone)
      return (clone, nil)
    }
    if let clone {
      hasWork.signal()
      return clone
    }
    // Whoever waits beside us is told too.
    hasClone.signal()
    throw failure
      ?? AssayError(.internalFault, "A clone was asked for after the shadow was closed; please report this.")
  }

  /// Takes back a clone that was only read, for whoever comes next; nothing of ours may be connected to it.
  package func giveBack(_ clone: PostgresClone) {
    let isOurs = state.withLock { state -> Bool in
      guard !state.isClosed, let index = state.used.firstIndex(of: clone) else { return false }
      state.used.remove(at: index)
      state.ready.append(clone)
      return true
    }
    if isOurs { hasClone.signal() }
  }

  /// Drops a clone with its role, in the background; nothing of ours may be connected to it.
  package func discard(_ clone: PostgresClone) {
    state.withLock { state in
      guard let index = state.used.firstIndex(of: clone) else { return }
      state.used.remove(at: index)
      state.toDrop.append(clone)
    }
    hasWork.signal()
  }

  /// Ends the thread, once what it does is done. The clones stay: who made the pool removes what is left.
  package func close() {
    state.withLock { state in
      state.isClosed = true
      state.toMake = 0
      state.toDrop = []
    }
    hasWork.signal()
    thread.wait()
    hasClone.signal()
  }

  // MARK: The thread

  private func work() {
    while true {
      let job = state.withLock { state -> Job in
        if state.failure != nil, !state.isClosed { return .wait }
        let mayDrop = !state.toDrop.isEmpty && state.made >= state.nextDrop
        if mayDrop, state.toDrop.count >= settings.undropped { return .drop(state.toDrop.removeFirst()) }
        if state.toMake > 0, state.ready.count < max(1, settings.ahead) {
          state.toMake -= 1
          state.made += 1
          return .make(state.made)
        }
        if mayDrop { return .drop(state.toDrop.removeFirst()) }
        return state.isClosed ? .end : .wait
      }
      do {
        switch job {
        case .make(let number):
          let clone = try make(number)
          state.withLock { $0.ready.append(clone) }
          hasClone.signal()
        case .drop(let clone): try drop(clone)
        case .wait: hasWork.wait()
        case .end: return
        }
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
        hasClone.signal()
      }
    }
  }

  /// A connection a job: the server is a socket away, and none is left open to hold what others drop.
  private func make(_ number: Int) throws(AssayError) -> PostgresClone {
    let name = "\(settings.prefix)\(number)"
    do {
      let server = try PostgresConnection(settings.admin)
      try server.script(Self.roleScript(name, settings))
      try server.script(
        "CREATE DATABASE \(quoted(name)) TEMPLATE \(quoted(settings.template)) OWNER \(quoted(name))"
          + " STRATEGY file_copy")
      try server.script("REVOKE ALL ON DATABASE \(quoted(name)) FROM PUBLIC")
      let clone = try PostgresConnection(settings.admin.with(["dbname": name]))
      try clone.script("REASSIGN OWNED BY \(quoted(settings.roles.owner)) TO \(quoted(name))")
    } catch {
      throw fault("A clone of the shadow could not be made", error)
    }
    return PostgresClone(
      database: name, role: name, connection: settings.connection(name, name, "assay replay"),
      measurer: settings.connection(name, settings.roles.measurer, "assay"))
  }

  /// The one role of a clone: it may log in, and owns what it was given; nothing else.
  private static func roleScript(_ name: String, _ settings: Settings) -> String {
    let password = settings.password.map { "PASSWORD \(literal($0))" } ?? "PASSWORD NULL"
    let limits = settings.limits.sorted { $0.key < $1.key }.map {
      "ALTER ROLE \(quoted(name)) SET \($0.key) = \(literal($0.value));"
    }
    return """
      CREATE ROLE \(quoted(name)) LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS \(password);
      GRANT \(quoted(name)) TO \(quoted(settings.roles.measurer));
      \(limits.joined(separator: "\n"))
      """
  }

  private func drop(_ clone: PostgresClone) throws(AssayError) {
    do {
      let server = try PostgresConnection(settings.admin)
      try server.script("SET statement_timeout = '5s'")
      try dropClone(clone.database, on: server, settings.admin)
    } catch  where error.sqlstate == "57014" || error.sqlstate == "55006" {
      // Who made the pool removes what is left.
      state.withLock { state in
        state.toDrop.append(clone)
        state.nextDrop = state.made + Self.clonesBetweenDrops
      }
    } catch {
      throw fault("A clone of the shadow could not be dropped", error)
    }
  }

  private func fault(_ message: String, _ error: PostgresError) -> AssayError {
    AssayError(
      error.sqlstate == "53100" ? .inputOutput : .unavailable,
      message + "; check the disk and the rights of the role that connects.", cause: error.withoutLiterals)
  }
}

/// Drops a clone: what a session prepared for a two-phase commit outlives it and would hold the database.
package func dropClone(
  _ name: String, on server: borrowing PostgresConnection, _ admin: PostgresParameters
) throws(PostgresError) {
  let prepared = try server.execute(
    "SELECT gid FROM pg_prepared_xacts WHERE database = $1 ORDER BY gid", [PostgresValue(name)]
  ).firstColumn
  if !prepared.isEmpty {
    let clone = try PostgresConnection(admin.with(["dbname": name]))
    for identifier in prepared { try clone.script("ROLLBACK PREPARED \(literal(identifier))") }
  }
  try server.script("DROP DATABASE IF EXISTS \(quoted(name)) WITH (FORCE)")
  try server.script("DROP ROLE IF EXISTS \(quoted(name))")
}
