import Foundation
import SQLite
import Testing

/// Making a package again: as its pages say, and by `verify --reperform`.
@Suite struct ReperformanceTests {
  private static let package = "quarter/reports/2026-07"

  @Test func `the recipe of a page, run exactly as printed, gives the same rows and leaves the package alone`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    let before = try folder.package(Self.package)
    let ledger = try folder.bytes("quarter/.assay/ledger.db")
    let sums = try folder.text("\(Self.package)/SHA256SUMS")
    // The program by its name, as the recipe calls it.
    try folder.makeFolder("bin")
    try FileManager.default.createSymbolicLink(atPath: folder("bin/assay"), withDestinationPath: binary.path)
    for test in ["T-19", "T-02"] {
      let page = try folder.text("\(Self.package)/tests/\(test).md")
      let recipe = try #require(page.components(separatedBy: "```sh\n").last?.components(separatedBy: "```").first)
      #expect(recipe.contains("assay "), "\(page)")
      let script = "set -e\nexport PATH=\"\(folder("bin")):$PATH\"\ncd quarter\n\(recipe)"
      let finished = try run(URL(filePath: "/bin/sh"), ["-c", script], in: folder)
      #expect(finished.status == 0, "\(finished)")
      let line = finished.output.split(separator: "\n").last.map(String.init) ?? ""
      #expect(line.hasSuffix("  populations/\(test).csv"), "\(finished)")
      #expect(sums.components(separatedBy: "\n").contains(line), "\(finished)")
    }
    let again = try folder.package("quarter/reperformed/2026-07")
    #expect(differences(before, again) == [])
    #expect(differences(before, try folder.package(Self.package)) == [])
    #expect(try folder.bytes("quarter/.assay/ledger.db") == ledger)
  }

  private func reperform(_ folder: Folder, _ more: String...) throws -> Finished {
    try assay(["verify", "--reperform", Self.package, "--config", "quarter/assay.yaml", "--json"] + more, in: folder)
  }

  @Test func `a package comes out the same from its archives, whatever the ledger holds by then`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    try folder.remove("quarter/.assay")
    let same = try reperform(folder)
    #expect(same.status == 0, "\(same)")
    #expect(try same.json.not_provable.array.allSatisfy { $0.string?.contains("as the archives have them") == false })
    #expect(!FileManager.default.fileExists(atPath: folder("quarter/.assay")))
    let said = try assay(
      "verify", "--reperform", Self.package, "--config", "quarter/assay.yaml", "--quiet", in: folder)
    #expect(said.status == 0, "\(said)")
  }

  /// What an attacker does, with every sum rebuilt, and a file that making the package again names.
  struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    let named: String
    /// Whether `verify` finds it without a key and without the archives; what it does not find it says it cannot.
    var isSeen = false
    let change: @Sendable (Folder) throws -> Void
    var testDescription: String { name }

    /// Changes a file of the package after it was signed, and makes the sums fit.
    static func inPackage(_ file: String, in folder: Folder, _ change: (String) -> String) throws {
      try SmallQuarter.run(in: folder, "--sign", "ours.pem")
      let text = try folder.text("\(package)/\(file)")
      let changed = change(text)
      try #require(changed != text)
      try folder.write("\(package)/\(file)", changed)
      try folder.makeSumsFit(package, [file, "MANIFEST.json"])
      try folder.remove("\(package).run.json")
    }

    /// Without the lines that hold `part`.
    static func without(_ part: String) -> (String) -> String {
      { $0.components(separatedBy: "\r\n").filter { !$0.contains(part) }.joined(separator: "\r\n") }
    }

    /// Reports from a ledger that somebody changed: without `--no-check` the program refuses.
    static func inLedger(_ sql: String, in folder: Folder) throws {
      try SmallQuarter.run(in: folder)
      try SQLiteDatabase(path: folder("quarter/.assay/ledger.db"), access: .readWrite).execute(sql)
      #expect(try assay("report", "--config", "quarter/assay.yaml", in: folder).status == 65)
      let made = try assay("report", "--config", "quarter/assay.yaml", "--no-check", in: folder)
      try #require(made.status == 0, "\(made)")
    }

    /// Makes the package from changed inputs, and puts the inputs back.
    static func inInputs(_ file: String, _ old: String, _ new: String, in folder: Folder) throws {
      let honest = try ["raw.jsonl", "quarter/policy.yaml", "quarter/archives/a.jsonl"].map {
        ($0, try folder.bytes($0))
      }
      let text = try folder.text(file)
      try #require(text.contains(old), "\(old)")
      try folder.write(file, text.replacing(old, with: new))
      if file == "raw.jsonl" { try SmallQuarter.seal(in: folder) }
      try SmallQuarter.run(in: folder)
      for (name, bytes) in honest { try folder.write(name, bytes) }
    }
  }

  @Test(arguments: [
    Attack(name: "a figure of the summary", named: "summary.md", isSeen: true) {
      try Attack.inPackage("summary.md", in: $0) { $0.replacing("744", with: "743") }
    },
    Attack(name: "a status", named: "metrics/results.csv", isSeen: true) {
      try Attack.inPackage("metrics/results.csv", in: $0) {
        $0.replacing(",fail,Exceptions noted,", with: ",pass,No exceptions noted,")
      }
    },
    Attack(name: "an exception taken out of the register", named: "exceptions/exceptions.csv", isSeen: true) {
      try Attack.inPackage("exceptions/exceptions.csv", in: $0, Attack.without(",T-19,"))
    },
    Attack(name: "a row taken out of a population", named: "populations/T-19.csv", isSeen: true) {
      try Attack.inPackage("populations/T-19.csv", in: $0, Attack.without("gate,s1,2,"))
    },
    Attack(name: "a record taken out of an archive, and the archive sealed again", named: "populations/T-19.csv") {
      try Attack.inInputs("raw.jsonl", SmallQuarter.statement(2, SmallQuarter.harmful) + "\n", "", in: $0)
    },
    Attack(name: "a statement changed in an archive, and the archive sealed again", named: "populations/T-19.csv") {
      try Attack.inInputs("raw.jsonl", SmallQuarter.harmful, "SELECT 2 FROM visits", in: $0)
    },
    Attack(name: "a threshold raised in the policy", named: "populations/T-19.csv") {
      try Attack.inInputs("quarter/policy.yaml", "rows: 3", "rows: 100000", in: $0)
    },
    Attack(name: "a verdict changed in the ledger", named: "populations/T-19.csv", isSeen: true) {
      try Attack.inLedger(
        "UPDATE verdicts SET verdict = (SELECT verdict FROM verdicts WHERE statement = 1) WHERE statement = 2", in: $0)
    },
  ])
  func `what an attacker changed is found, by verify, by a trusted key, by re-performance, or said to be not provable`(
    attack: Attack
  ) throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.makeKey("ours", SmallQuarter.ed25519, in: folder)
    try attack.change(folder)
    // An attacker who cannot sign takes the signatures away, for whoever looks without a key.
    let alone = try folder.withoutSignatures(Self.package) {
      try assay("verify", Self.package, "--json", in: folder)
    }
    #expect(alone.status == (attack.isSeen ? 1 : 0), "\(alone)")
    let hidden = try alone.json.not_provable.array.compactMap(\.string)
    #expect(
      hidden.contains { $0.hasPrefix("Who made it") } && hidden.contains { $0.contains("--reperform") }, "\(alone)")
    if attack.isSeen {
      // A row that is missing is named where others count it.
      let problems = try alone.json.failures.array.compactMap(\.problem.string)
      #expect(problems.contains("differs") || problems.contains("contradicts"), "\(alone)")
    }
    let byKey = try assay("verify", Self.package, "--trusted-key", "ours.pub", "--json", in: folder)
    #expect(byKey.status == 1)
    #expect(try byKey.json.origin.string == "contradicted")
    let again = try reperform(folder)
    #expect(again.status == 1, "\(again)")
    let found = try again.json.failures.array.filter { $0.problem.string == "not_reproduced" }
    let named = found.first { $0.path.string == attack.named }
    #expect(named != nil, "\(again)")
    if attack.named.hasSuffix(".csv") { #expect(named?.actual.string?.contains(" row") == true, "\(again)") }
  }
}

extension Folder {
  /// Works while the signatures of a package are somewhere else.
  fileprivate func withoutSignatures<Result>(_ package: String, _ work: () throws -> Result) throws -> Result {
    let names = [".dsse.json", ".SHA256SUMS.sig"].filter { FileManager.default.fileExists(atPath: self(package + $0)) }
    for name in names { try FileManager.default.moveItem(atPath: self(package + name), toPath: self("aside" + name)) }
    defer {
      for name in names {
        try? FileManager.default.moveItem(atPath: self("aside" + name), toPath: self(package + name))
      }
    }
    return try work()
  }
}
