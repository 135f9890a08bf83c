import AuditTrail
import Evidence
import Foundation
import JSONReader
import Testing

@testable import Reporting

@Suite struct VerificationTests {
  @Test func `a file that is far larger than listed is not read`() throws {
    let scratch = try written()
    let name = try #require(try scratch.files(Forger.package).first { $0.hasSuffix("summary.md") })
    let handle = try #require(FileHandle(forWritingAtPath: "\(scratch.path)/\(Forger.package)/\(name)"))
    try handle.truncate(atOffset: 1 << 42)
    try handle.close()
    let failures = try verifyPackage("\(scratch.path)/\(Forger.package)").failures
    #expect(failures.map(\.path) == [name] && failures.map(\.problem) == ["changed"], "\(failures)")
    #expect(failures.first?.actual?.hasPrefix("not read") == true)
  }

  private func written() throws -> Scratch {
    let scratch = try Scratch()
    _ = try writePackage(Forger.model(), to: scratch.path)
    return scratch
  }

  private func verify(_ scratch: Scratch) throws -> Verification { try verifyPackage("\(scratch.path)/2026-07-01") }

  @Test func `an untouched package verifies`() throws {
    let verification = try verify(try written())
    #expect(verification.failures == [])
    #expect(verification.verified)
  }

  @Test func `any byte changed in any file fails and names the file`() throws {
    let scratch = try written()
    for file in try scratch.files("2026-07-01") {
      let path = "2026-07-01/\(file)"
      let original = try scratch.bytes(path)
      for index in Set([0, original.count / 3, original.count / 2, original.count - 1]) {
        var changed = original
        changed[index] ^= 0x04
        try scratch.write(path, changed)
        let failures = try verify(scratch).failures
        #expect(failures.contains { $0.path == file }, "byte \(index) of \(file): \(failures)")
        #expect(failures.allSatisfy { $0.path == file }, "byte \(index) of \(file): \(failures)")
      }
      try scratch.write(path, original)
    }
    #expect(try verify(scratch).verified)
  }

  @Test func `a file cut short or made longer fails`() throws {
    let scratch = try written()
    for change in [{ (bytes: [UInt8]) in Array(bytes.dropLast()) }, { (bytes: [UInt8]) in bytes + [0x0A] }] {
      for file in ["summary.md", "MANIFEST.json", "SHA256SUMS", "workpaper.xlsx"] {
        let original = try scratch.bytes("2026-07-01/\(file)")
        try scratch.write("2026-07-01/\(file)", change(original))
        #expect(try verify(scratch).failures.contains { $0.path == file }, "\(file)")
        try scratch.write("2026-07-01/\(file)", original)
      }
    }
  }

  @Test func `a missing file is named`() throws {
    for file in ["summary.md", "machine/evidence.json", "MANIFEST.json", "SHA256SUMS", "populations/T-19.csv"] {
      let scratch = try written()
      try scratch.remove("2026-07-01/\(file)")
      #expect(try verify(scratch).failures.contains { $0.path == file && $0.problem == "missing" }, "\(file)")
    }
  }

