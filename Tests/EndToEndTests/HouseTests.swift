import Foundation
import Testing

/// The house as `docs/architecture.md` draws it: each target imports only what stands to its left.
struct HouseTests {
  /// The targets from left to right; what is in one line may not import one another.
  private static let order: [[String]] = [
    [
      "CSQLite", "CSimdJSON", "CRE2", "CLibPQ", "CPCRE2", "CPgQuery", "CXLSXWriter", "COpenSSL", "CZlib", "CZstd",
      "CCurl", "CMariaDB", "CProcess", "CResources",
    ],
    ["JSONReader"],
    [
      "SQLite", "Postgres", "MariaDB", "Regexes", "PgQuery", "XLSX", "Digests", "Compression", "Transfers",
      "EmbeddedFiles",
    ],
    ["AuditTrail"], ["SQLAnalysis", "YAMLFiles", "Sensitivity"], ["Archives"], ["Policies"], ["Ledger"], ["Replay"],
    ["ThrowAwayServers"], ["SQLiteShadows", "PostgresShadows", "MariaDBShadows"], ["SyntheticShadows"],
    ["GoldenCorpus"], ["PolicyDiff", "Incidents"],
    ["Evidence"], ["Reporting", "Export"], ["AssayCommand"], ["assay"],
  ]

  private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

  private static func files(of target: String) throws -> [(name: String, text: String)] {
    let folder = sources.appending(path: target)
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      (name, try String(contentsOf: folder.appending(path: name), encoding: .utf8))
    }
  }

  @Test func `every target is in the drawing`() throws {
    let there = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path).filter { !$0.hasPrefix(".") }
    #expect(Set(there) == Set(Self.order.flatMap(\.self)))
  }

  @Test func `imports point left only`() throws {
    let places = Dictionary(
      uniqueKeysWithValues: Self.order.enumerated().flatMap { place, targets in targets.map { ($0, place) } })
    for (target, place) in places {
      for file in try Self.files(of: target) {
        for line in file.text.split(separator: "\n") {
          let words = line.split(separator: " ")
          guard let index = words.firstIndex(of: "import"), index < 2, words.count > index + 1 else { continue }
          guard let imported = places[String(words[index + 1])] else { continue }
          #expect(imported < place, "\(target)/\(file.name): \(line)")
        }
      }
    }
  }

  /// Then one check stands before all of them.
  @Test func `every command that writes a file where its user says names its outputs`() throws {
    let writing = ["writeFile(", "OutputFile(", "writeVerdicts(", "writeReport("]
    // Where those are, and what writes into a folder of its own or where nothing is.
    let own = [
      "Files.swift", "OutputFile.swift", "WriteReport.swift", "PackageAgain.swift", "InitCommand.swift",
      "SampleCommand.swift", "LineFiles.swift",
    ]
    var commands = 0
    for file in try Self.files(of: "AssayCommand") where writing.contains(where: file.text.contains) {
      let isNamed = file.text.contains(": FileWriting {")
      #expect(isNamed || own.contains(file.name), "\(file.name)")
      if isNamed { commands += 1 }
    }
    #expect(commands >= 8)
  }

  /// So no figure, no verdict and no file of a package can rest on how a machine's clock stands.
  @Test func `what time it is asks a lock, the note beside a package and the day of a comparison, and nothing else`()
    throws
  {
    let clocks = ["Date()", "Date.now", "CLOCK_REALTIME", "gettimeofday", "time(nil)", "'now'"]
    var asking: Set<String> = []
    for target in Self.order.joined() {
      for file in try Self.files(of: target) {
        let code = file.text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
        if code.contains(where: { line in clocks.contains(where: line.contains) }) { asking.insert(file.name) }
      }
    }
    #expect(asking == ["LedgerLock.swift", "RunNote.swift", "DiffCommand.swift"])
  }

  @Test func `the session engine names no database`() throws {
    for file in try Self.files(of: "Replay") {
      for line in file.text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//") {
        let names = ["sqlite", "postgres", "mariadb", "mysql"].filter { line.lowercased().contains($0) }
        #expect(names.isEmpty, "\(file.name): \(line)")
      }
    }
  }

  /// What both would call by one name is either asked of every driver or written once, in the session engine.
  @Test func `no function name exists in two drivers`() throws {
    func names(_ target: String) throws -> Set<String> {
      Set(try Self.files(of: target).flatMap { Self.functions(in: $0.text) })
    }
    let asked = Set(
      try Self.files(of: "Replay").flatMap { file in
        file.text.components(separatedBy: "\n}").filter { $0.contains(" protocol ") }.flatMap(Self.functions)
      })
    let drivers = try ["SQLiteShadows", "PostgresShadows", "MariaDBShadows"].map(names)
    #expect(drivers.allSatisfy { $0.count > 50 } && asked.contains("nextCommand"))
    for (place, left) in drivers.enumerated() {
      for right in drivers.dropFirst(place + 1) {
        #expect(left.intersection(right).subtracting(asked).sorted() == [])
      }
    }
  }

  private static func functions(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(whereSeparator: { $0 == " " || $0 == "(" || $0 == "<" })
      guard words.first?.hasPrefix("//") == false, let place = words.firstIndex(of: "func") else { return nil }
      return words.dropFirst(place + 1).first.map(String.init)
    }
  }

  /// The packages and the libraries that `Package.swift` names, its modules of the system too.
  @Test func `docs/dependencies.md says of every dependency why it is there`() throws {
    let root = Self.sources.deletingLastPathComponent()
    let package = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    let document = try String(contentsOf: root.appending(path: "docs/dependencies.md"), encoding: .utf8)
    let patterns = [
      #/\.package\(url: "[^"]*\/([^"\/]+)"/#, #/\.systemLibrary\(name: "([^"]+)"/#, #/\.apt\(\["([^"]+)"/#,
      #/name: "(C\w+)", linkerSettings/#, #/\.linkedLibrary\("([^"]+)"/#,
    ]
    let named = patterns.map { pattern in package.matches(of: pattern).map { String($0.output.1) } }
    #expect(named.map(\.count) == [3, 9, 9, 3, 3])
    // A row begins with what it is about.
    let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `") }
    for name in named.joined() {
      #expect(rows.contains { $0.contains("`\(name)`") }, "docs/dependencies.md has no row for \(name)")
    }
    // And no row is about what is gone.
    for row in rows {
      #expect(named.joined().contains { row.contains("`\($0)`") }, "\(row)")
    }
  }
}
