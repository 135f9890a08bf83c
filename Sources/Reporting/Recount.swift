import AuditTrail
import Evidence
import Foundation
import Ledger

/// Judges a package again: reads back what it says it rests on (`machine/facts.json` and the populations), concludes every
/// status, exception and figure from that, renders every file again and compares. Whatever a package shows is compared,
/// for nothing else makes a package than what renders it here.
struct Recount {
  let root: String
  /// Every regular file of the package.
  let files: [PackageFile]
  let options: PackageCheck

  /// What does not hold, and the facts that no population decides.
  func judged() throws(AssayError) -> (failures: [VerificationFailure], undecided: [String]) {
    guard let bytes = readFile("\(root)/\(FactsJSON.path)", limit: FactsJSON.byteLimit) else {
      return ([VerificationFailure(path: FactsJSON.path, problem: "missing")], [])
    }
    guard var facts = FactsJSON.facts(bytes) else {
      // Another version has other facts: that this one cannot read them is not the fault of the package.
      if let program = options.program, let own = try? PackageIdentity(root).toolVersion, own != program {
        return ([notCompared(own, program)], [])
      }
      return ([VerificationFailure(path: FactsJSON.path, problem: "not_facts")], [])
    }
    let unread = try readPopulations(&facts)
    guard unread.isEmpty else { return (unread, []) }
    let held = facts
    let (ofFacts, ofFiles) = try both { () throws(AssayError) in
      let agree = try FactsAgree(held)
      let contradicting = agree.contradictions.map {
        VerificationFailure(
          path: $0.isOfPopulation ? String($0.fact.prefix { $0 != ":" }) : FactsJSON.path, problem: "contradicts",
          expected: "\($0.fact): \($0.held), by the populations", actual: $0.stated)
      }
      return (failures: try PopulationsAgree(facts: held).failures() + contradicting, undecided: agree.undecided)
    } _: { () throws(AssayError) in
      try differences(held)
    }
    let different = catalogFailures(facts) + ofFacts.failures + ofFiles
    let own = facts.plan.toolVersion
    guard !different.isEmpty, let program = options.program, program != own else {
      return (different, ofFacts.undecided)
    }
    // Another version may judge or render otherwise: what differs proves nothing, and nothing is proved.
    return ([notCompared(own, program)], [])
  }

  private func notCompared(_ own: String, _ program: String) -> VerificationFailure {
    VerificationFailure(
      path: FactsJSON.path, problem: "not_compared", expected: "assay \(own), which made it",
      actual: "assay \(program)")
  }

  private func readPopulations(_ facts: inout EvidenceFacts) throws(AssayError) -> [VerificationFailure] {
    let tests = TestID.allCases.filter { drawnColumns($0) != nil }
    let read = try atOnce(tests.count, state: { () throws(AssayError) in }) {
      (_: borrowing Void, number) throws(AssayError) -> ItemRows? in
      let path = populationPath(tests[number])
      guard fileKind("\(root)/\(path)") == .file else { return nil }
      return try PopulationRows.read("\(root)/\(path)", drawnColumns(tests[number]) ?? [], as: path)
    }
    for (test, rows) in zip(tests, read) { facts.drawn[test, default: DrawnPopulation()].rows = rows ?? ItemRows() }
    return zip(tests, read).filter { $0.1 == nil }.map { test, _ in
      let path = populationPath(test)
      let isThere = fileKind("\(root)/\(path)") == .file
      return VerificationFailure(path: path, problem: isThere ? "not_a_population" : "missing")
    }
  }

  /// A catalog that comes with the program is known: it cannot be another one of the same version.
  private func catalogFailures(_ facts: EvidenceFacts) -> [VerificationFailure] {
    facts.plan.frameworks.compactMap { catalog in
      guard let known = options.catalogs.first(where: { $0.id == catalog.id && $0.version == catalog.version }),
        known != catalog
      else { return nil }
      return VerificationFailure(
        path: FactsJSON.path, problem: "other_catalog", expected: "\(known.id) \(known.version) as it was published",
        actual: "one with other controls or tests")
    }
  }

  private func differences(_ facts: EvidenceFacts) throws(AssayError) -> [VerificationFailure] {
    let shells = try ReportShells(directory: options.shells)
    let folder = try TemporaryFolder("verify")
    let rendered: (summary: PackageSummary, files: [PackageFile])
    do throws(AssayError) {
      rendered = try writePackage(try conclude(facts), to: folder.path, shells)
    } catch {
      if error.code == .inputOutput { throw error }
      return [VerificationFailure(path: FactsJSON.path, problem: "not_facts", actual: error.message)]
    }
    let expected = Dictionary(rendered.files.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    let actual = Dictionary(files.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    var failures: [VerificationFailure] = []
    // The manifest and the checksums were rebuilt from these very files already.
    for path in Set(expected.keys).union(actual.keys).subtracting([Manifest.path, Manifest.checksumsPath]).sorted() {
      guard expected[path] != actual[path] else { continue }
      guard actual[path] != nil else {
        failures.append(VerificationFailure(path: path, problem: "missing"))
        continue
      }
      guard expected[path] != nil else {
        failures.append(VerificationFailure(path: path, problem: "not_of_this_report"))
        continue
      }
      let limit = FactsJSON.byteLimit
      guard let own = readFile("\(rendered.summary.path)/\(path)", limit: limit),
        let found = readFile("\(root)/\(path)", limit: limit)
      else {
        failures.append(VerificationFailure(path: path, problem: "differs"))
        continue
      }
      if let difference = FileDifference(path: path, rendered: own, found: found) {
        failures.append(
          VerificationFailure(
            path: path, problem: "differs", expected: difference.expected, actual: difference.actual))
      }
    }
    return failures
  }
}
