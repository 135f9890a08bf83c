import Archives
import ArgumentParser
import AuditTrail
import Digests
import Foundation
import JSONReader
import SQLAnalysis

/// `assay seal`: turn archives of any format into a sealed native one.
struct SealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal", abstract: "Turn archives of any format into one sealed native archive.",
    discussion: """
      The seal holds the RFC 6962 root over every line; from then on any change shows. It proves that the archive is as it \
      was sealed, not that its writer was honest. Rejected entries are not carried over: the command says how many there \
      were and ends with status 65 unless --allow-rejected is given.

      Example: assay seal sessions.json --output sessions.jsonl --key signing.pem
      """)

  @Argument(help: "Archives to seal, in order.", completion: .file())
  var paths: [String]

  @Option(help: "The native archive to write.", completion: .file())
  var output: String

  @Option(help: "A PEM file with an Ed25519 private key that signs the seal.", completion: .file())
  var key: String?

  @Option(help: "The root of the segment before, in hex.")
  var previous: String?

  @Flag(help: "Write the archive although entries were rejected.")
  var allowRejected = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let temporary = output + ".partial"
    try makeFolder(above: output)
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
      let handle = FileHandle(forWritingAtPath: temporary)
    else { throw AssayError(.inputOutput, "The archive cannot be written; check the folder.", at: Place(output)) }
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    let header = try firstHeader()
    var writer = NativeArchiveWriter(header: header)
    var (records, rejected, lost) = (0, Int64(0), [String: Int64]())
    for path in paths {
      let summary = try readArchive(path: path, options: ReadOptions(split: { SQLAnalysis.split($0) })) {
        (batch: consuming RecordBatch) throws(AssayError) in
        records += batch.recordCount
        for row in batch.statements where !row.completeness.isEmpty {
          for flag in row.completeness.flagNames { lost[flag, default: 0] += 1 }
        }
        writer.append(batch)
        try flush(&writer, to: handle)
      }
      if let damage = summary.damage { throw damage }
      rejected += summary.rejected
    }
    guard rejected == 0 || allowRejected else {
      throw AssayError(
        .invalidFile,
        "\(counted(rejected, "entry", "entries")) cannot be read and would be missing from the sealed archive; see them "
          + "with `assay ingest`, or seal the rest with --allow-rejected.", at: Place(paths[0]))
    }
    let root = try seal(&writer)
    try flush(&writer, to: handle)
    try handle.close()
    do {
      if fileExists(output) { try FileManager.default.removeItem(atPath: output) }
      try FileManager.default.moveItem(atPath: temporary, toPath: output)
    } catch {
      throw AssayError(.inputOutput, "The archive cannot be moved to its place.", at: Place(output))
    }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("path")
    json.string(output)
    for (name, count) in [("records", Int64(records)), ("rejected", rejected)] {
      json.key(name)
      json.integer(count)
    }
    json.key("root")
    json.string(root)
    json.key("signed")
    json.bool(key != nil)
    json.key("lost_flags")
    json.beginObject()
    for (flag, count) in lost.sorted(by: { $0.key < $1.key }) {
      json.key(flag)
      json.integer(count)
    }
    json.endObject()
    json.endObject()
    common.console.document(json.bytes)
    common.console.say("\(output): \(counted(records, "record")) sealed; root \(root).")
    if !lost.isEmpty {
      let flags = lost.sorted { $0.key < $1.key }.map { "\($0.key) (\(counted($0.value, "statement")))" }
      common.console.complain(
        "assay: \(output): the native format has no place for what the source could not show; read back, these flags are "
          + "gone: \(flags.joined(separator: ", ")). Keep the source's own archives as the evidence.")
    }
  }

  /// The archives' own header; the first one's, since a sealed archive has one.
  private func firstHeader() throws -> ArchiveHeader {
    var header: ArchiveHeader?
    let summary = try readArchive(path: paths[0]) { batch in header = header ?? batch.header }
    var found = summary.header ?? header ?? ArchiveHeader(proxyName: summary.format)
    found.previous = previous
    return found
  }

  private func seal(_ writer: inout NativeArchiveWriter) throws -> String {
    guard let key else { return writer.seal() }
    do {
      return try writer.seal(signedBy: try Ed25519PrivateKey(pem: try readText(key)))
    } catch let error as DigestsError {
      throw AssayError(.invalidFile, error.message, at: Place(key))
    }
  }

  private func flush(_ writer: inout NativeArchiveWriter, to handle: FileHandle) throws(AssayError) {
    do { try handle.write(contentsOf: Data(writer.takeBytes())) } catch {
      throw AssayError(.inputOutput, "The archive cannot be written; check the disk.", at: Place(output))
    }
  }
}
