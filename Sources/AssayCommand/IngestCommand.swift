import Archives
import ArgumentParser
import AuditTrail
import JSONReader
import Ledger
import Reporting

/// `assay ingest`: archives into the ledger.
struct IngestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest", abstract: "Read archives into the ledger; the same archive again is a no-op.",
    discussion: """
      Formats and compression are told by content; `assay formats` lists them. Each entry of an archive is accepted, \
      rejected with its place and reason, or blank, and the three add up. A folder stands for every file in it, a pattern \
      such as logs/**/*.gz for the files that fit it, and - for standard input.

      Example: assay ingest archives/ --ledger quarter.db
      """)

  @Argument(
    help: "Archives, folders of them or patterns, - for standard input; none for the configuration's.",
    completion: .file())
  var paths: [String] = []

  @Option(
    help:
      "The archives' format, where it cannot be told by content; mapping:FILE.yaml reads any CSV or JSON lines by a mapping."
  )
  var format: ChosenFormat?

  @OptionGroup var logOptions: LogOptions
  @OptionGroup var trustOptions: TrustOptions

  @Flag(
    help:
      "End with status 65 when an entry was rejected, a seal is broken or missing, or, with trusted keys, a signature is missing or of no trusted key."
  )
  var strict = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let configuration = try paths.isEmpty ? common.requiredConfiguration() : common.configuration()
    let given = paths.isEmpty ? configuration?.archives ?? [] : paths
    guard !given.isEmpty else {
      throw AssayError(.usage, "Name archives to read, or list them under `archives:` in the configuration.")
    }
    try Ledger.requireUnheld(common.ledgerPath(configuration))
    let input = try given == ["-"] ? StandardInput() : nil
    let paths =
      try input.map { [$0.path] } ?? (paths.isEmpty ? configuration?.archiveFiles() : nil) ?? files(under: given)
    let ingest = Ingest(
      paths: paths, format: try format?.format(), trust: try trustOptions.trust(configuration),
      logOptions: logOptions, configuration: configuration, labels: input.map { [$0.path: StandardInput.label] } ?? [:],
      console: common.console)
    let ledger = try openLedger(common.ledgerPath(configuration), configuration)
    let result = try withExtendedLifetime(input) { try ingest.run(into: ledger) }
    try configuration?.applyMappings(to: ledger)
    let console = common.console
    console.document(result.json)
    console.say(result.text)
    try result.conclude(console, strict: strict)
  }
}

/// Opens the ledger, making it and its folder where they are missing.
func openLedger(_ path: String, _ configuration: Configuration?) throws -> Ledger {
  try refuseInsidePackage(path)
  try makeFolder(above: path)
  let ledger = try Ledger(path: path, create: true)
  try refuseCutDown(ledger)
  return ledger
}

extension Configuration {
  /// Says in the ledger what the sources could not: kinds and owners of identities, environments of connections.
  func applyMappings(to ledger: borrowing Ledger) throws {
    let identities = identities
    try ledger.map(
      identities: { identity in
        for mapping in identities {
          guard case .user(let pattern) = mapping.match, matches(identity.user, pattern: pattern) else { continue }
          var mapped = identity
          mapped.owner = mapping.owner
          // One identity has one kind, whatever each archive says of it; the ledger keeps what was recorded, and a report says
          // where both differ.
          mapped.kind = mapping.kind
          mapped.kindBasis = identity.kindBasis == .recorded && identity.kind == mapping.kind ? .recorded : .mapped
          return mapped
        }
        return identity
      }, logins: { login in identities.lazy.compactMap { $0.identity(of: login) }.first })
    try ledger.map(
      environments: connections.compactMap { connection in
        connection.environment.map { (key: connection.name, value: $0) }
      })
    try ledger.reconcile(pairings)
  }
}

