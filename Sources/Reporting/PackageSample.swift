package import AuditTrail
import Digests
package import Evidence
import Foundation

/// What a sample is drawn by.
package struct SampleRequest: Sendable {
  /// How many items are drawn of each stratum.
  package enum Size: Sendable, Hashable {
    /// So many.
    case items(Int)
    /// As many as exclude, where none deviates, that this rate deviates (in hundredths of a percent).
    case excluding(rate: Int)
  }

  /// The test whose items are drawn.
  package var test: TestID
  /// How many.
  package var size: Size
  /// How sure the sample must make, in percent.
  package var confidence: Int
  /// What makes the order.
  package var seed: String
  /// The column by which strata are told; `nil` draws from the population as a whole.
  package var column: String?

  /// A request.
  package init(test: TestID, size: Size, confidence: Int, seed: String, column: String?) {
    (self.test, self.size, self.confidence, self.seed, self.column) = (test, size, confidence, seed, column)
  }
}

/// A sample of a finished package's items, which anyone draws again from the package and the seed.
package struct PackageSample: Sendable {
  /// Items of one stratum.
  package struct Stratum: Sendable {
    /// The value of its column; `nil` where the population is not divided.
    package var name: String?
    /// Its items.
    package var items = 0
    /// How many were drawn.
    package var drawn = 0
    /// Those of them with an exception, or that could not be decided.
    package var deviations = 0
    /// The most of its items that may deviate, if no more of the drawn ones do than the package says.
    package var mostDeviating = 0
  }

  /// An item that was drawn.
  fileprivate struct Drawn {
    let item: Int
    let key: SHA256Digest
    let stratum: String
    var fields: [String] = []
  }

  /// What it was drawn by.
  package let request: SampleRequest
  /// The SHA-256 of the package's manifest, in hex.
  package let manifestSHA256: String
  /// The SHA-256 of the population's file, in hex.
  package let populationSHA256: String
  /// The strata by name; one without a name where the population is not divided.
  package private(set) var strata: [Stratum] = []
  private var header: [String] = []
  private var drawn: [Drawn] = []

  /// Draws from the package in a folder. Throws `missing_input` where there is no package, no such population or no item in it, `invalid_file`
  /// where the population is not the one that the manifest names, `usage` for a column that it does not have.
  package init(_ package: String, _ request: SampleRequest) throws(AssayError) {
    self.request = request
    let path = populationPath(request.test)
    guard let manifest = readFile("\(package)/\(Manifest.path)", limit: Manifest.byteLimit),
      let stated = Manifest.files(inManifest: manifest)
    else { throw AssayError(.missingInput, "There is no evidence package here", at: Place(package)) }
    guard let expected = stated[path] else {
      throw AssayError(.missingInput, "The package has no population of \(request.test.rawValue)", at: Place(package))
    }
    manifestSHA256 = SHA256Digest(of: manifest).hex
    populationSHA256 = expected.sha256
    let file = "\(package)/\(path)"
    guard fileKind(file) == .file, try hashFile(file, as: path, stated: expected).sha256 == expected.sha256 else {
      throw AssayError(
        .invalidFile, "The population is not the one that the package's manifest names; verify the package first",
        at: Place(file))
    }
    try count(file)
    guard strata.contains(where: { $0.items > 0 }) else {
      throw AssayError(
        .missingInput,
        "The population of \(request.test.rawValue) has no items, so that nothing can be drawn and nothing follows from it; the "
          + "test's page says why", at: Place(file))
    }
    try draw(file)
    try take(file)
  }

  private static func read(
    _ file: String, _ body: ([String]) throws(AssayError) -> Void
  ) throws(AssayError) -> [String] {
    var reader = try pieces(of: file)
    guard let header = try reader.next() else { return [] }
    while let row = try reader.next() { try body(row.fields) }
    return header.fields
  }

  /// Where the column of strata is; `nil` without one.
  private func place(in header: [String]) throws(AssayError) -> Int? {
    guard let column = request.column else { return nil }
    guard let place = header.firstIndex(of: column) else {
      throw AssayError(
        .usage,
        "The population of \(request.test.rawValue) has no column \(column); it has \(header.joined(separator: ", ")).")
    }
    return place
  }

  private mutating func count(_ file: String) throws(AssayError) {
    var counts: [String: Int] = [:]
    var rows = 0
    header = try Self.read(file) { (_) throws(AssayError) in rows += 1 }
    if let place = try place(in: header) {
      _ = try Self.read(file) { (fields) throws(AssayError) in counts[fields[place], default: 0] += 1 }
    } else {
      counts[""] = rows
    }
    strata = counts.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { name, items in
      let law = Hypergeometric(population: items, confidence: request.confidence)
      let wanted =
        switch request.size {
        case .items(let number): number
        case .excluding(let rate): law.size(excluding: rate)
        }
      return Stratum(name: request.column == nil ? nil : name, items: items, drawn: min(items, wanted))
    }
  }

  /// Keeps of each stratum the items with the least keys, no more than are drawn.
  private mutating func draw(_ file: String) throws(AssayError) {
    let place = try place(in: header)
    var order = SampleOrder(test: request.test.rawValue, seed: request.seed)
    let wanted = Dictionary(uniqueKeysWithValues: strata.map { ($0.name ?? "", $0.drawn) })
    var kept: [String: [Drawn]] = [:]
    var item = 0
    _ = try Self.read(file) { (fields) throws(AssayError) in
      item += 1
      let stratum = place.map { fields[$0] } ?? ""
      let one = Drawn(item: item, key: order.key(item), stratum: stratum)
      let most = wanted[stratum] ?? 0
      var own = kept[stratum] ?? []
      if own.count == most, let last = own.last, last.key < one.key { return }
      own.insert(one, at: own.firstIndex { one.key < $0.key } ?? own.count)
      if own.count > most { own.removeLast() }
      kept[stratum] = own
    }
    drawn = strata.flatMap { kept[$0.name ?? ""] ?? [] }
  }

  /// Takes the rows of what was drawn, and counts what the package says of them.
  private mutating func take(_ file: String) throws(AssayError) {
    let places = Dictionary(uniqueKeysWithValues: drawn.enumerated().map { ($1.item, $0) })
    let result = header.firstIndex(of: "result")
    var rows: [Int: [String]] = [:]
    var item = 0
    _ = try Self.read(file) { (fields) throws(AssayError) in
      item += 1
      if let place = places[item] { rows[place] = fields }
    }
    for place in drawn.indices { drawn[place].fields = rows[place] ?? [] }
    for place in strata.indices {
      let own = drawn.filter { $0.stratum == strata[place].name ?? "" }
      // An item that could not be decided counts as a deviation: nothing else is drawn in its place.
      strata[place].deviations = own.count { one in result.map { one.fields[$0] != ItemOutcome.passed.rawValue } ?? true
      }
      strata[place].mostDeviating = Hypergeometric(population: strata[place].items, confidence: request.confidence)
        .mostDeviating(sample: own.count, shown: strata[place].deviations)
    }
  }

  /// Its name as a file: the test, the size and the seed's digest, so that other samples stay next to it.
  package var name: String {
    let seed = SHA256Digest(of: Array(request.seed.utf8)).hex.prefix(8)
    return "\(request.test.rawValue)-\(drawn.count)-\(seed)"
  }

  /// The sample as a table: the order, the item and its key, the population's columns, and room for an assessor's tickmarks.
  package var csv: [UInt8] {
    let own = ["order", "item", "key"]
    let grid = Self.grid
    var lines = [(own + header + grid).joined(separator: ",")]
    for (place, one) in drawn.enumerated() {
      let fields = ["\(place + 1)", "\(one.item)", one.key.hex] + one.fields + grid.map { _ in "" }
      lines.append(fields.map(quoted).joined(separator: ","))
    }
    return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
  }

  /// The columns for whoever performs it.
  static let grid = ["A", "B", "C", "performed_by", "performed_on", "remark"]

  /// What the columns of the grid ask, in order.
  package static let attributes = [
    ("A", "The item is in the archive, at the entry that the row names."),
    ("B", "By your own reading the item meets the test's criteria."),
    ("C", "The package's result of the item is yours, too."),
  ]
}

/// A field as RFC 4180 writes it. The population's fields are guarded against formulas already.
func quoted(_ field: String) -> String {
  field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) } ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
}
