import AuditTrail
import JSONReader

/// Recomputes what `machine/evidence.json` says adds up: the control totals, each test's results and the rows of its
/// population.
struct TotalsCheck {
  /// The most that an evidence file may hold.
  static let byteLimit = 1 << 30

  let root: String

  func failures() throws(AssayError) -> [VerificationFailure] {
    let path = Manifest.evidencePath
    guard let bytes = readFile("\(root)/\(path)", limit: Self.byteLimit) else { return [] }
    var parser = JSONParser(maximumBytes: Self.byteLimit)
    guard let object = try? parser.parse(bytes), parser.text(object, "format") == EvidenceJSON.format else {
      return [VerificationFailure(path: path, problem: "not_evidence", expected: EvidenceJSON.format)]
    }
    var failures: [VerificationFailure] = []
    for equation in parser.elements(of: object, "tie_outs") {
      let (left, right) = (parser.count(equation, "left_value"), parser.count(equation, "right_value"))
      let holds = parser.value(of: equation, "holds").flatMap { parser.bool($0) }
      guard let left, let right, holds == (left == right) else {
        failures.append(VerificationFailure(path: path, problem: "tie_out", expected: parser.text(equation, "id")))
        continue
      }
    }
    for test in parser.elements(of: object, "tests") {
      guard let population = parser.value(of: test, "population"), let count = parser.count(population, "count"),
        let file = parser.text(population, "file"), fileKind("\(root)/\(file)") == .file, !file.contains("..")
      else { continue }
      let rows = try countRecords("\(root)/\(file)") - 1
      if rows != count {
        failures.append(
          VerificationFailure(
            path: file, problem: "population_count", expected: String(count), actual: String(rows)))
      }
    }
    return failures
  }

  /// Records of a CSV file: line ends that stand in no quotes.
  private func countRecords(_ path: String) throws(AssayError) -> Int64 {
    var (count, isQuoted) = (Int64(0), false)
    try forEachPiece(of: path) { piece in
      for byte in piece {
        if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        if byte == 0x0A, !isQuoted { count += 1 }
      }
    }
    return count
  }
}

extension JSONParser {
  fileprivate func elements(of object: JSONValue, _ name: StaticString) -> [JSONValue] {
    value(of: object, name).map { elements(of: $0) } ?? []
  }

  fileprivate func count(_ object: JSONValue, _ name: StaticString) -> Int64? {
    value(of: object, name).flatMap { int($0) }
  }
}
