import AuditTrail
import GoldenCorpus
import Ledger
import Reporting

/// A package made again from the archives, to hold another one against: it shares archives and configuration with that one, and
/// nothing else. Gone with the value.
struct PackageAgain {
  /// The folder of the package that was made.
  let path: String
  private let folder: TemporaryFolder

  /// Reads the archives that the configuration names into a new ledger, replays them and reports what the package at
  /// `original` reports.
  init(_ original: String, _ configuration: Configuration, workers: Int?, _ console: Console) throws {
    let identity = try PackageIdentity(original)
    guard !configuration.archives.isEmpty else {
      throw AssayError(
        .usage, "List the archives to read under `archives:` in the configuration.", at: Place(configuration.path))
    }
    folder = try TemporaryFolder("reperform")
    let ledger = try Ledger.temporary()
    let ingest = Ingest(
      paths: try configuration.archiveFiles(), format: nil, trust: try configuration.trust(),
      configuration: configuration, console: console)
    _ = try ingest.run(into: ledger)
    try configuration.applyMappings(to: ledger)
    if !configuration.shadows.isEmpty {
      var replaying = ReplayPlanning(console: console, workers: workers)
      replaying.filter.period = identity.period
      _ = try measure(ledger, try replaying.plan(configuration), console)
    }
    for engine in identity.validatedEngines.compactMap(GoldenEngine.init) { try EngineRun(engine).keep(in: ledger) }
    var planning = EvidencePlanning(configuration: configuration, frameworks: identity.frameworks)
    planning.period = identity.period
    path = try writeReport(ledger, planning, folder.path, Preparation()).summary.path
  }
}
