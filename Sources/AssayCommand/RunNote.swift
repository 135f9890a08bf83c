import AuditTrail
import Digests
import Foundation
import JSONReader
import Reporting

/// `PERIOD.run.json`: when, where, by whom and with which program a package was made, and what it replaced. It is next to
/// the package, since inside it the bytes would differ from run to run.
struct RunNote {
  let organization: String
  let madeAt: Timestamp?
  let tool = "assay \(AssayCommand.version)"
  /// The SHA-256 of the program's own file, in hex.
  let toolSHA256: String?
  private let summary: PackageSummary
  private let preparedBy: String?
  /// The SHA-256 of each workbook for people as it was written last, in hex, by what its name has after the package's.
  var workbooks: [String: String]
  /// The packages that were replaced until now, the latest last.
  private let replaced: [Replaced]

  private struct Replaced {
    var manifestSHA256: String?
    var signedBy: [String]
    var signOff: String?
    var madeAt: String?
    var replacedAt: String?
  }

  /// The note of a package that was just written; takes over what the note before says was replaced.
  init(_ summary: PackageSummary, organization: String, _ preparation: Preparation, before: PackageSurroundings) {
    self.summary = summary
    self.organization = organization
    preparedBy = preparation.preparedBy
    let madeAt = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
    self.madeAt = madeAt
    toolSHA256 = programDigest()
    let (earlier, madeBefore, workbooks) = Self.read(before.notePath)
    self.workbooks = workbooks
    let now = summary.replaced.map { package in
      Replaced(
        manifestSHA256: package.manifestSHA256, signedBy: package.signedBy, signOff: package.signOff,
        madeAt: madeBefore,
        replacedAt: madeAt?.description)
    }
    replaced = earlier + (now.map { [$0] } ?? [])
  }

  private static func read(_ path: String) -> (replaced: [Replaced], madeAt: String?, workbooks: [String: String]) {
    var json = JSONParser(maximumBytes: 1 << 20)
    guard fileExists(path), let bytes = try? readFile(path, limit: 1 << 20), let root = try? json.parse(bytes) else {
      return ([], nil, [:])
    }
    func text(_ object: JSONValue, _ name: StaticString) -> String? {
      json.value(of: object, name).flatMap { json.string($0) }
    }
    let list = json.value(of: root, "replaced").map { json.elements(of: $0) } ?? []
    let replaced = list.map { entry in
      Replaced(
        manifestSHA256: text(entry, "manifest_sha256"),
        signedBy: json.value(of: entry, "signed_by").map { json.elements(of: $0).compactMap { json.string($0) } } ?? [],
        signOff: text(entry, "signoff"), madeAt: text(entry, "made_at"), replacedAt: text(entry, "replaced_at"))
    }
    var workbooks: [String: String] = [:]
    for file in json.value(of: root, "workbooks").map({ json.elements(of: $0) }) ?? [] {
      if let suffix = text(file, "suffix") { workbooks[suffix] = text(file, "sha256") }
    }
    return (replaced, text(root, "made_at"), workbooks)
  }

  /// The note's bytes.
  var json: [UInt8] {
    var json = JSONWriter(indented: true)
    func member(_ name: String, _ value: String?) {
      json.key(name)
      json.string(value)
    }
    json.beginObject()
    member("prepared_by", preparedBy)
    member("made_at", madeAt?.description)
    member("made_by", ProcessInfo.processInfo.userName)
    member("made_on", ProcessInfo.processInfo.hostName)
    member("tool", tool)
    member("tool_sha256", toolSHA256)
    json.key("ledger_built")
    json.bool(summary.isLedgerBuilt)
    member("ledger", summary.ledgerSentence)
    json.key("libraries")
    json.strings(loadedLibraries().map(\.text))
    member("manifest_sha256", summary.manifestSHA256)
    json.key("workbooks")
    json.beginArray()
    for (suffix, sha256) in workbooks.sorted(by: { $0.key < $1.key }) {
      json.beginObject()
      member("suffix", suffix)
      member("sha256", sha256)
      json.endObject()
    }
    json.endArray()
    json.key("replaced")
    json.beginArray()
    for package in replaced {
      json.beginObject()
      member("manifest_sha256", package.manifestSHA256)
      json.key("signed_by")
      json.strings(package.signedBy)
      member("signoff", package.signOff)
      member("made_at", package.madeAt)
      member("replaced_at", package.replacedAt)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
