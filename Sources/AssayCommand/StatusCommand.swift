import ArgumentParser
import AuditTrail
import Evidence
import Foundation
import Incidents
import JSONReader
import Ledger

/// `assay status`: what there is, and what comes next.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say in ten lines what the ledger holds, what is open, and what to do next.",
    discussion: """
      Quiet days are days without a statement, between the first and the last day of a source. Open exceptions are those of \
      the package of the configuration's period, or of the newest package.

      Example: assay status --config samples/assay.yaml
      """)

  @OptionGroup var common: CommonOptions

  func run() throws {
    let configuration = try common.configuration()
    let path = common.ledgerPath(configuration)
    let ledger = try existingLedger(path)
    let state = LedgerState(
      path: path, status: try ledger.status(), unread: try ledger.unreadFiles().count,
      waiting: try configuration.map { try EvidencePlanning(configuration: $0).notIngested(ledger).count } ?? 0,
      package: try LatestPackage(configuration, ledger),
      hasShadow: configuration.map { !$0.shadows.isEmpty } ?? false,
      hasReplay: try !ledger.replays().isEmpty)
    common.console.document(state.json)
    common.console.say(state.text)
  }
}

/// The package that a ledger's evidence was written to last.
struct LatestPackage {
  /// Its folder.
  let path: String
  /// Open exceptions by rating, the gravest first.
  let open: [(rating: String, count: Int)]
  /// Archives of the ledger that it does not rest on.
  let missing: Int

  var openCount: Int { open.reduce(0) { $0 + $1.count } }

  /// The package of the configuration's period, or the newest by name; `nil` where there is none.
  init?(_ configuration: Configuration?, _ ledger: borrowing Ledger) throws {
    let output = packageFolder(nil, configuration)
    let names = try configuration?.period.map { [$0.label] } ?? Self.names(in: output)
    guard let name = names.last(where: { fileExists(resolve("\($0)/MANIFEST.json", in: output)) }) else { return nil }
    path = resolve(name, in: output)
    let exceptions = try Self.columns(["status", "rating"], of: "exceptions/exceptions.csv", in: path)
    let counts = Dictionary(grouping: exceptions.filter { $0[0] == "open" }, by: { $0[1] }).mapValues(\.count)
    open = Rating.allCases.compactMap { rating in counts[rating.rawValue].map { (rating.rawValue, $0) } }
    let known = Set(try Self.columns(["sha256"], of: "custody/input-digests.csv", in: path).map { $0[0] })
    missing = try ledger.archives().count { !known.contains($0.summary.sha256) }
  }

  private static func names(in folder: String) throws -> [String] {
    isDirectory(folder) ? try FileManager.default.contentsOfDirectory(atPath: folder).sorted() : []
  }

  private static func columns(_ names: [String], of file: String, in package: String) throws -> [[String]] {
    let path = resolve(file, in: package)
    var reader = CSVReader(path: path, bytes: try readFile(path))
    let rows = try reader.rows()
    let places = names.map { name in rows.first?.fields.firstIndex(of: name) }
    return rows.dropFirst().map { row in places.map { $0.map { row.fields[$0] } ?? "" } }
  }
}

/// What `assay status` says.
struct LedgerState {
  let path: String
  let status: LedgerStatus
  /// Files that could not be read.
  let unread: Int
  /// Files of the configuration that were not read yet.
  let waiting: Int
  let package: LatestPackage?
  let hasShadow: Bool
  let hasReplay: Bool

  private static let sourcesShown = 4

  /// The command that is most useful now.
  var next: String {
    if waiting > 0 || status.statements == 0 {
      return "assay run, or assay ingest: \(counted(waiting, "file")) to read"
    }
    if status.withoutVerdict > 0, hasShadow {
      return
        "assay replay: \(counted(status.withoutVerdict, "statement")) \(status.withoutVerdict == 1 ? "has" : "have") no verdict"
    }
    if status.withoutVerdict > 0, !hasReplay {
      return "name a shadow under `shadows:` in assay.yaml, then assay replay: no decision was graded"
    }
    guard let package else { return "assay report: there is no package yet" }
    if package.missing > 0 {
      return "assay report: the package does not rest on \(counted(package.missing, "archive"))"
    }
    if package.openCount == 0 { return "assay verify \(package.path)" }
    return status.fates.isEmpty
      ? "read \(package.path)/summary.md: \(counted(package.openCount, "exception")) to answer"
      : "assay find --harmful, then assay incident SESSION"
  }

