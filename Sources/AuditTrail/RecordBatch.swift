/// A run of bytes in a batch's arena; absent when `count` is negative.
public struct ArenaSlice: Sendable, Hashable {
  /// Where it starts.
  public var start: Int32
  /// How many bytes it has; -1 is "no value", 0 an empty value.
  public var count: Int32

  /// The bytes from `start`.
  public init(start: Int32, count: Int32) {
    self.start = start
    self.count = count
  }

  /// No value.
  public static let absent = ArenaSlice(start: 0, count: -1)
  /// Whether there is a value.
  public var isPresent: Bool { count >= 0 }
  /// The indices into the arena; empty when absent.
  public var range: Range<Int> { Int(start)..<(Int(start) + Int(max(0, count))) }
}

/// A statement as it travels from a reader to the ledger: fixed size, its bytes in the batch's arena.
///
/// No `String` is made on this path; ``StatementRecord`` is the friendly form of the same thing.
public struct StatementRow: Sendable {
  /// The entry it came from, counted from 1.
  public var entry: Int64 = 0
  /// The session's key.
  public var session = ArenaSlice.absent
  /// The number within the session.
  public var sequence: Int64 = 0
  /// Nanoseconds since the Unix epoch.
  public var time: Int64 = 0
  /// The text.
  public var sql = ArenaSlice.absent
  /// The parameters, packed as type, value, type, value …; absent where none were logged.
  public var parameters = ArenaSlice.absent
  /// The decision's action.
  public var action = Action.allow
  /// The decision, packed by ``RecordBatch/pack(_:)-(Decision)`` or field by field in the same order.
  public var decision = ArenaSlice.absent
  /// The approval's id.
  public var approval = ArenaSlice.absent
  /// Whether the archive holds a result.
  public var hasResult = false
  /// Rows returned or affected; -1 when not recorded.
  public var rows: Int64 = -1
  /// Which of the two.
  public var rowsKind = RowsKind.unknown
  /// Microseconds; -1 when not recorded.
  public var duration: Int64 = -1
  /// The error, packed as sqlstate, message; absent when there was none.
  public var error = ArenaSlice.absent
  /// The unit, packed as id, sha256; absent for a unit of its own.
  public var unit = ArenaSlice.absent
  /// The position in the unit, from 1.
  public var unitPosition: Int64 = 1
  /// How many statements the unit holds.
  public var unitCount: Int64 = 1
  /// What the source could not show.
  public var completeness: Completeness = []

  /// An empty row.
  public init() {}
}

/// An entry that could not be read, kept with its place and reason.
public struct RejectedEntry: Sendable, Hashable {
  /// The entry, counted from 1.
  public var entry: Int64
  /// Its offset in the decompressed archive, in bytes.
  public var byteOffset: Int64
  /// Its length in bytes.
  public var bytes: Int64
  /// A stable name, such as `invalid_json` or `record_too_long`.
  public var reason: String
  /// What is wrong, without any value from the entry.
  public var message: String

  /// A rejected entry.
  public init(entry: Int64, byteOffset: Int64, bytes: Int64, reason: String, message: String) {
    self.entry = entry
    self.byteOffset = byteOffset
    self.bytes = bytes
    self.reason = reason
    self.message = message
  }
}

/// A record other than a statement, with the entry it came from.
public struct Entered<Value: Sendable>: Sendable {
  /// The entry, counted from 1.
  public let entry: Int64
  /// The record.
  public let value: Value

  /// The record of an entry.
  public init(_ value: Value, entry: Int64) {
    self.entry = entry
    self.value = value
  }
}

/// Records of consecutive entries of one archive, on their way from a reader to the ledger.
///
/// A session's opening is in the same batch as its first statement or in an earlier one.
public struct RecordBatch: Sendable {
  /// What wrote the archive, the same in each of its batches; `nil` while the archive has not said.
  public var header: ArchiveHeader?
  /// The bytes that the rows' slices point into.
  public var arena: [UInt8] = []
  /// The statements, in the archive's order.
  public var statements: [StatementRow] = []
  /// Session openings.
  public var openings: [Entered<SessionOpening>] = []
  /// Session closings.
  public var closings: [Entered<SessionClosing>] = []
  /// Approvals.
  public var approvals: [Entered<Approval>] = []
  /// Policy changes.
  public var policyChanges: [Entered<PolicyChange>] = []
  /// Access changes.
  public var accessChanges: [Entered<AccessChange>] = []
  /// Heartbeats.
  public var heartbeats: [Entered<Timestamp>] = []
  /// What was recognised in recorded output; no records of their own.
  public var outputs: [OutputFinding] = []
  /// Entries that could not be read.
  public var rejected: [RejectedEntry] = []

