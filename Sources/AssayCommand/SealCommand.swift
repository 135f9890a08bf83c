import Archives
import ArgumentParser
import AuditTrail
import Digests
import Foundation
import JSONReader
import SQLAnalysis

/// `assay seal`: turn archives of any format into a sealed native one.
struct SealCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "seal", abstract: "Turn archives of any format into one sealed native archive.",
    discussion: """
      The seal holds the RFC 6962 root over every line; from then on any change shows. It proves that the archive is as it \
      was sealed, not that its writer was honest. Rejected entries are not carried over: the command says how many there \
      were and ends with status 65 unless --allow-rejected is given. A native archive whose own seal does not hold, or \
      that none of the trusted keys signed where keys are named, is not sealed again. Archives of several sources, or of \
      several environments, are sealed one by one. An archive that is there already is never replaced by another.

      --checkpoint writes the signed head of the chain. Keep it apart from the archives: it proves later that the newest \
      segment was not dropped. Where the file is there, the new segment follows the one that it names.

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

  @Option(help: "Write the signed head of the chain to this file; needs --key.", completion: .file())
  var checkpoint: String?

  @Option(
    name: .customLong("trusted-key"),
    help: "A PEM file with a public key; a native archive that none of the trusted keys signed is not sealed again.",
    completion: .file())
  var trustedKeys: [String] = []

  @Flag(help: "Write the archive although entries were rejected.")
  var allowRejected = false

  @OptionGroup var logOptions: LogOptions
  @OptionGroup var common: CommonOptions

  func outputs() -> [Output?] { [Output(output, .archive), Output(checkpoint, .checkpoint)] }
  var inputs: [String?] { paths + trustedKeys + [key] }
  var configured: ConfiguredInputs { .none }

  func validate() throws {
    if let previous, previous.count != 64 || !previous.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) {
      throw ValidationError("--previous takes the root of the segment before: 64 hexadecimal digits.")
    }
  }

  func run() throws {
    guard checkpoint == nil || key != nil else {
      throw AssayError(.usage, "A checkpoint is worth its signature; name the private key with --key.")
    }
    let signer = try SigningKey(path: key)
    let trust = try trusted()
    let file = try OutputFile(output, isEvidence: true)
    let header = try firstHeader(signer, trust)
    var writer = NativeArchiveWriter(header: header)
    var (records, rejected, lost) = (0, Int64(0), [String: Int64]())
    for path in paths {
      var options = ReadOptions(split: { SQLAnalysis.split($0) })
      options.trust = trust
      logOptions.setting(path, nil).apply(to: &options)
      let summary = try readArchive(path: path, options: options) { (batch: consuming RecordBatch) throws(AssayError) in
        records += batch.recordCount
        for row in batch.statements where !row.completeness.isEmpty {
          for flag in row.completeness.flagNames { lost[flag, default: 0] += 1 }
        }
        writer.append(batch)
        try file.write(writer.takeBytes())
      }
      if let damage = summary.damage { throw damage }
      try requireWhole(summary)
      try requireSource(summary, header)
      rejected += summary.rejected
    }
    guard rejected == 0 || allowRejected else {
      throw AssayError(
        .invalidFile,
        "\(counted(rejected, "entry", "entries")) cannot be read and would be missing from the sealed archive; see them "
          + "with `assay ingest`, or seal the rest with --allow-rejected.", at: Place(paths[0]))
    }
    let root = try signer.seal(&writer)
    let head = try checkpoint == nil ? nil : signer.checkpoint(&writer)
    try file.write(writer.takeBytes())
    try file.finish()
    // After the archive: a run that ends between the two is begun again from the same head.
    if let checkpoint, let head { try writeFile(checkpoint, head.bytes) }
    tell(records: records, rejected: rejected, lost: lost, root: root, previous: header.previous)
  }

  private func tell(records: Int, rejected: Int64, lost: [String: Int64], root: String, previous: String?) {
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
    json.key("previous")
    json.string(previous)
    json.key("signed")
    json.bool(key != nil)
    json.key("checkpoint")
    json.string(checkpoint)
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
    if let checkpoint {
      common.console.say("\(checkpoint): the signed head of the chain; keep it apart from the archives.")
    }
    if !lost.isEmpty {
      let flags = lost.sorted { $0.key < $1.key }.map { "\($0.key) (\(counted($0.value, "statement")))" }
      common.console.complain(
        "assay: \(output): the native format has no place for what the source could not show; read back, these flags are "
          + "gone: \(flags.joined(separator: ", ")). Keep the source's own archives as the evidence.")
    }
  }

  /// The keys of the options and of the configuration that was named.
  private func trusted() throws -> SignatureTrust {
    var trust = try common.config.map { try Configuration(path: $0).trust().signatures } ?? SignatureTrust()
    trust.keys += try trustedKeys.map { TrustedKey(try publicKey($0)) }
    return trust
  }

  /// A new seal over what an old one does not vouch for would hide the change.
  private func requireWhole(_ summary: ArchiveSummary) throws(AssayError) {
    guard summary.format == ArchiveFormat.native.name else { return }
    guard summary.seal != .broken else {
      throw AssayError(
        .invalidFile, "Its own seal does not hold: \(summary.sealProblems.first ?? ""). It is not sealed again.",
        at: Place(summary.path))
    }
    guard summary.origin.standing != .contradicted else {
      throw AssayError(
        .invalidFile, "\(summary.origin.reason) It is not sealed again.", at: Place(summary.path))
    }
  }

  /// One archive is one source's: under the first one's name, what another recorded would be that one's.
  private func requireSource(_ summary: ArchiveSummary, _ header: ArchiveHeader) throws(AssayError) {
    let found = summary.header ?? ArchiveHeader(proxyName: summary.format)
    guard
      (found.proxyName, found.instance, found.environment) != (header.proxyName, header.instance, header.environment)
    else { return }
    throw AssayError(
      .invalidFile, "It is of another source than \(paths[0]); seal each source's archives in a file of their own.",
      at: Place(summary.path))
  }

  /// The archives' own header; the first one's, since a sealed archive has one.
  private func firstHeader(_ signer: borrowing SigningKey, _ trust: SignatureTrust) throws -> ArchiveHeader {
    var header: ArchiveHeader?
    var options = ReadOptions()
    logOptions.setting(paths[0], nil).apply(to: &options)
    let summary = try readArchive(path: paths[0], options: options) { batch in header = header ?? batch.header }
    var found = summary.header ?? header ?? ArchiveHeader(proxyName: summary.format)
    if let previous {
      found.previous = previous.lowercased()
    } else {
      found.previous = try headBefore(found, signer, trust)
    }
    return found
  }

  /// The root of the newest segment until now, where the checkpoint is there already.
  private func headBefore(
    _ header: ArchiveHeader, _ signer: borrowing SigningKey, _ trust: SignatureTrust
  ) throws -> String? {
    guard let checkpoint, fileExists(checkpoint) else { return nil }
    let head = try Checkpoint(try readText(checkpoint), path: checkpoint)
    guard
      SourceName(proxy: head.proxy, instance: head.instance).description.isExactly(
        SourceName(proxy: header.proxyName, instance: header.instance).description),
      (head.instance == nil) == (header.instance == nil)
    else {
      throw AssayError(
        .invalidFile, "This is the head of another source's chain; name a file of its own for each source.",
        at: Place(checkpoint))
    }
    let origin = head.origin(SignatureTrust(trust.keys + signer.trusted))
    guard origin.standing == .proven else {
      throw AssayError(
        .invalidFile,
        "The chain does not go on from this head. \(origin.reason) Name the key before with --trusted-key, or the root "
          + "with --previous.", at: Place(checkpoint))
    }
    return head.root
  }
}

/// The private key that signs seals, where one was named.
private struct SigningKey: ~Copyable {
  private let path: String?
  private let key: Ed25519PrivateKey?

  init(path: String?) throws {
    self.path = path
    guard let path else {
      key = nil
      return
    }
    do { key = try Ed25519PrivateKey(pem: try readText(path)) } catch let error as DigestsError {
      throw AssayError(.invalidFile, error.message, at: Place(path))
    }
  }

  /// The public half, trusted for everything; none without a key.
  var trusted: [TrustedKey] {
    switch key {
    case .some(let key): [TrustedKey(key.publicKey)]
    case .none: []
    }
  }

  func seal(_ writer: inout NativeArchiveWriter) throws(AssayError) -> String {
    switch key {
    case .some(let key):
      do throws(DigestsError) { return try writer.seal(signedBy: key) } catch { throw failure(error) }
    case .none: return writer.seal()
    }
  }

  func checkpoint(_ writer: inout NativeArchiveWriter) throws(AssayError) -> Checkpoint? {
    switch key {
    case .some(let key):
      do throws(DigestsError) { return try writer.checkpoint(signedBy: key) } catch { throw failure(error) }
    case .none: return nil
    }
  }

  private func failure(_ error: DigestsError) -> AssayError {
    AssayError(.invalidFile, error.message, at: path.map { Place($0) })
  }
}
