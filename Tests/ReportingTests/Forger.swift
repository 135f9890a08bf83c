import AuditTrail
import Evidence
import Foundation
import JSONReader
import Testing

@testable import Reporting

/// A package of a day that was judged from a ledger, and someone who changes it and makes every sum fit.
struct Forger {
  static let package = "2026-07-01"
  let scratch: Scratch

  init(_ model: EvidenceModel) throws {
    scratch = try Scratch()
    _ = try writePackage(model, to: scratch.path)
  }

  init() throws { try self.init(Forger.model()) }

  /// A day with harm that was let through, an account of several, an approval of one's own, and an hour without records.
  static func model() throws -> EvidenceModel {
    let archive = SmallArchive(
      openings: [
        Small.opening("s1"), Small.opening("s2", at: "10:00:00", user: "root@example.org", ticket: "OPS-1"),
        Small.opening("s3", at: "11:00:00", user: "=cmd|bot", kind: .agent, basis: .assumed, client: nil),
      ],
      statements: [
        Small.statement("s1", 1, "DELETE FROM visits"), Small.statement("s1", 2, at: "09:00:02"),
        Small.statement("s1", 3, at: "09:00:03", .observed),
        Small.statement("s2", 1, "DROP TABLE visits", at: "10:00:01", .review, approval: "a1"),
        Small.statement("s3", 1, "SELECT ssn FROM customers", at: "11:00:01", .mask, masked: ["customers.ssn"]),
      ],
      approvals: [Small.approval("a1", by: "root+2@example.org", for: "root@example.org", granted: "09:55:00")],
      heartbeats: Small.heartbeats(except: [4]))
    return try Small.model(
      [archive],
      verdicts: [
        "s1/1": (Verdict(.falseAllow, severity: .s4), Small.effect(destroyed: 5000)),
        "s1/2": (Verdict(.confirmedAllow), Effect(.ran)),
        "s2/1": (Verdict(.confirmedReview, severity: .s4), Small.effect(destroyed: 70)),
        "s3/1": (Verdict(.maskLeak, severity: .s3), Small.effect(leak: .raw, columns: ["customers.ssn"])),
      ], basis: .synthetic
    ) { plan in
      plan.connections = [ScopedConnection(name: "clinic", environment: "production", approvalRequired: true)]
      plan.sensitiveColumns = ["customers.ssn"]
      plan.frameworks = catalogs
      plan.sideFiles.give("source_counts", "hoop,2026-07-01,3,5")
      plan.sideFiles.give("tickets")
      plan.custody = [archive.sha256: .matches]
      plan.declaredPolicies = [DeclaredPolicy(policy: "guardrails", version: "1", effective: Small.period.start)]
    }
  }

  static var catalogs: [FrameworkCatalog] {
    FrameworkCatalog.builtIn.filter { FrameworkCatalog.usual.contains($0.id) }.compactMap { file in
      try? FrameworkCatalog.read(path: file.id, text: String(decoding: file.bytes, as: UTF8.self))
    }
  }

  /// What verifying comes to, the catalogs known.
  func verify(_ change: (inout PackageCheck) -> Void = { _ in }) throws -> Verification {
    var check = PackageCheck()
    check.catalogs = Self.catalogs
    change(&check)
    return try verifyPackage("\(scratch.path)/\(Self.package)", check)
  }

  func text(_ file: String) throws -> String { try scratch.text("\(Self.package)/\(file)") }

  func write(_ file: String, _ text: String) throws { try scratch.write("\(Self.package)/\(file)", text) }

  func remove(_ file: String) throws { try scratch.remove("\(Self.package)/\(file)") }

  /// Puts `new` in the place of the first `old` that stands behind `anchor`.
  func replace(_ file: String, _ old: String, _ new: String, after anchor: String = "") throws {
    let text = try text(file)
    let start = anchor.isEmpty ? text.startIndex : try #require(text.firstRange(of: anchor), "\(anchor)").upperBound
    let place = try #require(text[start...].firstRange(of: old), "\(old) in \(file)")
    try write(file, text.replacingCharacters(in: place, with: new))
  }

  /// Takes out the lines that hold `part`.
  func dropLines(_ file: String, with part: String, ending: String = "\n") throws {
    let lines = try text(file).components(separatedBy: ending)
    let kept = lines.filter { !$0.contains(part) }
    #expect(kept.count < lines.count, "\(part) in \(file)")
    try write(file, kept.joined(separator: ending))
  }

  /// Changes a sheet of the workbook.
  func changeSheet(_ name: String, _ old: String, _ new: String) throws {
    let path = "\(Self.package)/workpaper.xlsx"
    var parts = try #require(ZipParts(try scratch.bytes(path))).parts
    let book = String(decoding: try #require(parts.first { $0.name == "xl/workbook.xml" }).content, as: UTF8.self)
    let number = try #require(
      book.components(separatedBy: "<sheet name=\"").firstIndex { $0.hasPrefix("\(name)\"") }, "\(name)")
    let index = try #require(parts.firstIndex { $0.name == "xl/worksheets/sheet\(number).xml" })
    let text = String(decoding: parts[index].content, as: UTF8.self)
    let place = try #require(text.firstRange(of: old), "\(old) in \(name)")
    parts[index].content = Array(text.replacingCharacters(in: place, with: new).utf8)
    try scratch.write(path, storedZip(parts))
  }

  /// Makes the manifest and the checksums fit.
  func seal() throws {
    let root = "\(scratch.path)/\(Self.package)"
    var files: [PackageFile] = []
    for name in try PackageTree(root).files where ![Manifest.path, Manifest.checksumsPath].contains(name) {
      files.append(try hashFile("\(root)/\(name)", as: name))
    }
    var parser = JSONParser(maximumBytes: 1 << 26)
    let object = try parser.parse(try scratch.bytes("\(Self.package)/\(Manifest.evidencePath)"))
    let read = PackageHeader(parser, object)
    let header = try #require(read)
    try scratch.write("\(Self.package)/\(Manifest.path)", Manifest(header, files).bytes)
    files.append(try hashFile("\(root)/\(Manifest.path)", as: Manifest.path))
    try scratch.write("\(Self.package)/\(Manifest.checksumsPath)", Manifest.checksums(files))
  }
}

/// A ZIP container that holds the parts as they are.
func storedZip(_ parts: [(name: String, content: [UInt8])]) -> [UInt8] {
  func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { place in UInt8(truncatingIfNeeded: value >> (8 * place)) }
  }
  var (file, directory): ([UInt8], [UInt8]) = ([], [])
  for part in parts {
    let name = Array(part.name.utf8)
    let sums = bytes(Int(crc32(part.content)), 4) + bytes(part.content.count, 4) + bytes(part.content.count, 4)
    let head = bytes(20, 2) + bytes(0, 2) + bytes(0, 2) + bytes(0x0021_0000, 4) + sums + bytes(name.count, 2)
    directory +=
      bytes(0x0201_4B50, 4) + bytes(20, 2) + head + bytes(0, 12)
      + bytes(file.count, 4) + name
    file += bytes(0x0403_4B50, 4) + head + bytes(0, 2) + name + part.content
  }
  let end = bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(parts.count, 2) + bytes(parts.count, 2)
  return file + directory + end + bytes(directory.count, 4) + bytes(file.count, 4) + bytes(0, 2)
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var sum = ~UInt32(0)
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 {
      let isOdd = sum & 1 == 1
      sum >>= 1
      if isOdd { sum ^= 0xEDB8_8320 }
    }
  }
  return ~sum
}
