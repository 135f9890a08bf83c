import AuditTrail
import Digests
import Postgres
import Replay
import SQLAnalysis
import Synchronization

/// Asks the server which sensitive columns a command reads: a role that may read every other column and none of these is
/// refused the command's plan exactly where it needs one of them. Nothing runs.
///
/// The role stands on a clone on which it owns nothing. For a view the server asks for every column that the view reads,
/// and the bodies of functions are not looked into.
/// Source: PostgreSQL 15, 5.7 "Privileges", and `security_invoker` of `CREATE VIEW`.
final class PostgresReadProbe: Sendable {
  /// Where a sensitive column stands: in its table and that one's partitions, with the columns generated from it.
  private struct Holder: Sendable {
    var places: [(relation: PostgresRelation, columns: Set<String>)] = []

    init(_ column: PostgresWorld.SensitiveColumn, _ catalog: PostgresCatalog) {
      for relation in catalog.relations.values.sorted(by: { $0.oid < $1.oid })
      where relation.oid == column.relation || relation.root == column.relation {
        let shown = relation.columns.filter {
          $0.isExactly(column.column) || catalog.generated[relation.oid]?[$0]?.contains(column.column) == true
        }
        if !shown.isEmpty { places.append((relation, Set(shown))) }
      }
    }
  }

  private enum Answer { case plan, refusal, other }

  private struct Server: ~Copyable {
    let reader: PostgresConnection
    let owner: PostgresConnection
    var known: [ExactText: Set<Int>?] = [:]
    var isLost = false
  }

  private static let remembered = 65_536
  private let holders: [Holder]
  private let role: String
  private let server: Mutex<Server>
  /// To plan a command is to work out its constants, which may take no cancel.
  private let watchdog = PostgresWatchdog(seconds: 5)

  /// Makes a clone one of the probe: takes the role's objects away and gives it what it may read.
  ///
  /// What the superuser does here only gives and takes rights: it reads no row and runs no code.
  ///
  /// - Parameter settings: what the clone was made by; the template's owner owns the objects from then on.
  init(
    _ clone: PostgresClone, _ catalog: PostgresCatalog, hiding columns: [PostgresWorld.SensitiveColumn],
    _ settings: PostgresClonePool.Settings
  ) throws(PostgresError) {
    holders = columns.map { Holder($0, catalog) }
    role = quoted(clone.role)
    let owner = try PostgresConnection(settings.admin.with(["dbname": clone.database]))
    try owner.script("SET session_replication_role = replica; SET client_min_messages = error")
    // The database itself must not become the template owner's: the next clone's role takes over all that is.
    try owner.script(
      """
      ALTER DATABASE \(quoted(clone.database)) OWNER TO CURRENT_USER;
      REASSIGN OWNED BY \(role) TO \(quoted(settings.roles.owner));
      GRANT CONNECT, TEMPORARY ON DATABASE \(quoted(clone.database)) TO \(role);
      \(Self.rightsScript(role, catalog, holders))
      """)
    let reader = try PostgresConnection(clone.connection)
    try reader.script("SET default_transaction_read_only = on; SET statement_timeout = '5s'")
    try watchdog.watch(reader)
    server = Mutex(Server(reader: reader, owner: owner))
  }

  /// The sensitive columns that a command reads, by position; `nil` where the server does not say.
  func columns(readBy command: PostgresCommand) -> Set<Int>? {
    guard Self.isPlannable(command) else { return nil }
    let text = ExactText(command.facts.normalized)
    return server.withLock { server in
      if let known = server.known[text] { return known }
      if server.isLost { return nil }
      let found = find(command, &server)
      if server.known.count >= Self.remembered { server.known.removeAll() }
      server.known[text] = .some(found)
      return found
    }
  }

