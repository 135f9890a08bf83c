import Foundation
import Testing

/// Samples are drawn from a finished package alone, and anyone can draw them again.
@Suite struct SampleCommandTests {
  private static let package = "quarter/reports/2026-07"

  private static func made() throws -> Folder {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    return folder
  }

  @Test func `openssl gives the keys of the items, and the package stays as it was`() throws {
    let folder = try Self.made()
    let finished = try assay(
      "sample", "T-02", "--package", Self.package, "--size", "7", "--seed", "4711", "--json", in: folder)
    #expect(finished.status == 0, "\(finished)")
    let document = try finished.json
    let table = try #require(document.files.array.first?.string)
    let rows = readCSV(Array(try folder.text(table).utf8))
    #expect(rows.count == 7 && document.strata.array.first?.drawn.int == 7)
    #expect(try rows.map { try #require($0["key"]) } == rows.compactMap { $0["key"] }.sorted())
    let population = readCSV(Array(try folder.text("\(Self.package)/populations/T-02.csv").utf8))
    for row in rows {
      let item = try #require(row["item"].flatMap { Int($0) })
      try folder.write("message", "T-02/\(item)")
      let sum = try EndToEndTests.run(
        URL(filePath: "/usr/bin/openssl"), ["dgst", "-sha256", "-hmac", "4711", "message"], in: folder)
      #expect(sum.output.contains(try #require(row["key"])), "\(item)")
      #expect(row["time"] == population[item - 1]["time"])
      #expect(row["A"]?.isEmpty == true)
    }
    // No item outside of the sample has a lesser key than the last of it.
    let again = try assay(
      "sample", "T-02", "--package", Self.package + "/", "--size", "\(population.count)", "--seed", "4711", "--json",
      in: folder)
    let all = readCSV(Array(try folder.text(try #require(try again.json.files.array.first?.string)).utf8))
    #expect(all.count == population.count && all.prefix(7).map { $0["key"] } == rows.map { $0["key"] })
    #expect(try assay("verify", Self.package, in: folder).status == 0)
    // The same again is not a replacement; a table with tickmarks is kept.
    let same = ["sample", "T-02", "--package", Self.package, "--size", "7", "--seed", "4711"]
    #expect(try assay(same, in: folder).status == 0)
    let ticked = try folder.text(table).replacing(",,,,,\r\n", with: ",v,,,,\r\n")
    try folder.write(table, ticked)
    let refused = try assay(same, in: folder)
    #expect(refused.status != 0 && refused.errors.contains("would be lost"), "\(refused)")
    #expect(try folder.text(table) == ticked)
    // The quarter has no log of a database: of a population without items nothing is drawn, and nothing is concluded.
    let none = try assay("sample", "T-21", "--package", Self.package, "--size", "7", "--seed", "4711", in: folder)
    #expect(none.status == 66 && none.errors.contains("has no items"), "\(none)")
  }

  @Test(arguments: [("T-02", "populations/T-02.csv"), ("--from-archives", "custody/input-digests.csv")])
  func `a file of a package with a hole of terabytes is refused unread`(what: String, file: String) throws {
    let folder = try Self.made()
    let handle = try FileHandle(forWritingTo: URL(filePath: folder("\(Self.package)/\(file)")))
    try handle.truncate(atOffset: 1 << 42)
    try handle.close()
    let refused = try assay(
      "sample", what, "--package", Self.package, "--size", "7", "--seed", "4711", "--config", "quarter/assay.yaml",
      in: folder)
    #expect(refused.status == 65 && refused.errors.contains("verify the package first"), "\(refused)")
  }

  @Test func `each stratum is sampled by itself, by a size or by a rate`() throws {
    let folder = try Self.made()
    let finished = try assay(
      "sample", "T-03", "--package", Self.package, "--by", "event", "--rate", "0.5", "--seed", "s", "--json", in: folder
    )
    let strata = try finished.json.strata.array
    #expect(strata.count >= 2 && strata.allSatisfy { $0.stratum.string?.isEmpty == false }, "\(finished)")
    for stratum in strata { #expect(stratum.drawn.int == stratum.items.int) }
  }

  @Test(
    arguments: [
      (["T-99"], 64, "There is no test T-99"), (["T-02", "--rate", "0"], 64, "--rate must be"),
      (["T-02", "--size", "0"], 64, "--size must be"), (["T-02", "--by", "nothing"], 64, "has no column nothing"),
      (["T-02", "--seed", ""], 64, "--seed must not be empty"),
    ] as [([String], Int32, String)])
  func `a wrong request is told what is wrong`(_ arguments: [String], _ status: Int32, _ words: String) throws {
    let folder = try Self.made()
    let seed = arguments.contains("--seed") ? [] : ["--seed", "s"]
    let finished = try assay(["sample"] + arguments + ["--package", Self.package] + seed, in: folder)
    #expect(finished.status == status && finished.errors.contains(words), "\(finished)")
  }

  @Test func `a population that the manifest does not name is not sampled`() throws {
    let folder = try Self.made()
    let path = "\(Self.package)/populations/T-02.csv"
    try folder.write(path, try folder.text(path) + "x\r\n")
    let changed = try assay("sample", "T-02", "--package", Self.package, "--seed", "s", in: folder)
    #expect(
      changed.status == 65 && changed.errors.contains("not the one that the package's manifest names"), "\(changed)")
    let none = try assay("sample", "T-02", "--package", "quarter", "--seed", "s", in: folder)
    #expect(none.status == 66, "\(none)")
  }

  @Test func `raw entries of the archives are followed into the populations that hold them`() throws {
    let folder = try Self.made()
    let finished = try assay(
      "sample", "--from-archives", "--package", Self.package, "--size", "100", "--seed", "4711", "--config",
      "quarter/assay.yaml", "--json", in: folder)
    let document = try finished.json
    // A header, an opening, four statements, a closing and a seal; no population names a header, a closing or a seal.
    #expect(document.entries.int == 8 && document.drawn.int == 8 && document.in_no_population.int == 3, "\(finished)")
    let table = readCSV(Array(try folder.text(try #require(document.files.array.first?.string)).utf8))
    #expect(table.compactMap { $0["key"] } == table.compactMap { $0["key"] }.sorted())
    for row in table {
      let places = (row["populations"] ?? "").split(separator: " ")
      let isNone = ["1", "7", "8"].contains(row["entry"])
      #expect(places.isEmpty == isNone, "\(row)")
      for place in places {
        let parts = place.split(separator: ":").map(String.init)
        let population = readCSV(Array(try folder.text("\(Self.package)/populations/\(parts[0]).csv").utf8))
        let line = try #require(Int(parts[1]))
        #expect(population[line - 2]["entry"] == row["entry"], "\(place)")
      }
      let sum = try EndToEndTests.run(
        URL(filePath: "/bin/sh"),
        ["-c", "printf '\(row["archive_sha256"] ?? "")/\(row["entry"] ?? "")' | openssl dgst -sha256 -hmac 4711"],
        in: folder)
      #expect(sum.output.contains(try #require(row["key"])))
    }
    try folder.write("quarter/archives/a.jsonl", try folder.text("quarter/archives/a.jsonl") + "\n")
    let refused = try assay(
      "sample", "--from-archives", "--package", Self.package, "--seed", "4711", "--config", "quarter/assay.yaml",
      in: folder)
    #expect(refused.status == 65, "\(refused)")
    for wrong in [["T-02", "--from-archives"], [], ["--from-archives", "--by", "event"]] {
      let refused = try assay(["sample", "--package", Self.package, "--seed", "s"] + wrong, in: folder)
      #expect(refused.status == 64, "\(refused)")
    }
  }
}
