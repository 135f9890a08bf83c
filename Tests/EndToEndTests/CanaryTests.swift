import AuditTrail
import Foundation
import SQLite
import Testing

/// Nothing that a client sent or a customer's row holds may be in a package.
@Suite struct CanaryTests {
  @Test func `no literal, no parameter and no customer's value is in any file of a package`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try quarter.copyOfThePackage()
    // The workbook is a zip archive: what it holds is looked through as well.
    let unpacked = try run(
      URL(filePath: "/usr/bin/env"), ["python3", "-m", "zipfile", "-e", "p/workpaper.xlsx", "p/workbook"], in: folder)
    try #require(unpacked.status == 0, "\(unpacked)")

    let canaries = try literals(quarter.folder("samples/.assay/ledger.db")).union(try customers(quarter.folder))
    #expect(canaries.count > 4000)
    #expect(canaries.contains("how we drop table linen"))
    try folder.write("canaries", canaries.sorted().joined(separator: "\n") + "\n")
    func search(_ name: String) throws -> Finished {
      try run(
        URL(filePath: "/usr/bin/env"), ["LC_ALL=C", "grep", "-r", "-o", "-F", "-f", "canaries", name], in: folder)
    }
    let found = try search("p")
    #expect(found.status == 1, "\(found.output.split(separator: "\n").prefix(5))")
    // What leaves for other systems, in the schema that says most.
    for schema in ["assay", "otel"] {
      let sent = try assay(
        "export", "--schema", schema, "--config", quarter.folder("samples/assay.yaml"), "--to",
        "file:\(folder("exported/\(schema).jsonl"))", in: folder)
      try #require(sent.status == 0, "\(sent)")
    }
    let leaving = try search("exported")
    #expect(leaving.status == 1, "\(leaving.output.split(separator: "\n").prefix(5))")
    // The search finds what is there.
    try folder.write("planted/page.md", "title | how we drop table linen |")
    #expect(try search("planted").status == 0)
  }

  /// String literals of statements and values of parameters, those of eight characters and more that are not a date, no week
  /// and no word that a package uses for itself.
  private func literals(_ path: String) throws -> Set<String> {
    let ledger = try SQLiteDatabase(path: path, access: .readOnly)
    var found: Set<String> = []
    var texts = try ledger.prepare("SELECT sql FROM texts")
    while try texts.step() {
      for (index, part) in texts.text(0).split(separator: "'", omittingEmptySubsequences: false).enumerated()
      where index % 2 == 1 { found.insert(String(part)) }
    }
    var parameters = try ledger.prepare("SELECT DISTINCT parameters FROM statements WHERE parameters IS NOT NULL")
    while try parameters.step() {
      let fields = unpackFields(parameters.bytes(0))
      for value in stride(from: 1, to: fields.count, by: 2) { fields[value].map { _ = found.insert($0) } }
    }
    let own: Set = ["confirmed"]
    return found.filter { text in
      text.utf8.count >= 8 && !own.contains(text) && text.contains(where: \.isLetter)
        && !text.hasPrefix("2026-") && !text.contains("\n")
    }
  }

  /// What the shadow says of its made-up customers: addresses and social security numbers.
  private func customers(_ folder: Folder) throws -> Set<String> {
    let shadow = try SQLiteDatabase.inMemory()
    try shadow.execute(try folder.text("samples/shadow/clinic.sql"))
    var found: Set<String> = []
    var rows = try shadow.prepare("SELECT email, ssn FROM customers")
    while try rows.step() {
      found.insert(rows.text(0))
      found.insert(rows.text(1))
    }
    return found
  }
}
