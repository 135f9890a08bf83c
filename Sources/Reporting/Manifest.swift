import AuditTrail
import JSONReader

/// `MANIFEST.json`: every file of a package but itself and the checksums, and what the package is of.
struct Manifest: Sendable {
  static let path = "MANIFEST.json"
  static let checksumsPath = "SHA256SUMS"
  static let format = "assay.package/1"
  /// Where the header is kept a second time.
  static let evidencePath = "machine/evidence.json"
  /// The most that a manifest may hold: some hundred thousand files.
  static let byteLimit = 64 << 20

  let header: PackageHeader
  /// In order of path.
  let files: [PackageFile]

  init(_ header: PackageHeader, _ files: [PackageFile]) {
    self.header = header
    self.files = files.sorted { $0.path < $1.path }
  }

  /// The manifest's bytes; the same files give the same.
  var bytes: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.member("format", Self.format)
    header.write(to: &json)
    json.array("files", files) { json, file in
      json.member("path", file.path)
      json.member("bytes", file.bytes)
      json.member("sha256", file.sha256)
      json.member("media_type", file.mediaType)
      json.member("role", file.role)
      json.member("tests", file.tests)
    }
    json.endObject()
    return json.bytes + [0x0A]
  }

  /// `SHA256SUMS` over `files`, as coreutils write and check it.
  static func checksums(_ files: [PackageFile]) -> [UInt8] {
    Array(files.sorted { $0.path < $1.path }.map { "\($0.sha256)  \($0.path)\n" }.joined().utf8)
  }

  /// The digests that a `SHA256SUMS` states, by path; lines of any other form state nothing.
  static func digests(inChecksums bytes: [UInt8]) -> [String: String] {
    var digests: [String: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      guard line.utf8.count > 66, line.dropFirst(64).hasPrefix("  ") else { continue }
      digests[String(line.dropFirst(66))] = String(line.prefix(64))
    }
    return digests
  }

  /// The digests that a manifest states, by path; `nil` if it is none of ours.
  static func digests(inManifest bytes: [UInt8]) -> [String: String]? { files(inManifest: bytes)?.mapValues(\.sha256) }

  /// What a manifest states of a file.
  typealias StatedFile = (sha256: String, bytes: Int64?)

  /// The digests and sizes that a manifest states, by path; `nil` if it is none of ours.
  static func files(inManifest bytes: [UInt8]) -> [String: StatedFile]? {
    var parser = JSONParser(maximumBytes: byteLimit)
    guard let root = try? parser.parse(bytes), parser.text(root, "format") == format,
      let files = parser.value(of: root, "files")
    else { return nil }
    var stated: [String: StatedFile] = [:]
    for file in parser.elements(of: files) {
      guard let path = parser.text(file, "path"), let sha256 = parser.text(file, "sha256") else { return nil }
      stated[path] = (sha256, parser.value(of: file, "bytes").flatMap { parser.int($0) })
    }
    return stated
  }
}
