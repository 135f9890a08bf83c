import CSimdJSON

/// The simdjson that the program was built with; the library has no call that tells its own version.
public var simdjsonVersion: String { unsafe String(cString: cjson_version()) }
