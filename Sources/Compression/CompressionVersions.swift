import CZlib
import CZstd

/// The version of the zlib that is loaded.
public var zlibVersionText: String { unsafe String(cString: zlibVersion()) }

/// The version of the Zstandard that is loaded.
public var zstdVersion: String { unsafe String(cString: ZSTD_versionString()) }
