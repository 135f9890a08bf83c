import ArgumentParser
import AuditTrail
import Digests
import Evidence
import JSONReader
import Reporting

/// `assay sample`: items of a finished package, drawn so that anyone can draw them again.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draw a sample of a test's items from a finished package.",
    discussion: """
      The package alone is read. The items come in the order of HMAC-SHA-256 under your seed, so that whoever holds package and \
      seed draws the same ones; choose the seed after the package is sealed. The sample is written beside the package, with \
      columns for your tickmarks.

      Without --size as many items are drawn as exclude, where none deviates, that --rate percent of the population deviate \
      (hypergeometric, in whole numbers). An item that could not be decided counts as a deviation. With --by each value of a \
      column is a stratum and is sampled by itself.

      --from-archives goes the other way, for completeness: raw entries of the archives are drawn, in the order of HMAC-SHA-256 \
      over ARCHIVE_SHA256/ENTRY, and followed forward into the populations that hold them. It reads the archives that the \
      configuration names, too.

      Example: assay sample T-14 --package reports/2026-Q3 --size 25 --seed 4711-autumn
      Example: assay sample --from-archives --package reports/2026-Q3 --size 25 --seed 4711-autumn --config assay.yaml
      """)

  @Argument(help: "The test whose items are drawn, such as T-14.")
  var test: String?

  @Flag(help: "Draw raw entries of the archives instead, and say which populations hold them.")
  var fromArchives = false

  @Option(help: "The package's folder.", completion: .directory)
  var package: String

  @Option(help: "The seed: any text. Choose it after the package was sealed, and note it.")
  var seed: String

  @Option(help: "How many items to draw; with --by, of each stratum.")
  var size: Int?

  @Option(help: "How sure the sample must make, in percent.")
  var confidence = 95

  @Option(help: "The share of deviations to exclude, in percent, such as 5 or 0.5.")
  var rate = "5"

  @Option(help: "The column of the population that tells the strata, such as connection.")
  var by: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard fromArchives == (test == nil) else {
      throw ValidationError("Name a test whose items are drawn, such as T-14, or give --from-archives.")
    }
    guard test.map({ TestID(rawValue: $0) != nil }) ?? true else {
      throw ValidationError(
        "There is no test \(printable(test ?? "")); tests are named as in the package, such as T-14.")
    }
    guard !fromArchives || by == nil else { throw ValidationError("--by is for the items of a test.") }
    guard size.map({ $0 > 0 }) ?? true else { throw ValidationError("--size must be 1 or more.") }
    guard (1...99).contains(confidence) else { throw ValidationError("--confidence must be 1 to 99.") }
    guard hundredths != nil else {
      throw ValidationError("--rate must be more than 0 and at most 50, with two decimals at most, such as 5 or 0.5.")
    }
    guard !seed.isEmpty else { throw ValidationError("--seed must not be empty.") }
  }

  /// The rate in hundredths of a percent; `nil` where it is none.
  var hundredths: Int? {
    let parts = rate.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCII) }),
      parts.count == 1 || parts[1].count <= 2, let whole = Int(parts[0]),
      let rest = Int(parts.count == 1 ? "0" : parts[1] + String(repeating: "0", count: 2 - parts[1].count)),
      (0...50).contains(whole), rest >= 0
    else { return nil }
    let value = whole * 100 + rest
    return (1...5000).contains(value) ? value : nil
  }

  func run() throws {
    guard !fromArchives else { return try sampleArchives() }
    guard let test, let id = TestID(rawValue: test), let hundredths else { return }
    let request = SampleRequest(
      test: id, size: size.map { .items($0) } ?? .excluding(rate: hundredths), confidence: confidence, seed: seed,
      column: by)
    let sample = try PackageSample(package, request)
    let table = "\(samplesFolder)/\(sample.name).csv"
    let note = "\(samplesFolder)/\(sample.name).json"
    let document = document(test, sample, [table, note])
    try writeSample([table, note], [sample.csv, document])
    for line in sentences(test, sample) { common.console.say(line) }
    common.console.say("\(table) written; its columns A, B and C are for your tickmarks.")
    common.console.document(document)
  }

  /// Where samples of the package stand: beside it, as it was typed where that ends in its name.
  var samplesFolder: String {
    let surroundings = PackageSurroundings(package)
    let typed = package.reversed().drop { $0 == "/" }.reversed()
    return typed.split(separator: "/").last.map(String.init) == surroundings.name
      ? String(typed) + ".samples" : surroundings.samplesPath
  }

  /// Writes a sample; a table that somebody has ticked is never replaced.
  func writeSample(_ paths: [String], _ contents: [[UInt8]]) throws {
    try requireFolderPlace(samplesFolder)
    try refuseInsidePackage(samplesFolder)
    for (path, bytes) in zip(paths, contents) {
      try requireFilePlace(path)
      let file = try OutputFile(path, isEvidence: true)
      try file.write(bytes)
      try file.finish()
    }
  }

  private func sentences(_ test: String, _ sample: PackageSample) -> [String] {
    sample.strata.map { stratum in
      let name = stratum.name.map { "\(by ?? "") \(printable($0.isEmpty ? "(none)" : $0)): " } ?? ""
      let limit = percentage(stratum.mostDeviating, of: stratum.items, decimals: 1) ?? "0.0"
      return "\(name)\(grouped(stratum.drawn)) of \(counted(stratum.items, "item")) of \(test) drawn. By the package "
        + "\(grouped(stratum.deviations)) of these deviate. If your check agrees, at most \(grouped(stratum.mostDeviating)) of all "
        + "deviate (\(limit) %, \(confidence) % sure)."
    }
  }

  private func document(_ test: String, _ sample: PackageSample, _ files: [String]) -> [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    for (key, value) in [
      ("test", test), ("package", package), ("manifest_sha256", sample.manifestSHA256),
      ("population_sha256", sample.populationSHA256), ("seed", seed),
      ("order", "HMAC-SHA-256(seed, TEST/ITEM), ascending"),
    ] {
      json.key(key)
      json.string(value)
    }
    json.key("size")
    json.integer(size.map(Int64.init))
    json.key("rate_percent")
    json.string(size == nil ? rate : nil)
    json.key("confidence_percent")
    json.integer(confidence)
    json.key("stratified_by")
    json.string(by)
    json.key("strata")
    json.beginArray()
    for stratum in sample.strata {
      json.beginObject()
      json.key("stratum")
      json.string(stratum.name)
      for (key, value) in [
        ("items", stratum.items), ("drawn", stratum.drawn), ("deviations", stratum.deviations),
        ("most_deviating", stratum.mostDeviating),
      ] {
        json.key(key)
        json.integer(value)
      }
      json.endObject()
    }
    json.endArray()
    writeAttributes(PackageSample.attributes, to: &json)
    json.key("files")
    json.strings(files)
    json.endObject()
    return json.bytes
  }

  /// What the columns for tickmarks ask.
  func writeAttributes(_ attributes: [(String, String)], to json: inout JSONWriter) {
    json.key("attributes")
    json.beginArray()
    for (column, meaning) in attributes {
      json.beginObject()
      json.key("column")
      json.string(column)
      json.key("meaning")
      json.string(meaning)
      json.endObject()
    }
    json.endArray()
  }
}
