import Archives
import AuditTrail
import Digests
import Ledger

/// Reads a ledger's archives again and compares what they say with what it holds.
struct ArchiveComparison {
  /// Says where the archives stand; `nil` takes their paths as the ledger has them.
  var configuration: Configuration?
  /// What is said of logs that do not show it themselves.
  var logOptions: LogOptions?

  /// What does not hold, one sentence each.
  func problems(of ledger: borrowing Ledger) throws -> [String] {
    let known = try ledger.archives()
    let paths = known.map { configuration?.resolveLabel($0.summary.path) ?? $0.summary.path }
    var problems: [String] = []
    for (archive, path) in zip(known, paths) where digest(ofFile: path)?.sha256.hex != archive.summary.sha256 {
      problems.append(
        fileExists(path)
          ? "\(archive.summary.path): the file is not the one that was read."
          : "\(archive.summary.path): the file is not there; without it nothing of it can be compared.")
    }
    guard problems.isEmpty else { return problems }
    let fresh = try Ledger.temporary()
    let quiet = Console(isJSON: true, isQuiet: true)
    // Each as it was read: some are told by --format alone.
    let formats = zip(paths, known).compactMap { path, archive in
      ArchiveFormat(rawValue: archive.summary.format).map { (path, $0) }
    }
    let ingest = Ingest(
      paths: paths, format: nil, formats: Dictionary(formats, uniquingKeysWith: { first, _ in first }),
      logOptions: logOptions, configuration: configuration, console: quiet)
    let read = try ingest.run(into: fresh)
    problems += read.failures.filter { $0.code != .damagedContainer }.map(\.description)
    let labels = Dictionary(known.map { ($0.summary.sha256, $0.summary.path) }, uniquingKeysWith: { first, _ in first })
    for difference in try ledger.differences(from: fresh) {
      let place = labels[difference.archive].map { " (\($0))" } ?? ""
      problems.append("\(difference.record.capitalizedFirst) \(difference.name)\(place) \(difference.kind.phrase).")
    }
    return problems
  }
}

extension RecordDifference.Kind {
  fileprivate var phrase: String {
    switch self {
    case .added: "is in no archive"
    case .missing: "is missing: an archive holds it"
    case .changed: "is not what the archive says"
    }
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
