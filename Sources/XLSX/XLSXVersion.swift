import CXLSXWriter

/// The version of the libxlsxwriter that is loaded.
public var xlsxWriterVersion: String { unsafe String(cString: lxw_version()) }
