import Archives
import AuditTrail
import Digests
import Foundation
import Ledger
import SQLAnalysis
import Sensitivity

/// What ingesting came to: each archive, and each that could not be read.
struct IngestResult {
  var archives: [ArchiveEntry] = []
  var failures: [AssayError] = []
  /// Files that were left out on purpose, with why.
  var leftOut: [(path: String, why: String)] = []
  /// The first rejected entries of each archive that has some.
  var rejections: [ShownRejections] = []
  /// What checkpoints show of the archives in the ledger.
  var checkpoints: [CheckpointFinding] = []
  /// Archives of the sources of this call behind a gap or at a fork, and what is wrong. What is missing before the one that
  /// all others of a source go back to belongs to another period.
  var brokenChains: [(path: String, problem: String)] = []
  /// Sessions, statements and approvals that the archives of this call brought.
  var sessions: Int64 = 0
  var statements: Int64 = 0
  var approvals: Int64 = 0
}

extension IngestResult {
  /// Takes up what only all archives together show: gaps in chains, who sealed them, what checkpoints miss.
  mutating func takeUp(_ ledger: borrowing Ledger) throws {
    let stored = Dictionary(try ledger.archives().map { ($0.id, $0.summary) }, uniquingKeysWith: { first, _ in first })
    archives = archives.map { archive in
      guard let found = stored[archive.id] else { return archive }
      var summary = archive.summary
      (summary.flags, summary.seal, summary.sealProblems) = (found.flags, found.seal, found.sealProblems)
      summary.origin = found.origin
      return ArchiveEntry(
        id: archive.id, summary: summary, duplicates: archive.duplicates, alreadyIngested: archive.alreadyIngested)
    }
    checkpoints = try ledger.checkpointFindings()
    let all = stored.sorted { $0.key < $1.key }.map(\.value)
    let sources = Set(archives.map { Self.source($0.summary) })
    let chain = ArchiveChain(all)
    let gaps = chain.gaps.map { ($0.index, "The segment before is not in the ledger: the chain has a gap.") }
    let forks = chain.forks.map { ($0, ArchiveChain.forked) }
    brokenChains = (gaps + forks).filter { sources.contains(Self.source(all[$0.0])) }.map { (all[$0.0].path, $0.1) }
  }

  private static func source(_ summary: ArchiveSummary) -> [String?] {
    [summary.header?.proxyName, summary.header?.instance]
  }
}

/// Reads archives into a ledger. One archive is one transaction; a file that cannot be read leaves the others.
struct Ingest {
  var paths: [String]
  var format: ArchiveFormat?
  /// The formats of single paths, where neither content nor the configuration need tell them.
  var formats: [String: ArchiveFormat] = [:]
  var trust = Trust()
  /// What is said of logs that do not show it themselves.
  var logOptions: LogOptions?
  /// Names archives relative to its folder; `nil` names them as they were given.
  var configuration: Configuration?
  /// How paths are called that are not the archives' own.
  var labels: [String: String] = [:]
  var console: Console