  private static func isPlannable(_ command: PostgresCommand) -> Bool {
    command.facts.parsed && command.facts.commandCount == 1
      && ["select", "insert", "update", "delete", "merge", "with", "values", "table"].contains(command.verb)
      && command.facts.kinds.isSubset(of: [.select, .insert, .update, .delete, .merge])
  }

  /// One refusal says that something is needed; then each column is held back alone.
  private func find(_ command: PostgresCommand, _ server: inout Server) -> Set<Int>? {
    switch ask(command, &server) {
    case .plan: return []
    case .other: return nil
    case .refusal: break
    }
    do {
      var read: Set<Int> = []
      try give(Array(holders.indices), server)
      // Refused even so: it is for another reason.
      var isTold = ask(command, &server) == .plan
      for position in holders.indices where isTold {
        try take([position], server)
        switch ask(command, &server) {
        case .plan: break
        case .refusal: read.insert(position)
        case .other: isTold = false
        }
        try give([position], server)
      }
      try take(Array(holders.indices), server)
      return isTold ? read : nil
    } catch {
      server.isLost = true
      return nil
    }
  }

  private func ask(_ command: PostgresCommand, _ server: inout Server) -> Answer {
    watchdog.arm()
    defer { watchdog.disarm() }
    do {
      let values = Array(repeating: PostgresValue(nil), count: command.parameterCount)
      _ = try server.reader.execute("EXPLAIN (COSTS off) " + command.sql, values)
      return .plan
    } catch {
      if error.isConnectionLost { server.isLost = true }
      return error.sqlstate == "42501" ? .refusal : .other
    }
  }

  private func give(_ positions: [Int], _ server: borrowing Server) throws(PostgresError) {
    try change("GRANT", "TO", positions, server)
  }

  private func take(_ positions: [Int], _ server: borrowing Server) throws(PostgresError) {
    try change("REVOKE", "FROM", positions, server)
  }

  private func change(
    _ verb: String, _ word: String, _ positions: [Int], _ server: borrowing Server
  ) throws(PostgresError) {
    let commands = positions.flatMap { position in
      holders[position].places.map { place in
        "\(verb) SELECT (\(Self.list(place.columns))) ON \(place.relation.qualifiedName) \(word) \(role)"
      }
    }
    if !commands.isEmpty { try server.owner.script(commands.joined(separator: "; ")) }
  }

  private static func list(_ columns: some Collection<String>) -> String {
    columns.sorted().map(quoted).joined(separator: ", ")
  }

  /// The right to read all but the hidden columns and to change every row.
  private static func rightsScript(
    _ role: String, _ catalog: PostgresCatalog, _ holders: [Holder]
  ) -> String {
    var script: [String] = []
    for schema in Set(catalog.relations.values.map(\.schema)).sorted() {
      script.append("GRANT USAGE ON SCHEMA \(quoted(schema)) TO \(role)")
      for kind in ["SEQUENCES", "ROUTINES"] {
        script.append("GRANT ALL ON ALL \(kind) IN SCHEMA \(quoted(schema)) TO \(role)")
      }
    }
    var hidden: [UInt32: Set<String>] = [:]
    for place in holders.flatMap(\.places) { hidden[place.relation.oid, default: []].formUnion(place.columns) }
    for relation in catalog.relations.values.sorted(by: { $0.oid < $1.oid }) {
      let name = relation.qualifiedName
      script.append("GRANT INSERT, UPDATE, DELETE, TRUNCATE ON \(name) TO \(role)")
      if relation.kind == "v" {
        script += ["ALTER VIEW \(name) SET (security_invoker = true)", "GRANT SELECT ON \(name) TO \(role)"]
      } else if let columns = hidden[relation.oid] {
        let own = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]
        let shown = relation.columns.filter { !columns.contains($0) }
        script.append("GRANT SELECT (\(list(shown + own))) ON \(name) TO \(role)")
      } else {
        script.append("GRANT SELECT ON \(name) TO \(role)")
      }
    }
    return script.joined(separator: ";\n")
  }
}
