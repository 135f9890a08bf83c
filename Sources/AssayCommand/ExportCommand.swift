import ArgumentParser
import AuditTrail
import Evidence
import Export
import Foundation
import Ledger

/// `assay export`: statements, findings, exceptions and test results for another audit system.
struct ExportCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Send statements, findings, exceptions and test results to another audit system.",
    discussion: """
      What was sent is noted in the ledger each time that the sink has taken a batch; the same command goes on behind it. \
      Everything arrives at least once, under ids that stay the same. What a sink refuses goes to a file of dead letters, \
      with the reason, and the rest goes on. Standard output and file: are written from the beginning each time.

      Statements leave without their literals, as packages have them; parameters and messages never leave. A server's \
      certificate is always verified. A credential is read from --credential-file, or from ASSAY_EXPORT_CREDENTIAL.

      Sinks: -, file:PATH, append:PATH, syslog+tls://HOST:PORT, syslog+tcp://HOST:PORT, elasticsearch:https://HOST:PORT/INDEX, \
      splunk:https://HOST:PORT, otlp:https://HOST:PORT.

      Example: assay export --schema ecs --to elasticsearch:https://siem.example.org:9200/assay --credential-file key
      Example: assay export --schema ocsf --ocsf-version 1.5 --kind finding --kind exception --to file:findings.jsonl
      """)

  @Option(
    help: ArgumentHelp("How records are written: assay, cef, ecs, ocsf or otel.", valueName: "name"),
    completion: .list(SchemaName.allCases.map(\.rawValue)), transform: readSchema)
  var schema: SchemaName

  @Option(
    help: ArgumentHelp("The version of OCSF: 1.1, 1.5 or 1.8.", valueName: "version"),
    completion: .list(["1.1", "1.5", "1.8"]), transform: readOCSFVersion)
  var ocsfVersion = OCSFVersion.v1_5

  @Option(help: ArgumentHelp("Where records go; standard output unless it is given.", valueName: "sink"))
  var to = "-"

  @Option(
    help:
      "Only this kind: statement, finding, exception, test; repeatable. Exceptions and tests need the configuration.",
    completion: .list(ExportKind.allCases.map(\.rawValue)), transform: readKind)
  var kind: [ExportKind] = []

  @Option(help: "Only what is about this connection; repeatable.")
  var connection: [String] = []

  @Option(
    help: "Only statements of this verdict; repeatable. The first one that has none yet is waited for.",
    completion: .list(VerdictName.allCases.map(\.rawValue)), transform: readVerdict)
  var verdict: [VerdictName] = []

  @Flag(help: "Wait for the first statement that has no verdict yet: those behind it are sent later.")
  var graded = false

  @Flag(help: "Send statements as they were sent, literals and all.")
  var showLiterals = false

  @Flag(help: "Go on: send what later commands add to the ledger, until it is ended.")
  var follow = false

  @Option(help: ArgumentHelp("How often --follow looks, in seconds.", valueName: "seconds"))
  var every = 5

  @Flag(help: "Begin again: send what was sent before too.")
  var again = false

  @Option(
    help: ArgumentHelp("The name under which the ledger notes what was sent; the sink and the filters unless given."))
  var cursor: String?

  @Option(help: "The file for what is refused; beside the ledger unless it is given.", completion: .file())
  var deadLetters: String?

  @Option(help: "A file whose first line is the credential.", completion: .file())
  var credentialFile: String?

  @Option(help: "A PEM file of certificates to trust in place of the system's.", completion: .file())
  var caFile: String?

  @Flag(help: "Make documents and never replace one, as Elasticsearch's data streams ask for.")
  var createOnly = false

  @Option(help: ArgumentHelp("How many records are sent at once.", valueName: "count"))
  var batch = 500

  @Option(help: ArgumentHelp("How often a delivery is tried again; with --follow for ever.", valueName: "count"))
  var retries = 8

  @Option(help: ArgumentHelp("How long an answer may take.", valueName: "seconds"))
  var timeout = 60

  @Flag(help: "End with status 65 when a record was refused.")
  var strict = false

  @OptionGroup var common: CommonOptions

  var inputs: [String?] { [credentialFile, caFile] }
  func outputs() throws -> [Output?] {
    let letters = Output(deadLetters, .deadLetters)
    return switch try SinkAddress(to) {
    case .file(let path), .appended(let path): [Output(path, .events), letters]
    case .standardOutput, .syslog, .http: [letters]
    }
  }

  func validate() throws {
    for (name, value, most) in [
      ("--batch", batch, 10_000), ("--every", every, 86_400), ("--timeout", timeout, 3_600),
      ("--retries", retries, 1_000),
    ] where value < (name == "--retries" ? 0 : 1) || value > most {
      throw ValidationError("\(name) takes a whole number up to \(grouped(most)).")
    }
    // What is not an address is told before anything is read.
    guard let address = try? SinkAddress(to) else { return }
    if follow, !address.keepsCursor {
      throw ValidationError("--follow needs a sink that keeps what it has: name one with --to.")
    }
    if follow, common.json { throw ValidationError("--json prints one document at the end, and --follow has none.") }
    if common.json, address == .standardOutput {
      throw ValidationError("--json and the records would both be on standard output: name a sink with --to.")
    }
    if case .http(.otlp, _) = address, schema != .otel {
      throw ValidationError("otlp: takes what OpenTelemetry defines: use --schema otel.")
    }
  }

  func run() throws {
    let configuration = try common.configuration()
    let address = try SinkAddress(to)
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try require(connection, in: ledger)
    let schema = schema.schema(ocsf: ocsfVersion, program: AssayCommand.version)
    var plan = try plan(configuration)
    if address.keepsCursor || cursor != nil { plan.cursor = cursor ?? plan.cursorName(of: address, schema: schema) }
    var lock: ExportLock?
    if let name = plan.cursor {
      lock = try ExportLock(name, of: ledger.path)
      if again {
        var old = try ledger.exportCursor(name)
        try ledger.restart(&old)
      }
    }
    defer { withExtendedLifetime(lock) {} }
    let place = try place(address)
    let letters = deadLetters ?? "\(ledger.path).refused.jsonl"
    let sending = ExportSending(
      plan: plan, address: address, letters: letters, configuration: configuration, console: common.console)
    var run = ExportRun(
      plan, schema: schema, to: try sink(address, schema, place), at: address, deadLetters: LazyFile(letters),
      retries: follow ? nil : retries, pause: wait)
    guard follow else {
      let counts = try sending.once(ledger, &run)
      try place?.finish()
      report(counts, schema, address, letters, waits: plan)
      if strict, counts.refused > 0 { throw CheckFailed(status: ExitStatus.badData) }
      return
    }
    try sending.follow(ledger, &run, every: every) { report($0, schema, address, letters, waits: plan) }
  }

  private func plan(_ configuration: Configuration?) throws -> ExportPlan {
    var plan = ExportPlan()
    let hasEvidence = configuration?.period != nil
    plan.kinds = Set(kind.isEmpty ? ExportKind.allCases.filter { hasEvidence || !$0.isEvidence } : kind)
    if plan.kinds.contains(where: \.isEvidence), !hasEvidence {
      throw AssayError(
        .missingInput,
        "Exceptions and test results are concluded from a configuration with a period; name it with --config.")
    }
    plan.connections = Set(connection)
    plan.verdicts = Set(verdict)
    plan.waitsForVerdicts = graded
    plan.showsLiterals = showLiterals
    plan.batch = batch
    return plan
  }

  /// Waits until the next try; says so where that takes long enough to be wondered about.
  private func wait(milliseconds: Int, _ reason: String) {
    if milliseconds >= 5_000, !common.quiet {
      common.console.complain(
        printable("assay: \(to) takes nothing now (\(reason)); it is tried again in \(milliseconds / 1_000) s."))
    }
    Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
  }

  /// The file that comes to its place at the end.
  private func place(_ address: SinkAddress) throws -> PlacedFile? {
    guard case .file(let path) = address else { return nil }
    return try PlacedFile(path)
  }

  private func sink(
    _ address: SinkAddress, _ schema: any EventSchema, _ place: PlacedFile?
  ) throws -> any ExportSink {
    switch address {
    case .standardOutput, .file: return FileSink(place ?? StandardOutputLines(common.console), schema: schema)
    case .appended(let path): return FileSink(try AppendedFile(path), schema: schema)
    case .syslog(let host, let port, let isEncrypted):
      return SyslogSink(host: host, port: port, isEncrypted: isEncrypted, schema: schema, options: try options(address))
    case .http(let bulk, let server):
      return try HTTPSink(bulk, at: server, schema: schema, options: try options(address))
    }
  }

  private func options(_ address: SinkAddress) throws -> SinkOptions {
    var options = SinkOptions(program: AssayCommand.version)
    options.credential = try credential()
    options.authorities = caFile
    options.timeout = timeout * 1_000
    options.createsOnly = createOnly
    // A pipe would be waited for without end.
    if let caFile { _ = try readFile(caFile) }
    if options.credential != nil, address.isReadable {
      throw AssayError(
        .refusedPlainCredential, "The credential would leave this machine unencrypted; use https://.", at: Place(to))
    }
    return options
  }

  /// The credential; no message holds it.
  private func credential() throws -> String? {
    let text: String
    if let credentialFile {
      text = try readText(credentialFile).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    } else if let found = ProcessInfo.processInfo.environment["ASSAY_EXPORT_CREDENTIAL"] {
      text = found
    } else {
      return nil
    }
    let bare = text.trimmingCharacters(in: .whitespaces)
    guard !bare.isEmpty, bare.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      throw AssayError(
        .invalidFile, "The credential is empty, or holds what no header can hold.",
        at: credentialFile.map { Place($0) })
    }
    return bare
  }
}

extension AssayError.Code {
  /// A credential would be readable on its way.
  static let refusedPlainCredential = Self("credential_unencrypted", .refused)
}

/// The value of a name; a name that is none is answered with all there are.
private func named<Value: RawRepresentable<String> & CaseIterable>(
  _ text: String, _ what: String, _ value: (String) -> Value? = Value.init(rawValue:)
) throws -> Value {
  if let value = value(text) { return value }
  throw ValidationError("Unknown \(what); expected \(Value.allCases.map(\.rawValue).joined(separator: ", ")).")
}

@Sendable private func readSchema(_ text: String) throws -> SchemaName { try named(text, "schema \(text)") }
@Sendable private func readKind(_ text: String) throws -> ExportKind { try named(text, "kind \(text)") }
@Sendable private func readVerdict(_ text: String) throws -> VerdictName { try named(text, "verdict \(text)") }
@Sendable private func readOCSFVersion(_ text: String) throws -> OCSFVersion {
  try named(text, "version \(text) of OCSF") { OCSFVersion(typed: $0) }
}