  /// An empty batch.
  public init() {}

  /// How many records it holds.
  public var recordCount: Int {
    statements.count + openings.count + closings.count + approvals.count + policyChanges.count + accessChanges.count
      + heartbeats.count
  }

  /// Appends bytes to the arena and returns where they are.
  public mutating func store(_ text: String) -> ArenaSlice {
    let start = arena.count
    arena.append(contentsOf: text.utf8)
    return slice(from: start)
  }

  /// As ``store(_:)``; absent for `nil`.
  public mutating func store(optional text: String?) -> ArenaSlice { text.map { store($0) } ?? .absent }

  /// The slice from `start` to the arena's end.
  public func slice(from start: Int) -> ArenaSlice {
    ArenaSlice(start: Int32(clamping: start), count: Int32(clamping: arena.count - start))
  }

  /// Appends a field to a packed value: four bytes of length, least first, then the bytes; length 0xFFFFFFFF is "none".
  public mutating func packField(_ text: String?) {
    guard let text else { return packAbsentField() }
    let mark = beginField()
    arena.append(contentsOf: text.utf8)
    endField(mark)
  }

  /// Appends the "none" field.
  public mutating func packAbsentField() { arena.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF]) }

  /// Starts a field whose bytes the caller appends to the arena; returns the mark for ``endField(_:)``.
  public mutating func beginField() -> Int {
    arena.append(contentsOf: [0, 0, 0, 0])
    return arena.count
  }

  /// Ends a field that ``beginField()`` began.
  public mutating func endField(_ mark: Int) {
    let count = UInt32(truncatingIfNeeded: arena.count - mark)
    for byte in 0..<4 { arena[mark - 4 + byte] = UInt8(truncatingIfNeeded: count >> (8 * UInt32(byte))) }
  }

  /// Packs a decision: action, rule, policy, version, message, then each masked column.
  public mutating func pack(_ decision: Decision) -> ArenaSlice {
    let start = arena.count
    packField(decision.action.rawValue)
    packField(decision.rule)
    packField(decision.policy)
    packField(decision.policyVersion)
    packField(decision.message)
    for column in decision.masked.sorted() { packField(column) }
    return slice(from: start)
  }

  /// Packs parameters: type, value, type, value ….
  public mutating func pack(_ parameters: [Parameter]) -> ArenaSlice {
    let start = arena.count
    for parameter in parameters {
      packField(parameter.type)
      packField(parameter.value)
    }
    return slice(from: start)
  }

  /// Packs any list of fields.
  public mutating func pack(fields: [String?]) -> ArenaSlice {
    let start = arena.count
    for field in fields { packField(field) }
    return slice(from: start)
  }

  /// Appends a statement in its friendly form; for readers that are not on the fast path, and for tests.
  public mutating func append(_ record: StatementRecord, entry: Int64) {
    var row = StatementRow()
    row.entry = entry
    row.session = store(record.session)
    row.sequence = record.sequence
    row.time = record.time.nanoseconds
    row.sql = store(record.sql)
    row.parameters = record.parameters.map { pack($0) } ?? .absent
    row.action = record.decision.action
    row.decision = pack(record.decision)
    row.approval = store(optional: record.approval)
    if let result = record.result {
      row.hasResult = true
      row.rows = result.rows ?? -1
      row.rowsKind = result.rowsKind
      row.duration = result.durationMicroseconds ?? -1
      row.error = result.error.map { pack(fields: [$0.sqlstate, $0.message]) } ?? .absent
    }
    if let unit = record.unit {
      row.unit = pack(fields: [unit.id, unit.sha256])
      row.unitPosition = unit.position
      row.unitCount = unit.count
    }
    row.completeness = record.completeness
    statements.append(row)
  }
}

/// Reads the fields of a packed value, in order; `nil` for "none".
///
/// Bytes that are no UTF-8 are repaired; a length that runs past the end ends the list.
public func unpackFields(_ bytes: some RandomAccessCollection<UInt8>) -> [String?] {
  var fields: [String?] = []
  var index = bytes.startIndex
  while bytes.distance(from: index, to: bytes.endIndex) >= 4 {
    var count: UInt32 = 0
    for shift in 0..<4 {
      count |= UInt32(bytes[index]) << (8 * UInt32(shift))
      index = bytes.index(after: index)
    }
    if count == .max {
      fields.append(nil)
      continue
    }
    guard Int(count) <= bytes.distance(from: index, to: bytes.endIndex) else { break }
    let end = bytes.index(index, offsetBy: Int(count))
    fields.append(String(decoding: bytes[index..<end], as: UTF8.self))
    index = end
  }
  return fields
}
