package import AuditTrail
import Digests
import Evidence

/// Raw entries of the archives, drawn and followed forward into a finished package's populations: what the archives hold must be there.
package struct ArchiveSample: Sendable {
  /// An archive as the package names it.
  package struct Archive: Sendable {
    /// The path, as it was named.
    package let path: String
    /// The SHA-256 of the file as stored, in hex.
    package let sha256: String
    /// Its entries.
    let entries: Int
  }

  /// An entry that was drawn.
  private struct Drawn {
    let archive: Archive
    let entry: Int
    let key: SHA256Digest
    /// The populations that hold it, each with the line of its file.
    var places: [String] = []
    /// What T-03 says of it: kind of event, session, number, time.
    var event: [String] = ["", "", "", ""]
  }

  /// The SHA-256 of the package's manifest, in hex.
  package let manifestSHA256: String
  /// Every archive that the package was made of.
  package let archives: [Archive]
  /// Entries of all archives together.
  package let entries: Int
  /// How many of those that were drawn no population holds.
  package var missing: Int { drawn.count { $0.places.isEmpty } }
  /// How many were drawn.
  package var count: Int { drawn.count }
  private let seed: String
  private var drawn: [Drawn] = []

  /// Draws from the archives of the package in a folder. Throws `missing_input` where there is no package, `invalid_file` where a
  /// file of it is not the one that the manifest names.
  package init(
    _ package: String, _ size: SampleRequest.Size, confidence: Int, seed: String
  ) throws(AssayError) {
    self.seed = seed
    guard let manifest = readFile("\(package)/\(Manifest.path)", limit: Manifest.byteLimit),
      let stated = Manifest.files(inManifest: manifest)
    else { throw AssayError(.missingInput, "There is no evidence package here", at: Place(package)) }
    manifestSHA256 = SHA256Digest(of: manifest).hex
    archives = try Self.archives(try Self.checked("custody/input-digests.csv", package, stated))
    entries = archives.reduce(0) { $0 + $1.entries }
    let law = Hypergeometric(population: entries, confidence: confidence)
    let wanted =
      switch size {
      case .items(let number): number
      case .excluding(let rate): law.size(excluding: rate)
      }
    draw(min(entries, wanted))
    for test in TestID.allCases where stated[populationPath(test)] != nil {
      try follow(test, try Self.checked(populationPath(test), package, stated))
    }
  }

  private static func checked(
    _ path: String, _ package: String, _ stated: [String: Manifest.StatedFile]
  ) throws(AssayError) -> String {
    let file = "\(package)/\(path)"
    guard let expected = stated[path], fileKind(file) == .file,
      try hashFile(file, as: path, stated: expected).sha256 == expected.sha256
    else {
      throw AssayError(
        .invalidFile, "The file is not the one that the package's manifest names; verify the package first",
        at: Place(file))
    }
    return file
  }

  private static func archives(_ file: String) throws(AssayError) -> [Archive] {
    var reader = try pieces(of: file)
    guard let header = try reader.next()?.fields else { return [] }
    let places = ["path", "sha256", "entries"].compactMap { header.firstIndex(of: $0) }
    guard places.count == 3 else { return [] }
    var archives: [Archive] = []
    while let row = try reader.next()?.fields {
      // What is not an archive has no entries.
      guard let entries = Int(row[places[2]]), entries > 0 else { continue }
      archives.append(Archive(path: CSVWriter.plain(row[places[0]]), sha256: row[places[1]], entries: entries))
    }
    return archives
  }

  /// Keeps the entries with the least keys.
  private mutating func draw(_ most: Int) {
    for archive in archives {
      var order = SampleOrder(test: archive.sha256, seed: seed)
      for entry in stride(from: 1, through: archive.entries, by: 1) {
        let key = order.key(entry)
        if drawn.count == most, drawn.last.map({ $0.key < key }) ?? true { continue }
        drawn.insert(
          Drawn(archive: archive, entry: entry, key: key), at: drawn.firstIndex { key < $0.key } ?? drawn.count)
        if drawn.count > most { drawn.removeLast() }
      }
    }
  }

  /// Notes where a test's population holds the entries.
  private mutating func follow(_ test: TestID, _ file: String) throws(AssayError) {
    var reader = try pieces(of: file)
    guard let header = try reader.next()?.fields, let archive = header.firstIndex(of: "archive_sha256"),
      let entry = header.firstIndex(of: "entry")
    else { return }
    let told = ["event", "session", "sequence", "time"].map { header.firstIndex(of: $0) }
    let wanted = Dictionary(
      uniqueKeysWithValues: drawn.enumerated().map { ("\($1.archive.sha256) \($1.entry)", $0) })
    var line = 1
    while let row = try reader.next()?.fields {
      line += 1
      guard let place = wanted["\(row[archive]) \(row[entry])"] else { continue }
      drawn[place].places.append("\(test.rawValue):\(line)")
      if test == .t03, drawn[place].event[0].isEmpty { drawn[place].event = told.map { $0.map { row[$0] } ?? "" } }
    }
  }

  /// Its name as a file: the size and the seed's digest, so that other samples stay next to it.
  package var name: String { "archives-\(drawn.count)-\(SHA256Digest(of: Array(seed.utf8)).hex.prefix(8))" }

  /// The sample as a table, with room for an assessor's tickmarks.
  package var csv: [UInt8] {
    let own = [
      "order", "archive", "archive_sha256", "entry", "key", "populations", "event", "session", "sequence", "time",
    ]
    let grid = PackageSample.grid
    var lines = [own + grid]
    for (place, one) in drawn.enumerated() {
      lines.append(
        [
          "\(place + 1)", one.archive.path, one.archive.sha256, "\(one.entry)", one.key.hex,
          one.places.joined(separator: " "),
        ] + one.event + grid.map { _ in "" })
    }
    return Array(lines.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined().utf8)
  }

  /// What the columns of the grid ask, in order.
  package static let attributes = [
    ("A", "The entry in the archive is what the row says: kind of event, session, number, time."),
    ("B", "Each population that should hold the entry does, at the line that the row names."),
    (
      "C",
      "An entry that no population holds belongs in none: a header, a seal, a heartbeat, blank, or out of the period."
    ),
  ]
}
