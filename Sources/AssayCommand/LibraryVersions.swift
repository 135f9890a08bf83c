import Compression
import Digests
import Foundation
import JSONReader
import MariaDB
import PgQuery
import Postgres
import Regexes
import SQLite
import Transfers
import XLSX

/// A C library that this process works with.
struct LoadedLibrary {
  let name: String
  /// The version, as far as the library tells one.
  let version: String?
  /// The name of the file that is loaded; `nil` where it is part of the program.
  let file: String?

  /// `SQLite 3.40.1 (libsqlite3.so.0.8.6)`.
  var text: String { [name, version, file.map { "(\($0))" }].compactMap(\.self).joined(separator: " ") }
}

/// Every C library, by what is loaded and not by what the program was built with.
func loadedLibraries() -> [LoadedLibrary] {
  // Read to its end: the kernel says that it has no bytes.
  let bytes = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
  let maps = String(decoding: bytes ?? Data(), as: UTF8.self)
  let files = Set(
    maps.split(separator: "\n").compactMap { line in line.split(separator: "/").last.map(String.init) })
  let libraries: [(name: String, version: String?, file: String)] = [
    ("SQLite", sqliteVersion, "libsqlite3.so"),
    (
      "libpq", "\(postgresLibraryVersion / 10_000).\(postgresLibraryVersion % 10_000)", "libpq.so"
    ),
    ("MariaDB Connector/C", mariaDBLibraryVersion, "libmariadb.so"),
    ("libpg_query", "of PostgreSQL \(pgQueryVersion)", "libpg_query.so"),
    ("libxlsxwriter", xlsxWriterVersion, "libxlsxwriter.so"), ("OpenSSL", openSSLVersion, "libcrypto.so"),
    ("simdjson", simdjsonVersion, "libsimdjson.so"), ("RE2", nil, "libre2.so"),
    ("PCRE2", pcre2Version, "libpcre2-8.so"), ("zlib", zlibVersionText, "libz.so"),
    ("Zstandard", zstdVersion, "libzstd.so"), ("libcurl", curlVersion, "libcurl.so"),
  ]
  return libraries.map { library in
    LoadedLibrary(
      name: library.name, version: library.version, file: files.filter { $0.hasPrefix(library.file) }.min())
  }
}
