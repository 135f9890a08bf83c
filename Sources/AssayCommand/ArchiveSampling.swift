import AuditTrail
import Digests
import JSONReader
import Reporting

/// `assay sample --from-archives`: raw entries of the archives, followed forward into a package's populations.
extension SampleCommand {
  func sampleArchives() throws {
    guard let hundredths else { return }
    let configuration = try common.requiredConfiguration()
    let sample = try ArchiveSample(
      package, size.map { .items($0) } ?? .excluding(rate: hundredths), confidence: confidence, seed: seed)
    // Numbers of entries are those of these very files.
    for archive in sample.archives {
      let path = configuration.resolveLabel(archive.path)
      guard digest(ofFile: path)?.sha256.hex == archive.sha256 else {
        throw AssayError(
          .invalidFile, "The archive is not there, or not the one that the package was made of", at: Place(path))
      }
    }
    let files = ["csv", "json"].map { "\(samplesFolder)/\(sample.name).\($0)" }
    let document = document(sample, files)
    try writeSample(files, [sample.csv, document])
    common.console.say(
      "\(grouped(sample.count)) of \(counted(sample.entries, "entry", "entries")) of \(counted(sample.archives.count, "archive")) drawn; "
        + "\(grouped(sample.count - sample.missing)) are in a population, \(grouped(sample.missing)) in none.")
    common.console.say("\(files[0]) written; its columns A, B and C are for your tickmarks.")
    common.console.document(document)
  }

  private func document(_ sample: ArchiveSample, _ files: [String]) -> [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    for (key, value) in [
      ("package", package), ("manifest_sha256", sample.manifestSHA256), ("seed", seed),
      ("order", "HMAC-SHA-256(seed, ARCHIVE_SHA256/ENTRY), ascending"),
    ] {
      json.key(key)
      json.string(value)
    }
    json.key("size")
    json.integer(size.map(Int64.init))
    json.key("rate_percent")
    json.string(size == nil ? rate : nil)
    for (key, value) in [
      ("confidence_percent", confidence), ("archives", sample.archives.count), ("entries", sample.entries),
      ("drawn", sample.count), ("in_no_population", sample.missing),
    ] {
      json.key(key)
      json.integer(Int64(value))
    }
    writeAttributes(ArchiveSample.attributes, to: &json)
    json.key("files")
    json.strings(files)
    json.endObject()
    return json.bytes
  }
}
