import AuditTrail
import Foundation
import Testing

@testable import Evidence
@testable import Reporting

/// Reports of every kind, as the OSCAL file sees them.
struct OSCALCase: Sendable, CustomTestStringConvertible {
  let name: String
  var catalogs = Forger.catalogs
  var change: @Sendable (inout EvidenceModel) -> Void = { _ in }
  /// What each test came to; `nil` keeps what it did.
  var status: @Sendable (Int) -> TestStatus? = { _ in nil }

  var testDescription: String { name }

  func model() throws -> EvidenceModel {
    var model = try Forger.model()
    for (number, test) in model.tests.enumerated() {
      guard let status = status(number) else { continue }
      model.tests[number] = Self.test(test, status)
    }
    model.exceptions = model.tests.flatMap(\.exceptions)
    change(&model)
    let tests = model.tests
    model.frameworks = catalogs.map { catalog in
      catalog.result { mapping in tests.first { $0.id == mapping.test }?.conclusion }
    }
    return model
  }

  private static let day = CivilDate(year: 2026, month: 10, day: 2)

  /// The test with that status, and with exceptions that fit it.
  private static func test(_ test: TestResult, _ status: TestStatus) -> TestResult {
    var test = test
    let conclusion = Conclusion(status, "It came to this.")
    if test.isOfDesign { test.design = conclusion } else { test.operating = conclusion }
    func noted(_ number: Int, accepted: Bool) -> ExceptionNoted {
      var exception = ExceptionNoted(
        id: "EX-\(test.id.rawValue)-\(number)", test: test.id, criteria: "Nothing is let through.",
        condition: "Something was let through.", cause: "Not known.", effect: "Not known.",
        item: ItemReference(key: "item \(number)"), firstSeen: nil, lastSeen: nil, severity: nil)
      exception.event = "EV-\(number)"
      if accepted { exception.acceptance = Acceptance(by: "cy@example.org", on: day, reason: "OPS-9") }
      if !accepted, number > 0 {
        exception.response = ManagementResponse(
          exception: exception.id, text: "It will be mended.", owner: number > 1 ? "ana@example.org" : nil,
          due: number > 1 ? day : nil)
      }
      return exception
    }
    switch status {
    case .fail: test.exceptions = (0..<4).map { noted($0, accepted: $0 == 3) }
    case .passWithAccepted: test.exceptions = (0..<2).map { noted($0, accepted: true) }
    case .pass, .inconclusive, .notRun, .notApplicable: test.exceptions = []
    }
    return test
  }

  /// Texts that a person, a client or a ticket system may give.
  private static let hostile = [
    "", " \t\r\n ", "\u{0}\u{1b}[2J\u{7f}", "\u{202e}live\u{2066}\u{200b}\u{feff}",
    "  lead\nand\r\ntail\u{2028}\u{85}  ",
    "[a](javascript:x) <script>alert(1)</script> ![i](http://x) `rm`", "=HYPERLINK(\"http://evil.example\")",
    String(repeating: "long ", count: 2_000), "\u{1F469}\u{200D}\u{1F4BB} \u{2800}\u{E0001}", "a\u{1c}b\u{a0}\u{3000}",
  ]

  private static func hostile(_ text: String) -> OSCALCase {
    OSCALCase(
      name: "hostile \(text.unicodeScalars.prefix(12).map { String($0.value, radix: 16) }.joined(separator: " "))",
      change: { model in
        (model.organization, model.system, model.toolVersion) = (text, text, text)
        for number in model.tests.indices {
          for index in model.tests[number].exceptions.indices {
            let exception = model.tests[number].exceptions[index]
            var other = ExceptionNoted(
              id: exception.id, test: exception.test, criteria: text, condition: text, cause: text, effect: text,
              item: exception.item, firstSeen: nil, lastSeen: nil, severity: nil)
            other.acceptance = exception.acceptance.map { Acceptance(by: text, on: $0.on, reason: text) }
            other.response = exception.response.map { _ in
              ManagementResponse(
                exception: exception.id, text: text, owner: text, due: CivilDate(year: 1, month: 1, day: 1))
            }
            model.tests[number].exceptions[index] = other
          }
          model.tests[number].limitations.append(text)
          model.tests[number].remedy = text
        }
        model.completeness = Conclusion(.inconclusive, text)
      }, status: { $0 % 2 == 0 ? .fail : .passWithAccepted })
  }

  static func catalog(_ controls: [(String, [TestID])], outOfScope: [String] = []) -> FrameworkCatalog {
    FrameworkCatalog(
      id: "nist-800-53r5", title: "A list of our own", version: "1", source: "ours", date: day, note: "",
      controls: controls.map { id, tests in
        CatalogControl(
          id: id, title: "Access is restricted", mappings: tests.map { ControlMapping(test: $0, clause: "All of it.") },
          inScope: true, reason: "Because.", annualCore: false)
      }
        + outOfScope.map {
          CatalogControl(id: $0, title: "Fences", mappings: [], inScope: false, reason: "No data.", annualCore: false)
        })
  }

  static let all: [OSCALCase] =
    [OSCALCase(name: "as it was judged")]
    + TestStatus.allCases.map { status in
      OSCALCase(name: "all \(status.rawValue)", status: { _ in status })
    } + [
      OSCALCase(name: "every status in turn", status: { TestStatus.allCases[$0 % TestStatus.allCases.count] }),
      OSCALCase(name: "no test", change: { ($0.tests, $0.exceptions) = ([], []) }),
      OSCALCase(name: "the last test was not run at all", change: { $0.tests.removeLast(10) }),
      OSCALCase(
        name: "every framework of SP 800-53",
        catalogs: FrameworkCatalog.builtIn.compactMap {
          try? FrameworkCatalog.read(path: $0.id, text: String(decoding: $0.bytes, as: UTF8.self))
        }),
      OSCALCase(
        name: "ids of one's own",
        catalogs: [
          catalog(
            [("AC-3", [.t19]), ("ACME 1", [.t19]), ("AC-02", []), ("AC-6(9) ", []), ("AC-2(13)", [.t07])],
            outOfScope: ["PE-3", "X-1 fence"])
        ]),
      OSCALCase(name: "no control with a test", catalogs: [catalog([("AC-3", []), ("AC-2(3)", [])])]),
    ] + hostile.map(hostile)
}
