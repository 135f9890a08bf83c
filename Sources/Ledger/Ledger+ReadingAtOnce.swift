public import AuditTrail
import SQLite

extension Ledger {
  /// What `body` reads for each number below `count`, in the order of the numbers. Several threads read at once, each through
  /// a connection of its own, unless another process may write meanwhile: all of it is of one state of the ledger.
  public borrowing func readAtOnce<Value: Sendable>(
    _ count: Int, _ body: @Sendable (borrowing Ledger, Int) throws(AssayError) -> Value
  ) throws(AssayError) -> [Value] {
    let path = path
    if count > 1, threadsAtOnce > 1,
      let values = try whileNobodyWrites({ () throws(AssayError) in
        try atOnce(count, state: { () throws(AssayError) in try Self.reader(of: path) }, body)
      })
    {
      return values
    }
    var values: [Value] = []
    for number in 0..<count { values.append(try body(self, number)) }
    return values
  }

  /// One of several connections: it sorts in temporary files and keeps few pages, for many rows would else take much memory.
  private static func reader(of path: String) throws(AssayError) -> Ledger {
    let ledger = try Ledger(path: path, create: false)
    do throws(SQLiteError) {
      try ledger.sortOutsideOfMemory()
      try ledger.keepPages(megabytes: 16)
    } catch {
      throw failure(error, path: path)
    }
    return ledger
  }
}
