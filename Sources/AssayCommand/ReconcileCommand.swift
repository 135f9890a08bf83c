import ArgumentParser
import AuditTrail
import Evidence
import Incidents
import JSONReader
import Ledger

/// `assay reconcile`: what databases' own logs and the proxies before them say of each other.
struct ReconcileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile", abstract: "Hold databases' own logs against what the proxy recorded.",
    discussion: """
      Read the log of a database next to the archives of the proxy that leads to it. A statement that both tell of is one, \
      and counts once: texts agree but for spaces and semicolons at their ends, and times are within five seconds, the \
      difference of the clocks apart. What only the log holds went past the proxy. What only the proxy holds is missing in the log.

      A log belongs to the connections of a proxy that name the same engine and database; `reconcile:` in assay.yaml says \
      otherwise, and who may go past the proxy.

      Example: assay reconcile --fail-on bypass, after assay ingest archives/ pg-log/
      """)

  @Option(help: "How many of each list to print; 0 prints all. --json always has all.")
  var limit = 25

  @Option(
    name: .customLong("fail-on"), help: "End with status 1 at: bypass (a session past the proxy that nobody approved).")
  var failOn: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if limit < 0 { throw ValidationError("--limit takes a whole number of at least 0.") }
    if let failOn, failOn != "bypass" { throw ValidationError("--fail-on takes bypass.") }
  }

  func run() throws {
    let configuration = try common.configuration()
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration?.applyMappings(to: ledger)
    let found = try Reconciled(ledger, DatabaseWays(configuration?.databaseAccess))
    guard !found.parties.isEmpty else {
      throw AssayError(
        .missingInput,
        "The ledger holds no log of a database that a proxy leads to. Read the database's log next to the proxy's archives; where "
          + "both name the database differently, say under `reconcile:` in assay.yaml which connections lead to it.")
    }
    common.console.document(found.json)
    common.console.say(found.text(limit: limit))
    if failOn != nil, found.bypasses.contains(where: { !$0.isApproved && $0.session.outside < $0.session.statements }) {
      throw CheckFailed(status: ExitStatus.checkFailed)
    }
  }
}

/// What a reconciliation found, read from the ledger.
struct Reconciled {
  let parties: [Reconciliation]
  /// Sessions past the proxies, each with whether its login may.
  private(set) var bypasses: [(session: BypassingSession, isApproved: Bool)] = []
  private(set) var unlogged: [UnloggedStatement] = []

  init(_ ledger: borrowing Ledger, _ ways: DatabaseWays) throws(AssayError) {
    parties = try ledger.reconciliations()
    var bypasses: [(session: BypassingSession, isApproved: Bool)] = []
    try ledger.forEachBypass { found in
      let (connection, client) = (found.session.connection, found.session.client)
      bypasses.append(
        (
          found,
          ways.isApproved(
            login: connection.databaseUser, application: client.application, address: client.address)
        ))
    }
    self.bypasses = bypasses
    var unlogged: [UnloggedStatement] = []
    try ledger.forEachUnlogged { unlogged.append($0) }
    self.unlogged = unlogged
  }

