package import AuditTrail
import Digests
import Evidence
import Foundation
import JSONReader

/// What a finished package states: its results as they were written, whatever version wrote them. Nothing is judged again.
package struct StatedPackage: Sendable {
  /// A test with its result.
  struct Test: Sendable {
    var title: String
    var status: String
    var items: Int64?
    var exceptions = 0
  }

  /// A control of a framework; its name is `FRAMEWORK CONTROL`.
  struct Control: Sendable {
    var framework: String
    var control: String
    var title: String
    var status: String
  }

  /// The folder.
  package let path: String
  /// The SHA-256 of its manifest, in hex.
  package let manifestSHA256: String
  /// The period's name, such as `2026-Q2`.
  package var period: String { header.period }
  /// What it chose, by the names of the choices; a choice that it does not state is not here.
  package private(set) var choices: [String: String] = [:]
  let header: PackageHeader
  private(set) var tests: [String: Test] = [:]
  private(set) var controls: [String: Control] = [:]
  private(set) var exceptions: [StatedException] = []
  /// The connections in scope or with statements in the period.
  private(set) var connections: Set<String> = []
  /// Tests whose exceptions are told apart by their keys alone, since the populations do not say which row is about which.
  private(set) var withoutRows: [String] = []

  /// What is looked at before a word of the package is believed, and what is not.
  package static let checked = [
    "Every file of it has the digest that its MANIFEST.json and its SHA256SUMS state, and it holds no other file.",
    "Not checked: that its results follow from its items, and who made it. `assay verify` checks both.",
  ]

  /// Reads what the package in a folder states. Throws `missing_input` where there is none that can be read.
  init(_ path: String) throws(AssayError) {
    self.path = path
    var json = JSONParser(maximumBytes: FactsJSON.byteLimit)
    guard let manifest = readFile("\(path)/\(Manifest.path)", limit: Manifest.byteLimit),
      let bytes = readFile("\(path)/\(Manifest.evidencePath)", limit: FactsJSON.byteLimit),
      let root = try? json.parse(bytes), json.text(root, "format") == EvidenceJSON.format,
      let header = PackageHeader(json, root)
    else {
      throw AssayError(
        .missingInput, "There is no evidence package here that can be read; name the folder that `assay report` wrote",
        at: Place(path))
    }
    self.header = header
    manifestSHA256 = SHA256Digest(of: manifest).hex
    take(json, root)
  }

  /// The package in a folder, after its files were held against its own sums; `withRows` with what its populations say of
  /// exceptions. Throws `missing_input` where there is none, `invalid_file` where a file is not the one that the sums name, and
  /// `input_output` where one cannot be read.
  package static func checked(_ path: String, withRows: Bool = true) throws(AssayError) -> StatedPackage {
    guard fileKind(path) == .directory else {
      throw AssayError(.missingInput, "Name the folder of an evidence package", at: Place(path))
    }
    let tree = try PackageTree(path)
    try requirePackage(path, tree)
    try checkSums(path, tree)
    var package = try StatedPackage(path)
    if withRows { try package.readRows() }
    return package
  }

  /// Throws where a file is not the one that both of the package's lists name.
  private static func checkSums(_ path: String, _ tree: PackageTree) throws(AssayError) {
    func fails(_ what: String, _ file: String) -> AssayError {
      AssayError(
        .invalidFile, "\(what): nothing of this package is used; `assay verify` names all that does not hold",
        at: Place("\(path)/\(file)"))
    }
    if let other = (tree.links + tree.others).first { throw fails("This is not a file of a package", other) }
    guard let manifest = readFile("\(path)/\(Manifest.path)", limit: Manifest.byteLimit),
      let stated = Manifest.files(inManifest: manifest)
    else { throw fails("The manifest is missing, or is none", Manifest.path) }
    var files: [PackageFile] = []
    for name in tree.files where name != Manifest.checksumsPath {
      let file = try hashFile("\(path)/\(name)", as: name, stated: stated[name])
      guard name == Manifest.path || stated[name]?.sha256 == file.sha256 else {
        throw fails("The file is not the one that the package's manifest names", name)
      }
      files.append(file)
    }
    let found = Set(files.map(\.path))
    if let gone = stated.keys.sorted().first(where: { !found.contains($0) }) {
      throw fails("The file is missing", gone)
    }
    guard readFile("\(path)/\(Manifest.checksumsPath)", limit: Manifest.byteLimit) == Manifest.checksums(files) else {
      throw fails("The checksums are not those of the files", Manifest.checksumsPath)
    }
  }

  private mutating func take(_ json: borrowing JSONParser, _ root: JSONValue) {
    func list(_ object: JSONValue, _ name: StaticString) -> [JSONValue] {
      json.value(of: object, name).map { json.elements(of: $0) } ?? []
    }
    for choice in list(root, "choices") {
      if let name = json.text(choice, "name") { choices[name] = json.text(choice, "value") }
    }
    for connection in list(root, "connections") {
      let isSeen = json.value(of: connection, "statements").flatMap { json.int($0) } ?? 0 > 0
      let isInScope = json.value(of: connection, "in_scope").flatMap { json.bool($0) } ?? false
      if isSeen || isInScope, let name = json.text(connection, "name") { connections.insert(name) }
    }
    for test in list(root, "tests") {
      guard let id = json.text(test, "id"), let status = json.text(test, "status") else { continue }
      let items = json.value(of: test, "population").flatMap { json.value(of: $0, "count") }.flatMap { json.int($0) }
      tests[id] = Test(title: json.text(test, "title") ?? "", status: status, items: items)
    }
    for framework in list(root, "frameworks") {
      guard let id = json.text(framework, "id") else { continue }
      for control in list(framework, "controls") {
        guard let name = json.text(control, "control"), let status = json.text(control, "status") else { continue }
        controls["\(id) \(name)"] = Control(
          framework: id, control: name, title: json.text(control, "title") ?? "", status: status)
      }
    }
    exceptions = list(root, "exceptions").compactMap { StatedException(json, $0) }
    for exception in exceptions { tests[exception.test]?.exceptions += 1 }
  }

  /// Gives each exception the row of its population that it is about first, where its kind depends on it.
  mutating func readRows() throws(AssayError) {
    for test in Set(exceptions.map(\.test)).sorted() {
      let kind = kindColumns(test)
      let columns = kind.lasting.filter { !ExceptionKind.ownColumns.contains($0) } + kind.passing
      let file = "\(path)/populations/\(test).csv"
      guard !columns.isEmpty, tests[test] != nil, fileKind(file) == .file else { continue }
      var places: [String: Int] = [:]
      for (place, exception) in exceptions.enumerated() where exception.test == test { places[exception.id] = place }
      var reader = try pieces(of: file)
      guard let header = try reader.next()?.fields else { continue }
      guard let ids = header.firstIndex(of: "exceptions") else {
        withoutRows.append(test)
        continue
      }
      let wanted = columns.compactMap { name in header.firstIndex(of: name).map { (name, $0) } }
      while !places.isEmpty, let row = try reader.next()?.fields {
        for id in row[ids].split(separator: " ") {
          guard let place = places.removeValue(forKey: String(id)) else { continue }
          for (name, column) in wanted { exceptions[place].row[name] = CSVWriter.plain(row[column]) }
        }
      }
    }
  }
}

/// A reader of a CSV file that comes in pieces.
func pieces(of file: String) throws(AssayError) -> CSVReader {
  guard let handle = FileHandle(forReadingAtPath: file) else {
    throw AssayError(.inputOutput, "The file cannot be opened", at: Place(file))
  }
  return CSVReader(path: file) { () throws(AssayError) in
    do {
      return try handle.read(upToCount: 1 << 20).map { [UInt8]($0) } ?? []
    } catch {
      throw AssayError(.inputOutput, "The file cannot be read to its end", at: Place(file))
    }
  }
}
