package import AuditTrail
import Digests
import Evidence
import JSONReader

/// Holds a package against the one that was made again from the archives: every file, every row, every digest.
struct Reperformance {
  let root: String
  /// Every regular file of the package.
  let files: [PackageFile]
  /// The folder of the package that was made again.
  let again: String
  /// The version of the program that made it again.
  let program: String?

  /// What differs; the manifest and the checksums follow from the other files.
  func failures() throws(AssayError) -> [VerificationFailure] {
    var expected: [String: PackageFile] = [:]
    for path in try PackageTree(again).files { expected[path] = try hashFile("\(again)/\(path)", as: path) }
    let actual = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var failures: [VerificationFailure] = []
    for path in Set(expected.keys).union(actual.keys).subtracting([Manifest.path, Manifest.checksumsPath]).sorted() {
      guard expected[path]?.sha256 != actual[path]?.sha256 else { continue }
      guard let found = failure(path, isExpected: expected[path] != nil, isThere: actual[path] != nil) else { continue }
      failures.append(found)
    }
    guard !failures.isEmpty, let program, let own = try? PackageIdentity(root).toolVersion, own != program else {
      return failures
    }
    // Another version may read, judge or render otherwise: what differs proves nothing, and nothing is proved.
    return [
      VerificationFailure(
        path: Manifest.path, problem: "not_compared", expected: "assay \(own), which made it",
        actual: "assay \(program)")
    ]
  }

  /// What differs in a file; `nil` for a workbook that is packed otherwise and holds the same.
  private func failure(_ path: String, isExpected: Bool, isThere: Bool) -> VerificationFailure? {
    guard isExpected, isThere else {
      return VerificationFailure(
        path: path, problem: "not_reproduced", expected: isExpected ? "a file" : "no such file",
        actual: isThere ? "a file" : "no such file")
    }
    let limit = FactsJSON.byteLimit
    guard let own = readFile("\(again)/\(path)", limit: limit), let found = readFile("\(root)/\(path)", limit: limit)
    else { return VerificationFailure(path: path, problem: "not_reproduced") }
    guard let difference = FileDifference(path: path, rendered: own, found: found) else { return nil }
    let rows = path.hasSuffix(".csv") ? differingRows(own, found) : nil
    return VerificationFailure(
      path: path, problem: "not_reproduced", expected: difference.expected,
      actual: difference.actual + (rows.map { "; \($0)" } ?? ""))
  }

  /// How many rows only one of the two has, whatever their order.
  private func differingRows(_ own: [UInt8], _ found: [UInt8]) -> String {
    var counts: [ArraySlice<UInt8>: Int] = [:]
    for row in own.split(separator: 0x0A) { counts[row, default: 0] += 1 }
    for row in found.split(separator: 0x0A) { counts[row, default: 0] -= 1 }
    let missing = counts.values.reduce(0) { $0 + max(0, $1) }
    let added = counts.values.reduce(0) { $0 + max(0, -$1) }
    return missing + added == 0
      ? "the same rows in another order"
      : "\(counted(missing, "row")) of the archives missing, \(counted(added, "row")) not of them"
  }
}

/// What a package says it is of: what it takes to make it again.
package struct PackageIdentity: Sendable {
  /// The period.
  package let period: Period
  /// The ids of the frameworks it reports, in order.
  package let frameworks: [String]
  /// The version of the program that made it.
  package let toolVersion: String
  /// The engines on which it says that the program's own cases ran.
  package let validatedEngines: [String]

  /// Reads it from the package's manifest. Throws `missing_input` if there is none that can be read.
  package init(_ path: String) throws(AssayError) {
    var json = JSONParser(maximumBytes: Manifest.byteLimit)
    guard let bytes = readFile("\(path)/\(Manifest.path)", limit: Manifest.byteLimit),
      let root = try? json.parse(bytes), let header = PackageHeader(json, root),
      let start = Timestamp(header.start), let end = Timestamp(header.end)
    else {
      throw AssayError(
        .missingInput, "There is no \(Manifest.path) here that says what the package is of", at: Place(path))
    }
    period = Period(label: header.period, start: start, end: end, zone: header.zone)
    frameworks = header.catalogs.map(\.id)
    toolVersion = header.toolVersion
    validatedEngines = try Self.engines("\(path)/replay/tool-validation.csv")
  }

  private static func engines(_ file: String) throws(AssayError) -> [String] {
    guard fileKind(file) == .file else { return [] }
    var reader = try pieces(of: file)
    guard let place = try reader.next()?.fields.firstIndex(of: "engine") else { return [] }
    var engines: [String] = []
    while let row = try reader.next()?.fields { engines.append(CSVWriter.plain(row[place])) }
    return engines
  }
}