  /// Reads every archive in the order of the paths.
  func run(into ledger: borrowing Ledger) throws -> IngestResult {
    var result = IngestResult()
    var loader = try ArchiveLoader(ledger, analyzeAll: analyzeTexts)
    let total = paths.reduce(Int64(0)) { $0 + fileSize($1) }
    let progress = ProgressLine(console, "Reading", total: total, unit: "bytes")
    var done: Int64 = 0
    var unread: [UnreadFile] = []
    for (index, path) in paths.enumerated() {
      defer {
        done += fileSize(path)
        progress.update(done)
      }
      do {
        let entry: ArchiveEntry
        if let twin = sameLog(as: path) {
          let form = twin.hasSuffix(".csv") ? "CSV" : "JSON"
          leaveOut(path, "\(label(twin)) is next to it and holds the same log as \(form)", &result, &unread)
          continue
        }
        if let known = try alreadyHeld(path, ledger) {
          entry = known
        } else {
          entry = try load(path, &loader, ledger, &result, isLast: index == paths.count - 1)
          if let damage = entry.summary.damage { result.failures.append(damage) }
        }
        result.archives.append(entry)
        if entry.summary.accepted == 0, entry.summary.rejected > 0 {
          result.failures.append(
            AssayError(
              .allRejected,
              "Nothing in it could be read: \(counted(entry.summary.rejected, "entry", "entries")) rejected; check that the file "
                + "is of the format \(entry.summary.format), or name another with --format", at: Place(path)))
        }
        if let shown = try ShownRejections(entry, ledger) { result.rejections.append(shown) }
      } catch let error as AssayError where Self.concernsOneFile(error) {
        if error.code == .unknownFormat, let twin = csvTwin(of: path) {
          leaveOut(path, "\(label(twin)) is next to it and holds the same log as CSV", &result, &unread)
        } else {
          result.failures.append(error)
          unread.append(
            UnreadFile(
              path: label(path), code: error.code.name, message: error.message, sha256: digest(ofFile: path)?.sha256.hex
            ))
        }
      }
    }
    progress.end()
    try loader.finish(ledger)
    try ledger.reconcile(configuration?.pairings ?? [])
    try trust.apply(to: ledger, configuration)
    try ledger.keep(unread: unread, of: paths.map(label))
    try result.takeUp(ledger)
    return result
  }

  /// PostgreSQL writes what comes before its CSV log, and what programs it starts say, to a text of the same name.
  private func csvTwin(of path: String) -> String? {
    guard path.hasSuffix(".log"), case let twin = String(path.dropLast(3)) + "csv", fileExists(twin) else { return nil }
    return twin
  }

  /// PostgreSQL writes one log in up to three forms at once, under one name: each statement would count three times. The file
  /// next to it that says more; `nil` where none is.
  private func sameLog(as path: String) -> String? {
    let fuller: [(ending: String, others: [String])] = [(".log", ["csv", "json"]), (".json", ["csv"])]
    for (ending, others) in fuller where path.hasSuffix(ending) {
      for other in others {
        let twin = String(path.dropLast(ending.count)) + "." + other
        if fileExists(twin), isServerLog(twin), isServerLog(path) { return twin }
      }
    }
    return nil
  }

  private func isServerLog(_ path: String) -> Bool {
    (try? tellFormat(path: path))?.isServerLog == true
  }

  private func leaveOut(_ path: String, _ why: String, _ result: inout IngestResult, _ unread: inout [UnreadFile]) {
    result.leftOut.append((label(path), why))
    unread.append(UnreadFile(leftOut: label(path), as: why, sha256: digest(ofFile: path)?.sha256.hex))
  }

  /// A failure of the ledger, also one that another program uses, ends everything; one of a file leaves the other files.
  private static func concernsOneFile(_ error: AssayError) -> Bool {
    error.code != .ledger && error.code.category != .internalFault && error.code.category != .inUse
  }

  /// The same file again is nothing new; only a file of a size that the ledger knows is worth hashing first.
  private func alreadyHeld(_ path: String, _ ledger: borrowing Ledger) throws -> ArchiveEntry? {
    guard try ledger.holdsArchive(ofBytes: fileSize(path)), let found = digest(ofFile: path),
      let entry = try ledger.archive(sha256: found.sha256.hex)
    else { return nil }
    // A damaged container is read again, for what is wrong with it to be said again.
    guard !entry.summary.flags.contains("damaged_container") else { return nil }
    var summary = entry.summary
    summary.path = label(path)
    return ArchiveEntry(id: entry.id, summary: summary, duplicates: 0, alreadyIngested: true)
  }

