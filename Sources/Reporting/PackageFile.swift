import Evidence

/// A file of a package as the manifest lists it. Role, media type and tests follow from the path and ``PackagePart``.
struct PackageFile: Sendable, Hashable {
  /// The path inside the package, with `/`.
  let path: String
  let bytes: Int64
  /// In hex.
  let sha256: String

  /// What the file is there for.
  var role: String {
    PackagePart.holding(path)?.role ?? path.split(separator: "/").first.map(String.init) ?? path
  }

  var mediaType: String {
    switch path.split(separator: ".").last {
    case "md": "text/markdown; charset=utf-8"
    case "csv": "text/csv; charset=utf-8; header=present"
    case "json": "application/json"
    case "sh": "application/x-sh"
    case "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    default: "application/octet-stream"
    }
  }

  /// The tests it is about; none for a file that is about all of them.
  var tests: [String] {
    switch PackagePart.holding(path)?.tests {
    case .only(let test): [test.rawValue]
    case .named: path.split(separator: "/").last.map { [String($0.prefix(4))] } ?? []
    case .all, nil: []
    }
  }
}
