import ArgumentParser
import AuditTrail
import JSONReader
import Ledger
import PostgresShadows
import Replay
import SyntheticShadows

/// `assay shadow create`: a shadow from no production data.
struct CreateShadowCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a shadow of synthetic rows from a schema, row counts and the ledger.",
    discussion: """
      The rows keep keys, checks and references; the literals and parameters of recorded predicates are planted, so that \
      WHERE id = 17 finds its row; sensitive columns hold a canary in every cell. The same seed gives the same bytes. With \
      --from, the dump's rows tell how many there are, how children spread over parents and where NULLs stand; none of \
      their values is kept.

      The output is a .sql script, or with a name that ends in .db or .sqlite a SQLite database. A script for PostgreSQL is \
      loaded with postgres:FILE.

      Example: assay shadow create --schema sqlite:schema.sql --rows rows.csv --from-ledger --output sqlite:shadow.sql
      """)

  @Option(help: ArgumentHelp("A schema with rows whose numbers are kept, never their values.", valueName: "source"))
  var from: String?

  @Option(help: ArgumentHelp("A schema; rows that it holds are not looked at.", valueName: "source"))
  var schema: String?

  @Option(help: ArgumentHelp("Production's row counts, lines of table,rows.", valueName: "file"), completion: .file())
  var rows: String?

  @Flag(help: "Plant the literals and parameters of the ledger's predicates.")
  var fromLedger = false

  @Option(help: "Plant only what was recorded on this connection; repeatable.")
  var connection: [String] = []

  @Option(help: "Where the making of values starts.")
  var seed: UInt64 = 0

  @Option(help: "The moment that the shadow stands for.")
  var asOf: String?

  @Option(help: "Rows of a table whose count is not known.")
  var defaultRows = 100

  @Option(help: "The most rows of a table.")
  var maximumRows = 100_000

  @Option(help: "Where to write the shadow.", completion: .file())
  var output: String?

  @Flag(help: "Print the read-only query that yields production's row counts.")
  var printQuery = false

  @Flag(help: "Print the SQL that marks a disposable copy on a running PostgreSQL server.")
  var printMarker = false

  @OptionGroup var common: CommonOptions

  func outputs() -> [Output?] { [Output(output.map(path), .shadow)] }
  var inputs: [String?] { [from, schema, rows] }
  // The configuration may name as its shadow what is made here.
  var configured: ConfiguredInputs { .ledger }

  func validate() throws {
    guard !printMarker else { return }
    guard (from == nil) != (schema == nil) else {
      throw ValidationError("Name one schema, with --schema or with --from.")
    }
    guard printQuery || output != nil else { throw ValidationError("Name the file to write with --output.") }
    guard defaultRows >= 0, maximumRows >= 0, maximumRows <= 10_000_000 else {
      throw ValidationError("--default-rows and --maximum-rows take whole numbers up to 10,000,000.")
    }
  }

  func run() throws {
    let console = common.console
    let time = try asOf.map(moment)
    if printMarker { return console.print(markingScript(basis: .copy, asOf: time)) }
    let source = try ShadowSource(named(from ?? schema ?? ""))
    if source.needsServer { Interruption.watch() }
    if printQuery { return console.print(try rowCountQuery(source)) }
    let configuration = try common.configuration()
    var creation = ShadowCreation(schema: source, usesRows: from != nil)
    creation.production = try rows.map { try ProductionRows(csv: try readText($0), path: $0) } ?? ProductionRows()
    if case .columns(let columns)? = configuration?.sensitive { creation.sensitive = columns }
    creation.seed = seed
    creation.asOf = time
    creation.defaultRows = defaultRows
    creation.maximumRows = maximumRows
    var recorded: [(sql: String, parameters: [Parameter], rows: Int64?)] = []
    if fromLedger {
      recorded = try recordedStatements(of: existingLedger(common.ledgerPath(configuration)), connections: connection)
    }
    let file = path(output ?? "")
    let isDatabase = [".db", ".sqlite", ".sqlite3"].contains { file.lowercased().hasSuffix($0) }
    let made = try createShadow(creation, recorded: recorded, asDatabase: isDatabase)
    try writeFile(file, made.bytes)
    tell(made, file, console)
  }

  /// A source as typed; a bare path is a dump of PostgreSQL where it begins or looks like one, else a script for SQLite.
  private func named(_ text: String) throws -> String {
    guard !text.contains(":") else { return text }
    if isDirectory(text) { return "postgres:\(text)" }
    let start = try readFile(text, limit: 1 << 30).prefix(4096)
    let head = String(decoding: start, as: UTF8.self)
    let isDump = head.hasPrefix("PGDMP") || head.contains("PostgreSQL database dump")
    return (isDump ? "postgres:" : "sqlite:") + text
  }

  private func path(_ text: String) -> String {
    for scheme in ["sqlite:", "postgres:"] where text.hasPrefix(scheme) { return String(text.dropFirst(scheme.count)) }
    return text
  }

  private func moment(_ text: String) throws -> Timestamp {
    guard let time = Timestamp(text) ?? CivilDate(text)?.start else {
      throw AssayError(.usage, "--as-of takes a time such as 2026-07-01T00:00:00Z.")
    }
    return time
  }

  private func tell(_ made: CreatedShadow, _ file: String, _ console: Console) {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("output")
    json.string(file)
    json.key("engine")
    json.string(made.engine)
    json.key("basis")
    json.string(Basis.synthetic.rawValue)
    json.key("bytes")
    json.integer(made.bytes.count)
    json.key("planted")
    json.integer(made.planted)
    json.key("tables")
    json.beginArray()
    var table = TextTable([("table", .left), ("rows", .right), ("asked for", .right), ("", .left)])
    for entry in made.tables {
      json.beginObject()
      json.key("table")
      json.string(entry.name)
      json.key("rows")
      json.integer(entry.made)
      json.key("wanted")
      json.integer(entry.wanted)
      json.key("shortfall")
      json.string(entry.shortfall)
      json.endObject()
      table.add([entry.name, grouped(entry.made), grouped(entry.wanted), entry.shortfall ?? ""])
    }
    json.endArray()
    json.key("omitted")
    json.beginArray()
    for words in made.omitted { json.string(words) }
    json.endArray()
    json.endObject()
    console.document(json.bytes)
    console.say(table.text)
    console.say("")
    console.say(
      "\(file): \(made.engine), synthetic, \(bytesText(Int64(made.bytes.count))); "
        + "\(counted(made.planted, "recorded value")) planted.")
    for words in made.omitted { console.say("  not loaded: \(words)") }
  }
}
