import Archives
import AuditTrail
import Foundation
import Testing

/// Whatever bytes come, each reader ends, and each entry is accepted, rejected or blank.
///
/// CONTRIBUTING.md names the variables that say how many damaged logs are read. The file of a log is named after its format
/// and seed: a crash leaves it in the temporary directory.
@Suite(.serialized) struct DamagedLogTests {
  @Test func `there is a log of every format, and every log is of one`() {
    #expect(DamagedLogs.told.are == DamagedLogs.told.of)
    for format in DamagedLogs.formats { #expect(DamagedLogs.logs[format] != nil, "\(format.name)") }
  }

  @Test(arguments: DamagedLogs.formats)
  func `a byte order mark changes nothing, and line ends of Windows no number`(_ format: ArchiveFormat) throws {
    for log in DamagedLogs.logs[format] ?? [] {
      var options = HoopSamples.options
      (options.zone, options.logYear, options.linePrefix) = ({ _, _ in 0 }, 2026, PostgresSample.prefix)
      let plain = try read(log, as: format, options)
      let marked = try read([0xEF, 0xBB, 0xBF] + log, as: format, options)
      if format != .native {
        #expect(marked.statements.map(\.sql) == plain.statements.map(\.sql) && marked.openings == plain.openings)
        #expect(marked.rejected.count == plain.rejected.count)
      }
      let windows = try read(Array(log.map { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }.joined()), as: format, options)
      #expect(windows.statements.count == plain.statements.count, "\(windows.rejected)")
      #expect(windows.rejected.count == plain.rejected.count)
    }
  }

  @Test(arguments: DamagedLogs.formats)
  func `whatever is in a log, its reader ends and its entries add up`(_ format: ArchiveFormat) throws {
    guard let rounds = Rounds(of: format) else { return }
    var faults = 0
    for seed in rounds {
      guard faults < 10 else { break }
      for fault in try Self.faults(of: format, seed: seed) {
        Issue.record("\(format.name), seed \(seed): \(fault)")
        faults += 1
      }
    }
  }

  /// What is wrong with the reading of a seed's log.
  private static func faults(of format: ArchiveFormat, seed: UInt64) throws -> [String] {
    let log = DamagedLogs.log(of: format, seed: seed)
    let name = "damaged-\(format.name.replacing("/", with: "-"))-\(seed)-\(ProcessInfo.processInfo.processIdentifier)"
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(name)
    try Data(log.bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var faults: [String] = []
    func reading(_ format: ArchiveFormat?, _ options: ReadOptions) throws -> Reading? {
      do {
        return try read(path: file.path, as: format, options)
      } catch let error as AssayError {
        // A text log whose prefix cannot be told is refused as a whole, and so is one of no known format.
        if error.code.category != .badData { faults.append("\(error)") }
        return nil
      }
    }
    let told = try reading(format, log.options)
    if let told { faults += wrong(told, bytes: log.bytes.count) }
    if seed % 2 == 0 {
      if let untold = try reading(nil, log.options) { faults += wrong(untold, bytes: log.bytes.count) }
    } else {
      var options = log.options
      (options.batchRecords, options.batchBytes) = (1 + Int(seed % 7), 1 + Int(seed % 300))
      if let told, try reading(format, options).map({ isSame($0, told) }) != true {
        faults.append("other batches hold other records")
      }
    }
    return faults
  }

  private static func wrong(_ reading: Reading, bytes: Int) -> [String] {
    var faults: [String] = []
    if !reading.addsUp { faults.append("the entries do not add up") }
    if reading.statements.count > bytes { faults.append("there are more statements than bytes") }
    let isMapped = reading.summary.format.hasPrefix("mapping:")
    if !isMapped, reading.statements.contains(where: { $0.sequence < 0 }) { faults.append("a number is negative") }
    let within = 0...Int64(bytes)
    if !reading.rejected.allSatisfy({ within.contains($0.byteOffset) && within.contains($0.bytes) }) {
      faults.append("a rejected entry lies outside the file")
    }
    return faults
  }

  private static func isSame(_ one: Reading, _ other: Reading) -> Bool {
    one.statements == other.statements && one.openings == other.openings && one.closings == other.closings
      && one.approvals == other.approvals && one.rejected == other.rejected && one.summary.notes == other.summary.notes
  }
}

/// The seeds of a format's damaged logs: so many, or as many as there is time for.
private struct Rounds: Sequence, IteratorProtocol {
  private let format: String
  private let first: UInt64
  private let count: UInt64
  private let seconds: Double?
  private let begin = ContinuousClock.now
  private var begun: UInt64 = 0
  private var lastBegin: ContinuousClock.Instant?
  private var slowest: (seconds: Double, seed: UInt64) = (0, 0)

  /// The rounds that are asked for; `nil` where another format alone is.
  init?(of format: ArchiveFormat) {
    let asked = ProcessInfo.processInfo.environment
    if let only = asked["ASSAY_FUZZ_FORMAT"], only != format.name { return nil }
    self.format = format.name
    seconds = asked["ASSAY_FUZZ_MINUTES"].flatMap { Double($0) }.map { $0 * 60 }
    count = asked["ASSAY_FUZZ_ROUNDS"].flatMap { UInt64($0) } ?? 20
    first = asked["ASSAY_FUZZ_SEED"].flatMap { UInt64($0) } ?? 0
  }

  /// The next seed; `nil` when there is enough.
  mutating func next() -> UInt64? {
    let now = ContinuousClock.now
    func passed(since start: ContinuousClock.Instant) -> Double { (now - start) / .seconds(1) }
    if let lastBegin, passed(since: lastBegin) > slowest.seconds {
      slowest = (passed(since: lastBegin), first &+ begun &- 1)
    }
    lastBegin = now
    if let seconds {
      guard passed(since: begin) < seconds else {
        let slow = Int(slowest.seconds * 1000)
        print(
          "\(format): \(Int(seconds / 60)) minutes, \(begun) logs, the slowest in \(slow) ms (seed \(slowest.seed))")
        return nil
      }
    } else if begun >= count {
      return nil
    }
    defer { begun += 1 }
    return first &+ begun
  }
}
