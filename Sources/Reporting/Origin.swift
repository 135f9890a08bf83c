import Foundation
import JSONReader

/// Holds a package against what was said of it elsewhere, and says what nothing in it can prove.
struct Origin {
  let root: String
  /// The manifest's SHA-256 in hex; `nil` where there is no manifest.
  let manifest: String?
  private let given: String?

  init(root: String, manifest: String?, _ check: PackageCheck) {
    self.root = root
    self.manifest = manifest
    given = check.manifestSHA256
  }

  /// The note of the package's making, beside it.
  private var notePath: String {
    URL(fileURLWithPath: root).standardizedFileURL.path + ".run.json"
  }

  var failures: [VerificationFailure] {
    var failures: [VerificationFailure] = []
    if let given, given.lowercased() != manifest {
      failures.append(
        VerificationFailure(path: Manifest.path, problem: "other_manifest", expected: given, actual: manifest))
    }
    if let bytes = readFile(notePath, limit: 1 << 20) {
      let name = URL(fileURLWithPath: notePath).lastPathComponent
      var parser = JSONParser()
      let noted = (try? parser.parse(bytes)).flatMap { parser.text($0, "manifest_sha256") }
      if noted == nil || noted != manifest {
        failures.append(
          VerificationFailure(path: "../\(name)", problem: "other_manifest", expected: noted, actual: manifest))
      }
    }
    return failures
  }

  /// What a package that was rebuilt as a whole could still hide; `undecided` are facts that its populations leave open.
  func notProvable(_ undecided: [String]) -> [String] {
    let origin =
      "Who made it: nothing here is signed, and whoever could write here could have made all of it. Compare the "
      + "manifest's SHA-256 with one that was kept elsewhere (--manifest-sha256)."
    let facts =
      "What only machine/facts.json states, or states more closely than any population: "
      + "\(undecided.joined(separator: ", ")). Whoever changes one of these and renders everything again is not told."
    return (given == nil ? [origin] : []) + (undecided.isEmpty ? [] : [facts]) + [
      "Whether the items of populations/ and what machine/facts.json states are as the archives have them. Read and "
        + "replay the archives again, and compare.",
      "Whether scope, thresholds, policies, side files and catalogs of your own are those that were agreed. Compare them "
        + "with their owners' copies.",
    ]
  }
}
