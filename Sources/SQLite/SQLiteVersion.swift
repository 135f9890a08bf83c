import CSQLite

/// The version of the SQLite that is loaded.
public var sqliteVersion: String { unsafe String(cString: sqlite3_libversion()) }