  private func load(
    _ path: String, _ loader: inout ArchiveLoader, _ ledger: borrowing Ledger, _ result: inout IngestResult,
    isLast: Bool
  ) throws -> ArchiveEntry {
    // Enough may wait (about 5 MB each) that neither thread stops for a burst of new texts.
    let queue = BatchQueue(capacity: 4)
    startReader(path, queue)
    try loader.begin(ledger)
    do {
      var counts = (sessions: Int64(0), statements: Int64(0), approvals: Int64(0), records: Int64(0))
      while let item = queue.take() {
        switch item {
        case .batch(let batch):
          try loader.add(batch, proxy: namespace(batch.header, path), to: ledger)
          counts.sessions += Int64(batch.openings.count)
          counts.statements += Int64(batch.statements.count)
          counts.approvals += Int64(batch.approvals.count)
          counts.records += Int64(batch.recordCount)
        case .failure(let error): throw error
        case .end(let summary):
          return try commit(summary, counts, &loader, ledger, &result, isLast: isLast)
        }
      }
      throw AssayError(.internalFault, "The reader ended without a summary.", at: Place(path))
    } catch {
      queue.cancel()
      try loader.rollBack(ledger)
      throw error
    }
  }

  /// Within what the archive's session names are unique: its proxy, or the source that the configuration names.
  private func namespace(_ header: ArchiveHeader?, _ path: String) -> String {
    let proxy = header?.proxyName ?? ""
    guard let source = configuration?.source(of: path), source == header?.instance else { return proxy }
    return "\(proxy) \(source)"
  }

  private func label(_ path: String) -> String { labels[path] ?? configuration?.label(path) ?? path }

  private func commit(
    _ read: ArchiveSummary, _ counts: (sessions: Int64, statements: Int64, approvals: Int64, records: Int64),
    _ loader: inout ArchiveLoader, _ ledger: borrowing Ledger, _ result: inout IngestResult, isLast: Bool
  ) throws -> ArchiveEntry {
    var summary = read
    summary.path = label(read.path)
    if let known = try ledger.archive(sha256: summary.sha256) {
      try loader.rollBack(ledger)
      return ArchiveEntry(id: known.id, summary: summary, duplicates: 0, alreadyIngested: true)
    }
    if loader.conflicts > 0 {
      summary.flags = (summary.flags + ["session_conflicts"]).sorted()
      summary.notes.append(
        "\(counted(loader.conflicts, "record")) found under a name that the ledger holds with other content: a statement's "
          + "session and number, a session, an approval or a script. Both are kept, this archive's under the name with # and "
          + "a number; of two ends of a session the later counts. Name each server's archives with `source:` in assay.yaml"
      )
    }
    let stored = try loader.commit(summary, records: counts.records, to: ledger, isLast: isLast)
    result.sessions += counts.sessions
    result.statements += counts.statements
    result.approvals += counts.approvals
    return ArchiveEntry(id: stored.id, summary: summary, duplicates: stored.duplicates, alreadyIngested: false)
  }

  private func startReader(_ path: String, _ queue: BatchQueue) {
    let format = format ?? configuration?.format(of: path) ?? formats[path]
    var options = ReadOptions(split: { SQLAnalysis.split($0) })
    options.recognize = { Sensitivity.recognize($0) }
    options.source = configuration?.source(of: path)
    (logOptions?.setting(path, configuration) ?? configuration?.logSetting(of: path))?.apply(to: &options)
    let chosen = options
    let thread = Thread {
      do throws(AssayError) {
        let summary = try readArchive(path: path, format: format, options: chosen) {
          (batch: consuming RecordBatch) throws(AssayError) in
          guard queue.put(.batch(batch)) else {
            throw AssayError(.internalFault, "The loader has given up.", at: Place(path))
          }
        }
        _ = queue.put(.end(summary))
      } catch {
        _ = queue.put(.failure(error))
      }
    }
    thread.name = "assay.reader"
    thread.stackSize = 8 << 20
    thread.start()
  }
}

extension AssayError.Code {
  /// Nothing of a file could be read, though its format was told.
  static let allRejected = Self("all_rejected", .badData)
}

/// The size of a file as stored, in bytes; 0 where it cannot be told.
func fileSize(_ path: String) -> Int64 {
  let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
  return size?.int64Value ?? 0
}