  /// What people read.
  func text(limit: Int) -> String {
    var lines = parties.flatMap(Self.lines)
    let shown = limit == 0 ? bypasses[...] : bypasses.prefix(limit)
    lines += ["", bypasses.isEmpty ? "No session went past the proxy." : "Sessions that no proxy tells of:"]
    if !bypasses.isEmpty {
      var table = TextTable([
        ("session", .left), ("first (UTC)", .left), ("login", .left), ("from", .left), ("with", .left), ("on", .left),
        ("statements", .right), ("told by a proxy", .right), ("", .left),
      ])
      for (found, isApproved) in shown {
        table.add([
          found.session.key, found.first.minute, found.session.connection.databaseUser ?? "–",
          found.session.client.address ?? "–", found.session.client.application ?? "–", found.session.connection.name,
          grouped(found.statements), grouped(found.matched),
          isApproved ? "approved" : found.outside == found.statements ? "no archive of that time" : "",
        ])
      }
      lines.append(table.text)
      let rest = bypasses.count - shown.count
      if rest > 0 { lines.append("… and \(counted(rest, "session")) more; --limit 0 lists all.") }
      if let first = shown.first { lines.append("Next: assay incident \(printable(first.session.session.key))") }
    }
    if !unlogged.isEmpty {
      let shown = limit == 0 ? unlogged[...] : unlogged.prefix(limit)
      lines += ["", "Statements that ran by the proxy's word and that the log does not hold:"]
      var table = TextTable([
        ("statement", .left), ("time (UTC)", .left), ("on", .left), ("text without its literals", .left),
      ])
      for found in shown {
        table.add([
          "\(found.session)/\(found.sequence)", found.time.minute, found.connection, String(found.shape.prefix(80)),
        ])
      }
      lines.append(table.text)
      let rest = unlogged.count - shown.count
      if rest > 0 { lines.append("… and \(counted(rest, "statement")) more; --limit 0 lists all.") }
      lines.append(
        "Where the log does not hold a kind of statement at all, it is set not to (PostgreSQL: log_statement).")
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(_ party: Reconciliation) -> [String] {
    func seconds(_ nanoseconds: Int64) -> String {
      let milliseconds = nanoseconds.magnitude / 1_000_000
      let rest = String(milliseconds % 1000)
      let fraction = String(repeating: "0", count: 3 - rest.count) + rest
      return "\(nanoseconds < 0 ? "−" : "+")\(milliseconds / 1000).\(fraction) s"
    }
    func reach(_ reach: ClosedRange<Timestamp>?) -> String {
      reach.map { "\($0.lowerBound.minute) to \($0.upperBound.minute)" } ?? "no time"
    }
    let clocks =
      party.skews.map {
        "The log's clock is \(seconds(party.skew)) against the proxy's (\(seconds($0.lowerBound)) to \(seconds($0.upperBound)) over "
          + "\(counted(party.compared, "text")) that each side holds once)."
      }
      ?? "The clocks could not be compared: only \(counted(party.compared, "text")) \(party.compared == 1 ? "is" : "are") on both sides once."
    return [
      "\(party.connections.joined(separator: ", ")) and the log of \(party.logs.joined(separator: ", "))"
        + (party.basis == .configured ? ", as assay.yaml pairs them" : ", which name one database"),
      "  proxy's archives: \(reach(party.proxyReach)) UTC; log: \(reach(party.logReach)) UTC",
      "  \(clocks)",
      "  statements that both tell of             \(grouped(party.matched))",
      "  only in the log                          \(grouped(party.onlyLog))"
        + (party.logOutside > 0 ? " (and \(grouped(party.logOutside)) from before or after the proxy's archives)" : ""),
      "  only in the proxy's archives             \(grouped(party.onlyProxy))"
        + (party.proxyOutside > 0 ? " (and \(grouped(party.proxyOutside)) from before or after the log)" : ""),
      "  sessions of the log: by the proxy        \(grouped(party.witnesses))",
      "  sessions of the log: past it             \(grouped(party.bypasses))",
    ]
  }

  /// The document of `--json`; its keys are a contract (docs/json.md).
  var json: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("reconciliations")
    json.beginArray()
    for party in parties { Self.write(party, to: &json) }
    json.endArray()
    json.key("bypasses")
    json.beginArray()
    for (found, isApproved) in bypasses {
      json.beginObject()
      let (session, client) = (found.session, found.session.client)
      for (key, value) in [
        ("session", session.key), ("connection", session.connection.name),
        ("database_user", session.connection.databaseUser), ("client", client.address),
        ("application", client.application), ("first", found.first.description),
      ] {
        json.key(key)
        json.string(value)
      }
      for (key, value) in [
        ("statements", found.statements), ("matched", found.matched), ("outside", found.outside),
      ] {
        json.key(key)
        json.integer(value)
      }
      json.key("approved")
      json.bool(isApproved)
      json.endObject()
    }
    json.endArray()
    json.key("unlogged")
    json.beginArray()
    for found in unlogged {
      json.beginObject()
      for (key, value) in [
        ("statement", "\(found.session)/\(found.sequence)"), ("connection", found.connection),
        ("time", found.time.description), ("shape", found.shape),
      ] {
        json.key(key)
        json.string(value)
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func write(_ party: Reconciliation, to json: inout JSONWriter) {
    json.beginObject()
    json.key("basis")
    json.string(party.basis.rawValue)
    for (key, values) in [("connections", party.connections), ("logs", party.logs)] {
      json.key(key)
      json.strings(values)
    }
    for (key, value) in [
      ("skew_ns", party.skew), ("skew_least_ns", party.skews?.lowerBound), ("skew_most_ns", party.skews?.upperBound),
      ("compared_texts", party.compared), ("window_ns", party.window),
    ] as [(String, Int64?)] {
      json.key(key)
      json.integer(value)
    }
    for (key, reach) in [("proxy", party.proxyReach), ("log", party.logReach)] {
      json.key(key)
      json.beginObject()
      for (name, time) in [("from", reach?.lowerBound), ("to", reach?.upperBound)] {
        json.key(name)
        json.string(time?.description)
      }
      json.endObject()
    }
    for (name, counts) in [
      (
        "statements",
        [
          ("matched", party.matched), ("only_log", party.onlyLog), ("log_outside", party.logOutside),
          ("only_proxy", party.onlyProxy), ("proxy_outside", party.proxyOutside),
        ]
      ), ("sessions", [("by_proxy", party.witnesses), ("past_proxy", party.bypasses)]),
    ] {
      json.key(name)
      json.beginObject()
      for (key, count) in counts {
        json.key(key)
        json.integer(count)
      }
      json.endObject()
    }
    json.endObject()
  }
}
