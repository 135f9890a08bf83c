public import AuditTrail
public import Digests
import JSONReader

/// A record of a native archive in its friendly form.
public enum ArchiveRecord: Sendable, Hashable {
  case opening(SessionOpening)
  case statement(StatementRecord)
  case approval(Approval)
  case closing(SessionClosing)
  case policyChange(PolicyChange)
  case accessChange(AccessChange)
  case heartbeat(Timestamp)
}

/// Writes a native archive: records in, lines out, a seal at the end. Same records, same bytes.
///
/// The lines gather until ``takeBytes()``, so that an archive of any size is written in flat memory.
public struct NativeArchiveWriter: ~Copyable {
  private var output: [UInt8] = []
  private var tree = MerkleTree()
  private var records: Int64 = 0
  private var first: Timestamp?
  private var last: Timestamp?
  private let header: ArchiveHeader
  private var isSealed = false

  /// Begins an archive with its `archive` line.
  public init(header: ArchiveHeader) {
    self.header = header
    var line = JSONWriter(verbatim: true)
    line.write(header)
    end(line)
  }

  /// Adds a record; nothing may follow the seal, so after it this does nothing and returns false.
  @discardableResult
  public mutating func append(_ record: ArchiveRecord) -> Bool {
    switch record {
    case .opening(let opening): append(opening.time) { $0.write(opening) }
    case .approval(let approval): append(approval.requestedAt) { $0.write(approval) }
    case .closing(let closing): append(closing.time) { $0.write(closing) }
    case .policyChange(let change): append(change.time) { $0.write(change) }
    case .accessChange(let change): append(change.time) { $0.write(change) }
    case .heartbeat(let time): append(time) { $0.write(heartbeat: time) }
    case .statement(let statement): append(statement)
    }
  }

  private mutating func append(_ statement: StatementRecord) -> Bool {
    var batch = RecordBatch()
    batch.append(statement, entry: 1)
    return append(batch)
  }

  /// Adds every record of a batch in the order of the entries; those of one entry as opening, statements, closing,
  /// approvals, changes, heartbeats. Does nothing and returns false after the seal.
  @discardableResult
  public mutating func append(_ batch: borrowing RecordBatch) -> Bool {
    guard !isSealed else { return false }
    var order: [(entry: Int64, rank: Int, index: Int)] = []
    order += batch.openings.indices.map { (batch.openings[$0].entry, 0, $0) }
    order += batch.statements.indices.map { (batch.statements[$0].entry, 1, $0) }
    order += batch.closings.indices.map { (batch.closings[$0].entry, 2, $0) }
    order += batch.approvals.indices.map { (batch.approvals[$0].entry, 3, $0) }
    order += batch.policyChanges.indices.map { (batch.policyChanges[$0].entry, 4, $0) }
    order += batch.accessChanges.indices.map { (batch.accessChanges[$0].entry, 5, $0) }
    order += batch.heartbeats.indices.map { (batch.heartbeats[$0].entry, 6, $0) }
    order.sort { ($0.entry, $0.rank, $0.index) < ($1.entry, $1.rank, $1.index) }
    for (_, rank, index) in order {
      switch rank {
      case 0: append(.opening(batch.openings[index].value))
      case 1:
        let row = batch.statements[index]
        append(Timestamp(nanoseconds: row.time)) { $0.write(row, arena: batch.arena) }
      case 2: append(.closing(batch.closings[index].value))
      case 3: append(.approval(batch.approvals[index].value))
      case 4: append(.policyChange(batch.policyChanges[index].value))
      case 5: append(.accessChange(batch.accessChanges[index].value))
      default: append(.heartbeat(batch.heartbeats[index].value))
      }
    }
    return true
  }

  /// Ends the archive with its seal and returns the root, the next segment's `previous`.
  public mutating func seal() -> String {
    seal(nil)
  }

  /// As ``seal()``, signed. Throws `signing_failed`.
  public mutating func seal(signedBy key: borrowing Ed25519PrivateKey) throws(DigestsError) -> String {
    let statement = sealStatement()
    let value = Base64.encode(try key.signature(for: statement.signedText(previous: header.previous)))
    return seal(SealSignature(key: key.publicKey.fingerprint.hex, value: value))
  }

  /// The head of the chain that this archive is the newest segment of, signed. Throws `signing_failed`.
  public mutating func checkpoint(signedBy key: borrowing Ed25519PrivateKey) throws(DigestsError) -> Checkpoint {
    try Checkpoint(header, sealStatement(), signedBy: key)
  }

  /// The lines since the last call.
  public mutating func takeBytes() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// How many bytes ``takeBytes()`` would return.
  public var pendingBytes: Int { output.count }

  private mutating func seal(_ signature: SealSignature?) -> String {
    let statement = sealStatement()
    guard !isSealed else { return statement.root }
    isSealed = true
    var line = JSONWriter(verbatim: true)
    line.write(statement, signature: signature)
    output.append(contentsOf: line.bytes)
    output.append(0x0A)
    return statement.root
  }

  private mutating func sealStatement() -> SealStatement {
    SealStatement(records: records, first: first?.description, last: last?.description, root: tree.root().hex)
  }

  @discardableResult
  private mutating func append(_ time: Timestamp, _ write: (inout JSONWriter) -> Void) -> Bool {
    guard !isSealed else { return false }
    var line = JSONWriter(verbatim: true)
    write(&line)
    records += 1
    if first.map({ time < $0 }) ?? true { first = time }
    if last.map({ time > $0 }) ?? true { last = time }
    end(line)
    return true
  }

  private mutating func end(_ line: JSONWriter) {
    tree.append(line.bytes)
    output.append(contentsOf: line.bytes)
    output.append(0x0A)
  }
}
