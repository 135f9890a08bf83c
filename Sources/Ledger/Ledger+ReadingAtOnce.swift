public import AuditTrail
import SQLite
import Synchronization

extension Ledger {
  /// What `body` reads for each number below `count`, in the order of the numbers. Several threads read at once, each through
  /// a connection of its own that stays at the ledger's present state. Where another process writes while they are opened,
  /// this connection reads one part after the other.
  public borrowing func readAtOnce<Value: Sendable>(
    _ count: Int, _ body: @Sendable (borrowing Ledger, Int) throws(AssayError) -> Value
  ) throws(AssayError) -> [Value] {
    // What a reader maps while another process writes, only its own connection sees.
    let isAlone = try rows("SELECT 1 FROM temp.sqlite_master LIMIT 1").isEmpty
    if count > 1, threadsAtOnce > 1, isAlone {
      let (path, state) = (path, try state())
      let hasMoved = Atomic(false)
      do throws(AssayError) {
        let reader = { @Sendable () throws(AssayError) in
          let reader = try Self.reader(of: path)
          guard try reader.state() == state else {
            hasMoved.store(true, ordering: .relaxed)
            throw AssayError(.inUse, "Another process writes the ledger.", at: Place(path))
          }
          return reader
        }
        return try atOnce(count, state: reader, body)
      } catch {
        guard hasMoved.load(ordering: .relaxed) else { throw error }
      }
    }
    var values: [Value] = []
    for number in 0..<count { values.append(try body(self, number)) }
    return values
  }

  /// What tells one state of the ledger from another: the digest over all rows that were written.
  private borrowing func state() throws(AssayError) -> [[LedgerValue]] {
    try rows("SELECT rows, digest FROM seals WHERE name = ''")
  }

  /// One of several connections: it sorts in temporary files and keeps few pages, for many rows would else take much memory.
  private static func reader(of path: String) throws(AssayError) -> Ledger {
    let ledger = try Ledger(path: path, create: false)
    do throws(SQLiteError) {
      try ledger.sortOutsideOfMemory()
      try ledger.keepPages(megabytes: 16)
      try ledger.database.execute("BEGIN")
    } catch {
      throw failure(error, path: path)
    }
    return ledger
  }
}
