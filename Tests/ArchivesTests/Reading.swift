import Archives
import AuditTrail
import Foundation

/// Everything an archive gave, in friendly form.
struct Reading {
  var summary: ArchiveSummary
  var openings: [SessionOpening] = []
  var statements: [StatementRecord] = []
  var closings: [SessionClosing] = []
  var approvals: [Approval] = []
  var policyChanges: [PolicyChange] = []
  var accessChanges: [AccessChange] = []
  var heartbeats: [Timestamp] = []
  var outputs: [OutputFinding] = []
  var rejected: [RejectedEntry] = []
  var batches = 0
  var headers: Set<ArchiveHeader> = []

  /// Whether every entry is accounted for.
  var addsUp: Bool {
    summary.entries == summary.accepted + summary.rejected + summary.blank
      && summary.rejected == Int64(rejected.count)
  }
}

/// Reads the file at a path.
func read(path: String, as format: ArchiveFormat? = nil, _ options: ReadOptions = ReadOptions()) throws -> Reading {
  var reading = Reading(summary: ArchiveSummary(path: path, format: "", sha256: "", bytes: 0))
  reading.summary = try readArchive(path: path, format: format, options: options) { batch in
    reading.batches += 1
    if let header = batch.header { reading.headers.insert(header) }
    reading.openings += batch.openings.map(\.value)
    reading.statements += batch.statements.map { statement($0, batch.arena) }
    reading.closings += batch.closings.map(\.value)
    reading.approvals += batch.approvals.map(\.value)
    reading.policyChanges += batch.policyChanges.map(\.value)
    reading.accessChanges += batch.accessChanges.map(\.value)
    reading.heartbeats += batch.heartbeats.map(\.value)
    reading.outputs += batch.outputs
    reading.rejected += batch.rejected
  }
  return reading
}

/// Reads bytes by way of a file that is gone afterwards.
func read(
  _ bytes: [UInt8], as format: ArchiveFormat? = nil, _ options: ReadOptions = ReadOptions()
) throws -> Reading {
  try withFile(bytes) { try read(path: $0, as: format, options) }
}

/// Reads text by way of a file that is gone afterwards.
func read(_ text: String, as format: ArchiveFormat? = nil, _ options: ReadOptions = ReadOptions()) throws -> Reading {
  try read(Array(text.utf8), as: format, options)
}

/// Calls `body` with the path of a file that holds the bytes.
func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
  let file = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(UUID().uuidString)")
  try Data(bytes).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  return try body(file.path)
}

/// The text of a fixture.
func fixture(_ name: String) throws -> String {
  let file = Bundle.module.bundleURL.appendingPathComponent("fixtures").appendingPathComponent(name)
  return String(decoding: try Data(contentsOf: file), as: UTF8.self)
}

/// The error that `body` throws, if it is one of ours.
func assayError(_ body: () throws -> Void) -> AssayError? {
  do {
    try body()
    return nil
  } catch {
    return error as? AssayError
  }
}

private func statement(_ row: StatementRow, _ arena: [UInt8]) -> StatementRecord {
  func text(_ slice: ArenaSlice) -> String? {
    slice.isPresent ? String(decoding: arena[slice.range], as: UTF8.self) : nil
  }
  func fields(_ slice: ArenaSlice) -> [String?]? { slice.isPresent ? unpackFields(arena[slice.range]) : nil }
  let decision = fields(row.decision) ?? []
  let parameters = fields(row.parameters).map { packed in
    stride(from: 0, to: packed.count, by: 2).map { Parameter(type: packed[$0], value: packed[$0 + 1]) }
  }
  let error = fields(row.error).map { RecordedError(sqlstate: $0[0], message: $0[1]) }
  let unit = fields(row.unit).map {
    UnitReference(id: $0[0] ?? "", sha256: $0[1], position: row.unitPosition, count: row.unitCount)
  }
  return StatementRecord(
    session: text(row.session) ?? "", sequence: row.sequence, time: Timestamp(nanoseconds: row.time),
    sql: text(row.sql) ?? "", parameters: parameters,
    decision: Decision(
      action: row.action, rule: decision[1], policy: decision[2], policyVersion: decision[3],
      masked: decision.dropFirst(5).compactMap { $0 }, message: decision[4]),
    approval: text(row.approval),
    result: row.hasResult
      ? RecordedResult(
        rows: row.rows < 0 ? nil : row.rows, rowsKind: row.rowsKind,
        durationMicroseconds: row.duration < 0 ? nil : row.duration, error: error) : nil,
    unit: unit, completeness: row.completeness)
}

extension ArchiveSummary {
  /// What the archive lacks besides a signature, which no foreign format has.
  var lacks: [String] { flags.filter { $0 != "unsigned" } }
}

extension ArchiveFormat {
  static let hoopSessions = known("hoop.sessions")
  static let hoopinspect = known("hoopinspect")
  static let postgresLog = known("postgresql.csvlog")
  static let postgresLogs = allCases.filter { $0.name.hasPrefix("postgresql.") }

  private static func known(_ name: String) -> ArchiveFormat {
    guard let format = ArchiveFormat(rawValue: name) else { preconditionFailure("There is no format \(name)") }
    return format
  }
}
