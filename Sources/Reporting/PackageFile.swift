/// A file of a package as the manifest lists it. Role, media type and tests follow from the path alone.
struct PackageFile: Sendable, Hashable {
  /// The path inside the package, with `/`.
  let path: String
  let bytes: Int64
  /// In hex.
  let sha256: String

  /// What the file is there for.
  var role: String {
    switch path {
    case "README.md": "readme"
    case "summary.md": "summary"
    case "workpaper.xlsx": "workpaper"
    case "DATA-DICTIONARY.md": "data_dictionary"
    case Manifest.path: "manifest"
    default: path.split(separator: "/").first.map(String.init) ?? path
    }
  }

  var mediaType: String {
    switch path.split(separator: ".").last {
    case "md": "text/markdown; charset=utf-8"
    case "csv": "text/csv; charset=utf-8; header=present"
    case "json": "application/json"
    case "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    default: "application/octet-stream"
    }
  }

  /// The tests it is about; none for a file that is about all of them.
  var tests: [String] {
    switch path.split(separator: "/").first {
    case "coverage": ["T-02"]
    case "replay": ["T-19"]
    case "tieout": ["T-42"]
    case "custody": ["T-41"]
    case "tests", "populations", "attributes":
      path.split(separator: "/").last.map { [String($0.prefix(4))] } ?? []
    default: []
    }
  }
}