extension IngestResult {
  /// The document of `--json`; its keys are a contract (docs/json.md).
  var json: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("archives")
    json.beginArray()
    for archive in archives { write(archive, to: &json) }
    json.endArray()
    if !checkpoints.isEmpty { write(checkpoints, to: &json) }
    json.key("totals")
    json.beginObject()
    for (key, value) in totals {
      json.key(key)
      json.integer(value)
    }
    json.endObject()
    if !leftOut.isEmpty {
      json.key("left_out")
      json.beginArray()
      for file in leftOut {
        json.beginObject()
        for (key, value) in [("path", file.path), ("why", file.why)] {
          json.key(key)
          json.string(value)
        }
        json.endObject()
      }
      json.endArray()
    }
    if let first = failures.first {
      json.key("error")
      Console.write(first, to: &json)
      json.key("failures")
      json.beginArray()
      for failure in failures { Console.write(failure, to: &json) }
      json.endArray()
    }
    json.endObject()
    return json.bytes
  }

  /// The totals over the archives that this call read or found.
  var totals: [(String, Int64)] {
    func sum(_ value: (ArchiveSummary) -> Int64) -> Int64 { archives.reduce(0) { $0 + value($1.summary) } }
    return [
      ("archives", Int64(archives.count)), ("entries", sum(\.entries)), ("accepted", sum(\.accepted)),
      ("rejected", sum(\.rejected)), ("blank", sum(\.blank)),
      ("duplicates", archives.reduce(0) { $0 + $1.duplicates }), ("sessions", sessions),
      ("statements", statements), ("approvals", approvals),
    ]
  }

  private func write(_ checkpoints: [CheckpointFinding], to json: inout JSONWriter) {
    json.key("checkpoints")
    json.beginArray()
    for finding in checkpoints {
      json.beginObject()
      let members: [(String, String?)] = [
        ("path", finding.path), ("source", finding.source), ("root", finding.root), ("problem", finding.problem),
      ]
      for (key, value) in members {
        json.key(key)
        json.string(value)
      }
      json.endObject()
    }
    json.endArray()
  }

  private func write(_ archive: ArchiveEntry, to json: inout JSONWriter) {
    let summary = archive.summary
    json.beginObject()
    json.key("path")
    json.string(summary.path)
    json.key("format")
    json.string(summary.format)
    json.key("sha256")
    json.string(summary.sha256)
    for (key, value) in [
      ("bytes", summary.bytes), ("entries", summary.entries), ("accepted", summary.accepted),
      ("rejected", summary.rejected), ("blank", summary.blank), ("duplicates", archive.duplicates),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.key("already_ingested")
    json.bool(archive.alreadyIngested)
    json.key("seal")
    json.string(summary.seal.rawValue)
    json.key("origin")
    json.string(summary.origin.standing.rawValue)
    json.key("origin_reason")
    json.string(summary.origin.reason)
    json.key("signature_key")
    json.string(summary.signatureKey)
    if !summary.sealProblems.isEmpty {
      json.key("seal_problems")
      json.strings(summary.sealProblems)
    }
    json.key("flags")
    json.strings(summary.flags)
    if !summary.notes.isEmpty {
      json.key("notes")
      json.strings(summary.notes)
    }
    if let shown = rejections.first(where: { $0.path == summary.path }) {
      json.key("rejections")
      shown.write(to: &json)
    }
    if !summary.unknownKeys.isEmpty {
      json.key("unknown_keys")
      json.beginObject()
      for (key, count) in summary.unknownKeys.sorted(by: { $0.key < $1.key }) {
        json.key(key)
        json.integer(count)
      }
      json.endObject()
    }
    json.endObject()
  }

  /// The table for people.
  var text: String {
    var table = TextTable([
      ("archive", .left), ("format", .left), ("entries", .right), ("accepted", .right), ("rejected", .right),
      ("blank", .right), ("seal", .left), ("notes", .left),
    ])
    for archive in archives {
      let summary = archive.summary
      let remarks = summary.flags.filter { $0 != "unsealed" && $0 != "seal_broken" }
      table.add([
        summary.path, summary.format, grouped(summary.entries), grouped(summary.accepted), grouped(summary.rejected),
        grouped(summary.blank), summary.seal.rawValue,
        (archive.alreadyIngested ? ["already in the ledger"] : []).appending(remarks).joined(separator: ", "),
      ])
    }
    var lines = table.isEmpty ? [] : [table.text, ""]
    let duplicates = archives.reduce(0) { $0 + $1.duplicates }
    lines.append(
      "\(counted(archives.count, "archive")): \(counted(sessions, "session")), \(counted(statements, "statement")), "
        + "\(counted(approvals, "approval"))"
        + (duplicates > 0 ? "; \(counted(duplicates, "record")) the ledger already held" : "") + ".")
    return (lines + sentences).joined(separator: "\n")
  }

  /// What people should know of single archives: broken seals, what an export lacks, entries that were rejected.
  var sentences: [String] {
    let notes = archives.flatMap { archive in
      let summary = archive.summary
      // What a broken signature says stands among the seal's problems already.
      let origin =
        summary.origin.standing == .contradicted && !summary.origin.breaksSeal ? [summary.origin.reason] : []
      let isBroken = brokenChains.contains { $0.path == summary.path }
      let gap =
        summary.flags.contains("chain_gap") && !isBroken
        ? ["The segment before is not in the ledger; all others of its source go back to this one."] : []
      return (summary.sealProblems + origin + gap + summary.notes).map { "\(summary.path): \(printable($0))" }
    }
    let skipped = leftOut.map { "\($0.path): left out, as \($0.why)" }
    let heads = checkpoints.compactMap { finding in finding.problem.map { "\(finding.path): \(printable($0))" } }
    let gaps = brokenChains.map { "\($0.path): \($0.problem)" }
    return notes + skipped + gaps + heads + rejections.flatMap(\.sentences)
  }

  /// Complains of files that could not be read, and fails where the user asked for it.
  func conclude(_ console: Console, strict: Bool) throws {
    if !failures.isEmpty {
      if !console.isJSON { console.fail(failures) }
      throw CheckFailed(status: failures.map(ExitStatus.of).max() ?? ExitStatus.badData)
    }
    let isImperfect = archives.contains {
      $0.summary.rejected > 0 || $0.summary.seal != .valid || $0.summary.origin.standing == .contradicted
    }
    if strict, isImperfect || !brokenChains.isEmpty || checkpoints.contains(where: { $0.problem != nil }) {
      throw CheckFailed(status: ExitStatus.badData)
    }
  }
}

extension [String] {
  fileprivate func appending(_ others: [String]) -> [String] { self + others }
}
