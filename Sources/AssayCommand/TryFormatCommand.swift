import Archives
import ArgumentParser
import AuditTrail
import JSONReader

/// `assay formats try`: what one file is, and a mapping for it where no format knows it.
struct TryFormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "try", abstract: "Say of what format a file is, or propose a mapping for it.",
    discussion: """
      The proposal is made from the names of columns or keys. Check it, complete it, and read the file by it. \
      docs/mapping.md says what a mapping can hold.

      Example: assay formats try log.csv > mapping.yaml
      """)

  @Argument(help: "The file.", completion: .file())
  var path: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let found = try inspectArchive(path: path)
    let looks = found.looks
    let proposal = found.format == nil ? MappingProposal(looks)?.text : nil
    var json = JSONWriter(indented: true)
    json.beginObject()
    let members: [(String, String?)] = [
      ("path", path), ("format", found.format?.name), ("looks", found.format == nil ? looks.appearance : nil),
      ("nearest", found.format == nil ? looks.nearest : nil), ("mapping", proposal),
    ]
    for (key, value) in members {
      json.key(key)
      json.string(value)
    }
    json.endObject()
    common.console.document(json.bytes)
    if let format = found.format {
      common.console.say("\(path): \(format.name), \(format.title). `assay ingest` reads it as it is.")
      return
    }
    let sentences = [looks.appearance, looks.nearest].compactMap { $0 }.map { "# \(printable($0))." }
    common.console.say(sentences.joined(separator: "\n"))
    guard let proposal else {
      throw AssayError(
        .unknownFormat, "No mapping can be proposed: a mapping reads CSV with a line of names, and JSON lines.",
        at: Place(path))
    }
    common.console.say(proposal)
  }
}

/// A mapping that is proposed from the names of a file's columns or keys.
struct MappingProposal {
  private let looks: UnknownFile
  private var taken: Set<String> = []

  /// What names usually mean, the surest first. Letters' case, `_`, `-` and blanks do not count.
  private static let meanings: [(target: FieldMapping.Target, names: [String])] = [
    (
      .time,
      ["time", "timestamp", "@timestamp", "ts", "eventtime", "logtime", "createdat", "starttime", "date", "datetime"]
    ),
    (.statement, ["statement", "sql", "query", "sqltext", "querytext", "commandtext", "dbquery", "command", "text"]),
    (.session, ["session", "sessionid", "connectionid", "connid", "sid", "threadid", "pid", "uuid"]),
    (.user, ["user", "username", "principal", "email", "useremail", "actor", "identity", "enduser", "account"]),
    (.databaseUser, ["dbuser", "databaseuser", "dbusername", "login", "role"]),
    (
      .connection,
      [
        "connection", "datasource", "datasourcename", "dbservice", "resource", "resourcename", "server", "instance",
        "repo",
      ]
    ),
    (.database, ["database", "db", "dbname", "databasename", "schema", "schemaname"]),
    (.engine, ["engine", "dbtype", "protocol", "dbprotocol", "servertype"]),
    (.address, ["clientip", "sourceip", "ip", "address", "clientaddress", "remotehost", "client", "host"]),
    (.application, ["application", "app", "applicationname", "appname", "useragent", "programname"]),
    (.rows, ["rows", "rowcount", "records", "rowsaffected", "affectedrows", "rowssent"]),
    (.duration, ["durationms", "duration", "latency", "latencyms", "elapsed", "executiontime"]),
    (.error, ["error", "errormessage", "errorcode", "errno", "status"]),
    (.rule, ["rule", "policy", "rulename", "policyname"]), (.message, ["message", "msg"]),
    (.ticket, ["ticket", "ticketid", "issue"]), (.reason, ["reason", "justification", "comment"]),
  ]
  private static let decisionNames = ["decision", "action", "verdict", "outcome", "result", "allowed"]

  /// A proposal; `nil` where the file is laid out as no mapping reads it.
  init?(_ looks: UnknownFile) {
    guard looks.layout != nil else { return nil }
    self.looks = looks
  }

  /// The mapping file.
  var text: String {
    var proposal = self
    var lines = proposal.layout
    let decision = proposal.take(Self.decisionNames)
    for (target, names) in Self.meanings {
      let name = proposal.take(names)
      switch (target, name) {
      case (.time, let name?): lines.append("time: \(proposal.time(name))")
      case (.time, nil): lines.append("time: FIELD                 # which one holds the time?")
      case (.statement, nil): lines.append("statement: FIELD            # which one holds the SQL?")
      case (_, let name?): lines.append("\(target.rawValue): \(Self.quoted(name))")
      case (.connection, nil): lines.append("connection: { constant: main }  # what you call the database")
      case (.engine, nil): lines.append("engine: { constant: postgresql }  # postgresql, mysql, sqlite, …")
      default: break
      }
    }
    if let decision {
      lines.append(
        "decision: { field: \(Self.quoted(decision)), values: { allow: allow, deny: block }, else: observed }  # its words"
      )
    }
    let rest = looks.names.filter { !proposal.taken.contains($0) }
    if !rest.isEmpty { lines.append("# not used: \(rest.prefix(20).map { printable($0) }.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }

  private var layout: [String] {
    guard case .csv(let separator, _)? = looks.layout else { return ["layout: json_lines"] }
    let names: [UInt8: String] = [UInt8(ascii: ";"): "semicolon", 0x09: "tab", UInt8(ascii: "|"): "pipe"]
    return ["layout: csv"] + (names[separator].map { ["separator: \($0)"] } ?? [])
  }

  private mutating func take(_ names: [String]) -> String? {
    for name in names {
      if let found = looks.names.first(where: { Self.plain($0) == name && !taken.contains($0) }) {
        taken.insert(found)
        return found
      }
    }
    return nil
  }

  private static func plain(_ name: String) -> String {
    String(name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " && $0 != "." })
  }

  /// The field, with the format that its first value shows.
  private func time(_ name: String) -> String {
    let field = Self.quoted(name)
    guard let value = looks.example[name] else {
      return "{ field: \(field) }  # rfc3339, epoch_milliseconds, a pattern, …"
    }
    if Timestamp(value) != nil { return "{ field: \(field), format: rfc3339 }" }
    if Timestamp(value + "Z") != nil { return "{ field: \(field), format: rfc3339, zone: UTC }  # which zone?" }
    let units = [10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"]
    if value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let unit = units[value.utf8.count] {
      return "{ field: \(field), format: epoch_\(unit) }"
    }
    return "{ field: \(field), format: \"%Y-%m-%d %H:%M:%S\", zone: UTC }  # how is it written?"
  }

  /// A name as YAML takes it for sure.
  private static func quoted(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
    guard !isPlain || name.utf8.first.map({ (0x30...0x39).contains($0) }) ?? true else { return name }
    return "\"" + printable(name).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
