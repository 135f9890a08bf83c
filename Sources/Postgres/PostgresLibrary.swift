internal import CLibPQ

/// The version of libpq that is linked, such as 150020 for 15.20.
///
/// Source: PostgreSQL 15, chapter 34.13 (`PQlibVersion`).
public var postgresLibraryVersion: Int { Int(PQlibVersion()) }