  var text: String {
    var lines: [(String, String)] = [("Ledger", ledger)]
    for (place, source) in status.sources.prefix(Self.sourcesShown).enumerated() {
      lines.append((place == 0 ? "Sources" : "", sentence(source)))
    }
    let rest = status.sources.count - Self.sourcesShown
    if rest > 0 { lines.append(("", "and \(counted(rest, "source")) more; --json has all")) }
    if unread > 0 || status.rejected > 0 {
      lines.append(("Not read", "\(counted(unread, "file")), \(counted(status.rejected, "entry", "entries")) rejected"))
    }
    lines.append(("Graded", graded))
    if !status.fates.isEmpty { lines.append(("Harmful", harmful)) }
    lines.append(("Package", packageText))
    lines.append(("Next", next))
    return lines.map { $0.0.padding(to: 10) + printable($0.1) }.joined(separator: "\n")
  }

  private var ledger: String {
    let span = status.span.map { ", \($0.lowerBound.minute) to \($0.upperBound.minute) UTC" } ?? ""
    return "\(path): \(counted(status.sessions, "session")), \(counted(status.statements, "statement"))\(span)"
  }

  private func sentence(_ source: LedgerStatus.Source) -> String {
    let last = source.last.map { "last record \($0.minute)" } ?? "no record"
    let quiet = source.firstQuietDay.map { ", \(counted(source.quietDays, "quiet day")) (first \($0))" } ?? ""
    return
      "\(source.name): \(counted(source.archives, "archive")), \(counted(source.statements, "statement")), \(last)\(quiet)"
  }

  private var graded: String {
    let conclusive = status.verdicts.filter { $0.key.isConclusive }.values.reduce(0, +)
    let undecided = status.verdicts[.inconclusive] ?? 0
    guard hasReplay else { return "nothing: no replay was made" }
    var parts = ["\(grouped(conclusive)) of \(counted(status.statements, "statement"))"]
    if undecided > 0 { parts.append("\(grouped(undecided)) inconclusive") }
    if status.notSampled > 0 { parts.append("\(grouped(status.notSampled)) not sampled") }
    if status.withoutVerdict > 0 { parts.append("\(grouped(status.withoutVerdict)) without a verdict") }
    return parts.joined(separator: ", ")
  }

  private var harmful: String {
    let all = status.fates.values.reduce(0, +)
    let fates = Fate.allCases.compactMap { fate in status.fates[fate].map { "\(grouped($0)) \(fate.phrase)" } }
    return "\(counted(all, "statement")): " + fates.joined(separator: "; ")
  }

  private var packageText: String {
    guard let package else { return "none was written" }
    let open = package.open.map { "\($0.count) \($0.rating)" }.joined(separator: ", ")
    return "\(package.path): \(counted(package.openCount, "open exception"))" + (open.isEmpty ? "" : " (\(open))")
      + (package.missing > 0 ? "; \(counted(package.missing, "archive")) came later" : "")
  }

  /// The document of `--json`.
  var json: [UInt8] {
    var json = JSONWriter(indented: true)
    func counts<Key: RawRepresentable<String> & CaseIterable>(_ name: String, _ values: [Key: Int64]) {
      json.key(name)
      json.beginObject()
      for key in Key.allCases {
        guard let value = values[key] else { continue }
        json.key(key.rawValue)
        json.integer(value)
      }
      json.endObject()
    }
    json.beginObject()
    json.key("ledger")
    json.string(path)
    json.key("sessions")
    json.integer(status.sessions)
    json.key("statements")
    json.integer(status.statements)
    json.key("first")
    json.string(status.span?.lowerBound.description)
    json.key("last")
    json.string(status.span?.upperBound.description)
    json.key("sources")
    json.beginArray()
    for source in status.sources {
      json.beginObject()
      json.key("source")
      json.string(source.name)
      json.key("archives")
      json.integer(source.archives)
      json.key("statements")
      json.integer(source.statements)
      json.key("last")
      json.string(source.last?.description)
      json.key("quiet_days")
      json.integer(source.quietDays)
      json.key("first_quiet_day")
      json.string(source.firstQuietDay?.description)
      json.endObject()
    }
    json.endArray()
    json.key("files_unread")
    json.integer(Int64(unread))
    json.key("files_waiting")
    json.integer(Int64(waiting))
    json.key("rejected")
    json.integer(status.rejected)
    counts("verdicts", status.verdicts)
    counts("fates", status.fates)
    json.key("not_sampled")
    json.integer(status.notSampled)
    json.key("without_verdict")
    json.integer(status.withoutVerdict)
    json.key("package")
    if let package {
      json.beginObject()
      json.key("path")
      json.string(package.path)
      json.key("open_exceptions")
      json.integer(Int64(package.openCount))
      json.key("archives_missing")
      json.integer(Int64(package.missing))
      json.endObject()
    } else {
      json.null()
    }
    json.key("next")
    json.string(next)
    json.endObject()
    return json.bytes
  }
}

extension String {
  /// The text, with spaces up to the width.
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