  @Test func `unlisted files, links and empty directories fail`() throws {
    let scratch = try written()
    try scratch.write("2026-07-01/extra.csv", "a\r\n")
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/2026-07-01/empty", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/2026-07-01/tests/T-99.md", withDestinationPath: "T-19.md")
    let found = try verify(scratch).failures.map { "\($0.path) \($0.problem)" }
    #expect(found == ["empty empty_directory", "extra.csv unlisted", "tests/T-99.md link"])
  }

  @Test func `a file put in the place of a link fails`() throws {
    let scratch = try written()
    try scratch.remove("2026-07-01/summary.md")
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/2026-07-01/summary.md", withDestinationPath: "README.md")
    let found = try verify(scratch).failures.map { "\($0.path) \($0.problem)" }
    #expect(found == ["summary.md link", "summary.md missing"])
  }

  @Test func `a change that the checksums were made to fit still fails by the manifest`() throws {
    let scratch = try written()
    let sums = try scratch.text("2026-07-01/SHA256SUMS")
    let summary = try scratch.text("2026-07-01/summary.md")
    let before = try hashFile("\(scratch.path)/2026-07-01/summary.md", as: "").sha256
    try scratch.write("2026-07-01/summary.md", summary.replacing("Exceptions noted", with: "No exceptions noted"))
    let after = try hashFile("\(scratch.path)/2026-07-01/summary.md", as: "").sha256
    try scratch.write("2026-07-01/SHA256SUMS", sums.replacing(before, with: after))
    #expect(try !verify(scratch).verified)
  }

  @Test func `what is not a directory is missing input`() {
    let error = #expect(throws: AssayError.self) { try verifyPackage("no/such/package") }
    #expect(error?.code == .missingInput)
  }

  @Test func `what verify prints as JSON has the keys of the contract`() {
    let failure = VerificationFailure(path: "summary.md", problem: "changed", expected: "a", actual: "b")
    let json = verifyJSON(
      Verification(
        kind: .package, files: 3, failures: [failure], manifestSHA256: "cd", notProvable: [NotProvable("Who made it.")],
        openFacts: ["plan"]))
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"verified":false,"kind":"package","files":3,"failures":[{"path":"summary.md","problem":"changed","expected":"a","actual":"b"}],"manifest_sha256":"cd","not_provable":["Who made it."],"open_facts":["plan"]}"#
    )
  }

  /// What an archive says as it likes: names, and numbers that nothing adds up.
  @Test func `a package of whatever an archive may say verifies`() throws {
    let marks = "\u{1B}]0;x\u{7}\u{9B}31m\u{202E}\u{200B}\0\u{7F}\u{2028}\u{E0041}\r\\u{1b}\\"
    let sequences: [[Int64]] = [
      [.max], [.max - 1, .max], [1, 1 << 53, 1 << 53 + 1], [1_000_000_000_001, 1 << 44, 1 << 44 + 1], [0, 1],
    ]
    for numbers in sequences {
      let statements = numbers.map { number in
        Small.statement("s1\(marks)", number, "DROP TABLE \"t\(marks.replacing("\0", with: ""))\"")
      }
      let archive = SmallArchive(
        openings: [
          Small.opening(
            "s1\(marks)", user: "=\(marks)", connection: "c\(marks)", client: marks, ticket: marks,
            environment: marks)
        ],
        closings: [SessionClosing(session: "s1\(marks)", time: Small.time("11:00:00"), statements: numbers.last)],
        statements: statements, approvals: [Small.approval("a\(marks)", by: marks, reason: marks)],
        heartbeats: Small.heartbeats())
      let model = try Small.model([archive]) { plan in
        plan.sideFiles.give("source_counts", "hoop gw-1,2026-07-01,\(1 << 44),\(1 << 44)")
        plan.organization = String(repeating: marks, count: 9)
      }
      let forger = try Forger(model)
      let verification = try forger.verify()
      #expect(verification.failures.isEmpty, "\(numbers): \(verification.failures)")
      for file in try forger.scratch.files(Forger.package) where !file.hasSuffix(".xlsx") {
        let text = try forger.text(file)
        let steering = text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" && $0.isUnseen }
        #expect(steering.isEmpty, "\(file): \(Set(steering.map { String($0.value, radix: 16) }))")
        #expect(!text.replacing("\r\n", with: "").unicodeScalars.contains("\r"), "\(file)")
      }
      let bytes = try forger.scratch.bytes("\(Forger.package)/workpaper.xlsx")
      for part in try #require(ZipParts(bytes)).parts {
        let steering = String(decoding: part.content, as: UTF8.self).unicodeScalars.filter {
          !"\t\n\r".unicodeScalars.contains($0) && $0.isUnseen
        }
        #expect(steering.isEmpty, "\(part.name): \(Set(steering.map { String($0.value, radix: 16) }))")
      }
      let workbook = try readWorkbook(bytes)
      let cells = workbook.values.flatMap { $0.flatMap(\.self) }
      #expect(cells.contains { $0.contains("\\u{202e}") })
      let steering = cells.joined(separator: "\n").unicodeScalars.filter { $0 != "\n" && $0 != "\t" && $0.isUnseen }
      #expect(steering.isEmpty, "the workbook: \(Set(steering.map { String($0.value, radix: 16) }))")
    }
  }
}
