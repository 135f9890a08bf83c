import CSQLite

/// The most views that a schema may hold.
public let mostViews = Int(CSQLITE_MOST_VIEWS)

extension SQLiteDatabase {
  /// Fails for more views than are read: each may name the one before, and SQLite goes through all of them on the stack.
  /// Throws `SQLITE_TOOBIG`.
  public func requireFewViews() throws(SQLiteError) {
    var count = try prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'view'")
    try count.step()
    guard count.int64(0) <= mostViews else {
      throw SQLiteError(code: SQLITE_TOOBIG, message: "the schema has more than \(mostViews) views")
    }
  }
}
