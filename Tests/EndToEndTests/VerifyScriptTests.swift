import Foundation
import Testing

/// `verify.sh` of a package: by coreutils and openssl alone.
@Suite struct VerifyScriptTests {
  private static let package = "quarter/reports/2026-07"

  /// What is done to a signed package, with which options its script runs, and what that says.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var options: [String] = []
    let status: Int32
    let says: String
    var change: @Sendable (Folder) throws -> Void = { _ in }

    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(name: "whole", status: 0, says: "not checked: the signature"),
    Case(
      name: "with the manifest's digest", options: ["--manifest-sha256", "MANIFEST"], status: 0,
      says: "digest that was given"),
    Case(name: "with another digest", options: ["--manifest-sha256", "0000"], status: 1, says: "not 0000"),
    Case(name: "with the signer's key", options: ["--key", "KEY.pub"], status: 0, says: "signed by that key"),
    Case(name: "with another key", options: ["--key", "OTHER.pub"], status: 1, says: "not signed by that key"),
    Case(
      name: "without a signature", options: ["--key", "KEY.pub"], status: 1,
      says: "no signature is next to the package",
      change: { try $0.remove("\(package).SHA256SUMS.sig") }),
    Case(
      name: "a byte changed", status: 1, says: "another digest",
      change: { try $0.write("\(package)/summary.md", try $0.text("\(package)/summary.md") + "x") }),
    Case(
      name: "a byte changed, and its sum", options: ["--key", "KEY.pub"], status: 1, says: "not signed by that key",
      change: { folder in
        try folder.write("\(package)/summary.md", try folder.text("\(package)/summary.md") + "x")
        let sums = try run(
          URL(filePath: "/bin/sh"),
          [
            "-c", "cd \(package) && cut -c67- SHA256SUMS | xargs -d '\\n' sha256sum > ../sums && mv ../sums SHA256SUMS",
          ],
          in: folder)
        try #require(sums.status == 0, "\(sums)")
      }),
    Case(
      name: "a file that is missing", status: 1, says: "missing",
      change: { try $0.remove("\(package)/metrics/daily.csv") }),
    Case(
      name: "a hidden file that is not listed", status: 1, says: ".hidden dir/file",
      change: { folder in
        try folder.write("\(package)/.hidden dir/file", "x")
      }),
    Case(
      name: "a file that is not listed and called as an option", status: 1, says: "does not list",
      change: { try $0.write("\(package)/-n", "x") }),
    Case(name: "an option that is not known", options: ["--deep"], status: 64, says: "unknown option --deep"),
  ])
  func `it says what holds and what does not`(_ expected: Case) throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.makeKey("KEY", SmallQuarter.ed25519, in: folder)
    try SmallQuarter.makeKey("OTHER", SmallQuarter.ed25519, in: folder)
    try SmallQuarter.run(in: folder, "--sign", "KEY.pem")
    let manifest = try run(URL(filePath: "/usr/bin/sha256sum"), ["\(Self.package)/MANIFEST.json"], in: folder)
    try expected.change(folder)
    let options = expected.options.map { $0 == "MANIFEST" ? String(manifest.output.prefix(64)) : $0 }
    let checked = try run(URL(filePath: "/bin/sh"), ["\(Self.package)/verify.sh"] + options, in: folder)
    #expect(checked.status == expected.status, "\(checked)")
    #expect((checked.output + checked.errors).contains(expected.says), "\(checked)")
  }
}
