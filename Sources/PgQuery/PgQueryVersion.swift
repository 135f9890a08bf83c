import CPgQuery

/// The PostgreSQL whose parser libpg_query holds; the library has no call that tells its own version.
public var pgQueryVersion: String { PG_VERSION }
