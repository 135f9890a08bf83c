import AuditTrail
import FoundationEssentials
import Testing

@testable import Evidence

@Suite struct CatalogAndSideFileTests {
  /// The catalogs of which each maps every test; the others are a part of one of them, or look at agents alone.
  private static let names = ["soc2-2017", "iso27001-2022", "fedramp-rev5-moderate"]
  private static let everyName = FrameworkCatalog.builtIn.map(\.id)

  private static func catalog(_ name: String) throws -> FrameworkCatalog {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = folder.appending(path: "templates/frameworks/\(name).yaml")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    return try FrameworkCatalog.read(path: "\(name).yaml", text: text)
  }

  @Test(arguments: names) func `each catalog covers exactly the tests that exist`(_ name: String) throws {
    let catalog = try Self.catalog(name)
    #expect(catalog.id == name)
    #expect(Set(catalog.controls.flatMap(\.tests)) == Set(TestID.allCases.filter { !$0.isToolAssurance }))
    #expect(catalog.controls.contains { $0.inScope && $0.tests.isEmpty })
    #expect(catalog.controls.allSatisfy { !$0.title.isEmpty && !$0.reason.isEmpty })
  }

  @Test func `a limit of a control is one that its test knows, and FedRAMP's baselines differ by theirs`() throws {
    func hours(_ name: String) throws -> Int64? {
      try Self.catalog(name).controls.first { $0.id == "PS-4" }?.mappings.first?.limits["leaver_disable_hours"]
    }
    #expect(try hours("fedramp-rev5-moderate") == 4)
    #expect(try hours("fedramp-rev5-high") == 1)
    #expect(try hours("nist-800-53r5") == nil)
  }

  @Test func `every test has a rating, and a row in the document that lists them`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/package.md")
    let page = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    for test in TestID.allCases.map(\.rawValue) {
      #expect(ExceptionRatings.builtIn.ratings[test] != nil, "\(test) has no rating")
      #expect(page.contains("\n| \(test) "), "\(test) has no row")
    }
  }

  @Test(arguments: everyName) func `a control that no test supports is not said to be supported`(_ name: String) throws
  {
    for control in (try Self.catalog(name).result { _ in nil }).controls {
      #expect((control.relation == nil) == control.tests.isEmpty, "\(control.control)")
    }
  }

  /// Printed on A4 at ten points, with its tables.
  @Test func `what a package proves stands on one page`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/evidence.md")
    let page = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(page.split(whereSeparator: \.isWhitespace).count <= 720)
    #expect(page.split(separator: "\n", omittingEmptySubsequences: false).count <= 60)
  }

  @Test(arguments: everyName) func `each mapping says in one sentence which clause it supports`(_ name: String) throws {
    for control in try Self.catalog(name).controls {
      for mapping in control.mappings {
        let place = "\(control.id) \(mapping.test.rawValue)"
        #expect(mapping.clause.hasSuffix(".") && mapping.clause.split(separator: " ").count <= 25, "\(place)")
        #expect(mapping.clause.replacing("i.e.", with: "").matches(of: /[.!?] [A-Z]/).isEmpty, "\(place): one sentence")
        #expect(mapping.partial?.hasSuffix(".") != false, "\(place)")
      }
    }
  }

  /// Mappings that an assessor struck out: the test says nothing that the control asks for.
  @Test(arguments: [
    ("T-15", "AC-6(7)"), ("T-02", "AU-6(3)"), ("T-02", "CC4.1"), ("T-42", "SI-10"), ("T-42", "AU-7"),
    ("T-42", "AU-7(1)"), ("T-19", "A.8.29"), ("T-19", "CC7.1"), ("T-01", "CC7.1"), ("T-01", "CC7.2"), ("T-41", "CC7.1"),
    ("T-14", "AC-2(2)"), ("T-23", "CM-5(5)"), ("T-30", "P4.1"), ("T-39", "MP-6"), ("T-06", "AU-4"),
  ])
  func `no catalog claims what a test does not show`(_ test: String, _ control: String) throws {
    let controls = try Self.names.flatMap { try Self.catalog($0).controls }
    let named = try #require(controls.first { $0.id == control }, "the control is reported still")
    #expect(!named.tests.map(\.rawValue).contains(test))
    #expect(controls.allSatisfy { $0.tests.allSatisfy { !$0.isToolAssurance } })
  }

  @Test func `partial support says why, and only what asks for monitoring is met by having been performed`() throws {
    let mappings = try Self.names.flatMap { try Self.catalog($0).controls }.flatMap { control in
      control.mappings.map { ("\($0.test.rawValue) \(control.id)", $0) }
    }
    #expect(
      Set(mappings.filter { $0.1.partial != nil }.map(\.0)) == [
        "T-02 AU-5", "T-16 AC-12", "T-16 AC-2(2)", "T-19 CM-4(2)", "T-23 CC6.8", "T-23 CM-5(1)", "T-07 IA-4",
        "T-30 AC-3", "T-30 AC-4", "T-25 CC5.2", "T-25 CM-6", "T-28 CC7.3", "T-28 A.5.25",
        "T-28 IR-5", "T-18 CM-6", "T-18 A.8.9", "T-18 CC5.2", "T-02 PI1.2", "T-01 PI1.5", "T-30 C1.1", "T-30 A.5.34",
        "T-30 A.8.11", "T-23 CC8.1", "T-25 CC8.1", "T-23 CM-3", "T-25 CM-3", "T-15 AC-5", "T-14 AC-6", "T-03 AU-3(1)",
        "T-01 AU-9", "T-19 CA-2", "T-19 CA-7", "T-07 IA-2", "T-07 IA-2(5)", "T-01 SI-7(1)",
        "T-02 CC7.2", "T-03 CC7.2", "T-16 CC6.3", "T-07 A.5.16", "T-14 A.5.18", "T-16 A.8.2", "T-02 A.8.16",
        "T-23 CM-5",
        "T-01 SI-7",
        "T-30 CC6.1", "T-15 CC6.3", "T-15 A.5.3", "T-07 CC6.1", "T-07 AU-3(1)", "T-01 A.5.28", "T-01 A.5.33",
        "T-01 A.8.15", "T-23 A.8.9", "T-25 A.8.9", "T-23 A.8.32", "T-25 A.8.32", "T-14 A.8.2", "T-14 A.8.3",
        "T-14 AC-3", "T-14 CC6.1", "T-14 CC6.3", "T-19 AC-3", "T-19 A.8.3", "T-19 CC6.1",
        "T-06 AU-11", "T-06 A.5.33", "T-06 C1.1", "T-09 AC-2", "T-12 AC-2", "T-45 AC-2", "T-10 AC-2(3)", "T-11 AC-2(3)",
        "T-31 AC-4", "T-44 AC-5", "T-13 AC-6",
        "T-43 AC-6", "T-12 AC-6(7)", "T-22 AC-6(10)", "T-36 AC-7", "T-35 AC-12", "T-33 AC-17(2)", "T-17 AU-6",
        "T-27 AU-6", "T-05 AU-8", "T-26 AU-9", "T-26 AU-9(4)", "T-24 CM-3(2)", "T-12 CM-5(5)", "T-43 IA-2",
        "T-08 IA-2(1)", "T-08 IA-2(2)", "T-10 PS-4", "T-45 PS-5", "T-33 SC-8", "T-33 SC-8(1)", "T-44 A.5.3",
        "T-09 A.5.15", "T-13 A.5.15", "T-11 A.5.16", "T-43 A.5.16", "T-09 A.5.18", "T-10 A.5.18", "T-11 A.5.18",
        "T-12 A.5.18", "T-45 A.5.18", "T-26 A.5.33", "T-12 A.8.2", "T-13 A.8.2", "T-17 A.8.2", "T-22 A.8.2",
        "T-43 A.8.2", "T-22 A.8.3", "T-08 A.8.5", "T-35 A.8.5", "T-36 A.8.5", "T-31 A.8.12", "T-26 A.8.15",
        "T-27 A.8.15", "T-27 A.8.16", "T-05 A.8.17", "T-33 A.8.20", "T-33 A.8.24", "T-24 A.8.31", "T-24 A.8.32",
        "T-08 CC6.1", "T-22 CC6.1", "T-26 CC6.1", "T-35 CC6.1", "T-36 CC6.1", "T-43 CC6.1", "T-09 CC6.2",
        "T-10 CC6.2", "T-11 CC6.2", "T-12 CC6.2", "T-45 CC6.2", "T-09 CC6.3", "T-10 CC6.3", "T-12 CC6.3",
        "T-13 CC6.3", "T-17 CC6.3", "T-22 CC6.3", "T-43 CC6.3", "T-44 CC6.3", "T-45 CC6.3", "T-33 CC6.6",
        "T-31 CC6.7", "T-33 CC6.7", "T-05 CC7.2", "T-27 CC7.2", "T-27 CC7.3", "T-17 CC8.1", "T-24 CC8.1",
        "T-31 C1.1", "T-04 CC7.2", "T-04 AU-2", "T-04 AU-12", "T-20 CC6.1", "T-20 CC6.8", "T-20 A.8.3", "T-20 A.8.29",
        "T-20 AC-6(10)", "T-20 SI-10", "T-32 CC8.1", "T-32 C1.1", "T-32 A.8.31", "T-32 A.8.33", "T-32 CM-5",
        "T-37 CC7.2", "T-37 A.8.16", "T-37 AC-2(12)", "T-37 SI-4", "T-21 CC6.3", "T-21 CC7.2", "T-21 A.8.2",
        "T-21 A.8.15", "T-21 AC-6(9)", "T-21 AU-12", "T-38 CC6.6", "T-38 A.8.20", "T-38 A.8.22", "T-38 AC-17",
        "T-38 AC-17(3)", "T-38 SC-7", "T-29 CC4.2", "T-29 CC7.5", "T-29 A.5.27", "T-29 10.2", "T-29 IR-4",
        "T-29 CA-5", "T-29 CA-7", "T-06 SI-12", "T-39 SI-12", "T-39 A.8.10", "T-39 C1.2", "T-39 P4.3", "T-34 CC6.1",
        "T-34 C1.1", "T-34 A.5.33", "T-34 A.8.24", "T-34 SC-28", "T-34 SC-28(1)",
      ])
    #expect(
      Set(mappings.filter { $0.1.shows == .performed }.map(\.0)) == [
        "T-19 CA-2", "T-19 CA-7", "T-19 CC4.1", "T-19 A.5.36",
      ])
    #expect(
      Set(mappings.filter { $0.1.lacks != nil }.map(\.0)) == ["T-02 AU-5", "T-05 A.8.17", "T-19 CC4.1", "T-19 A.5.36"])
  }

  @Test(arguments: everyName) func `no control is said to need data that is read already`(_ name: String) throws {
    for control in try Self.catalog(name).controls where control.tests.isEmpty && control.inScope {
      for read in [
        "authenticated", "who left", "policy versions", "entitlements at both ends", "requests for deletion",
        "an inventory", "encrypted at rest",
      ] {
        #expect(!control.reason.contains("one would need") || !control.reason.contains(read), "\(control.id): \(read)")
      }
    }
  }

  @Test(arguments: [
    (ControlMapping.Shows.outcome, String?.none, TestStatus.fail, TestStatus.fail), (.outcome, nil, .pass, .pass),
    (.performed, nil, .fail, .pass), (.performed, nil, .passWithAccepted, .pass),
    (.performed, nil, .inconclusive, .inconclusive), (.performed, nil, .notRun, .notRun),
    (.performed, "a second run", .pass, .inconclusive), (.outcome, "alerts", .pass, .inconclusive),
    // What was found stands, whatever is lacking to conclude that nothing is wrong.
    (.outcome, "alerts", .fail, .fail), (.performed, "a second run", .fail, .inconclusive),
    (.outcome, "alerts", .notRun, .notRun),
  ])
  func `what a test's status means for a control`(
    _ shows: ControlMapping.Shows, _ lacks: String?, _ status: TestStatus, _ expected: TestStatus
  ) throws {
    let catalog = FrameworkCatalog(
      id: "c", title: "t", version: "1", source: "s", date: CivilDate(year: 2026, month: 7, day: 1), note: "n",
      controls: [
        CatalogControl(
          id: "X", title: "t", mappings: [ControlMapping(test: .t19, shows: shows, clause: "c.", lacks: lacks)],
          inScope: true, reason: "r", annualCore: false)
      ])
    #expect(catalog.result { _ in nil }.controls.first?.status == .notRun)
    #expect(catalog.controls[0].mappings[0].status(status) == expected)
  }

  @Test func `a control without a test is not run, one with tests has the worst of them`() throws {
    let catalogs = try Self.names.map { try Self.catalog($0) }
    let model = try Small.model([IntegrityAndCoverageTests.traffic]) { $0.frameworks = catalogs }
    let soc2 = try #require(model.frameworks.first)
    #expect(soc2.controls.first { $0.control == "CC7.4" }?.status == .notRun)
    #expect(soc2.controls.first { $0.control == "PI1.5" }?.status == model[.t01]?.status)
    let supported = try #require(soc2.controls.first { $0.control == "CC7.2" })
    #expect(supported.status == .worst(supported.tests.compactMap { model[$0]?.status }))
    #expect(model.frameworks[2].outOfScope.map(\.control) == ["AU-9(3)", "AU-10", "CM-4(1)"])
    #expect(model.frameworks[2].controls.first { $0.control == "AC-2" }?.annualCore == true)
    #expect(model.frameworks[1].controls.allSatisfy { $0.control.hasPrefix("A.") || $0.control == "10.2" })
  }

  @Test func `an exception names the controls its test supports`() throws {
    let catalog = try Self.catalog("soc2-2017")
    let model = try Small.model([SmallArchive(openings: [Small.opening("s1", user: nil)])]) {
      $0.frameworks = [catalog]
    }
    let exception = try #require(model[.t07]?.exceptions.first)
    #expect(exception.controls == [ControlReference(framework: "soc2-2017", control: "CC6.1")])
  }

  private static let head = """
    catalog: c
    title: t
    version: "1"
    source: s
    date: 2026-01-01
    note: n
    controls:

    """

  @Test(
    arguments: [
      (
        "  - { id: A, title: t, tests: [{ test: T-99, shows: outcome, clause: c }], in_scope: true, reason: r }",
        "c.yaml:8:40: unknown test `T-99`"
      ),
      ("  - { id: A, title: t, tests: [T-01], in_scope: true, reason: r }", "c.yaml:8:32: expected a test"),
      (
        "  - { id: A, title: t, tests: [{ test: T-01, shows: all, clause: c }], in_scope: true, reason: r }",
        "c.yaml:8:53: unknown shows `all`"
      ),
      (
        "  - { id: A, title: t, tests: [{ test: T-42, shows: outcome, clause: c }], in_scope: true, reason: r }",
        "c.yaml:8:40: test `T-42` shows something of this program"
      ),
      (
        "  - { id: A, title: t, tests: [], scope: true, reason: r, in_scope: true }", "c.yaml:8:35: unknown key `scope`"
      ),
      ("  - { id: A, title: t, tests: [], in_scope: maybe, reason: r }", "c.yaml:8:45: unknown `in_scope` `maybe`"),
      ("  - { id: A, title: t, tests: T-01, in_scope: true, reason: r }", "c.yaml:8:31: expected `tests` as a list"),
      (
        "  - { id: A, title: t, tests: [{ test: T-01, shows: outcome, clause: c }], in_scope: false, reason: r }",
        "c.yaml:8:31: a control out of scope"
      ),
      ("  - { id: A, tests: [], in_scope: true, reason: r }", "c.yaml:8:5: a control lacks `title`"),
    ]) func `a wrong catalog is refused with its place`(_ control: String, _ message: String) throws
  {
    let error = #expect(throws: CatalogErrors.self) {
      try FrameworkCatalog.read(path: "c.yaml", text: Self.head + control + "\n")
    }
    let text = try #require(error?.errors.first?.description)
    #expect(text.hasPrefix(message), "\(text)")
  }

  // MARK: Side files

  /// Reads a file of that kind.
  private static func read(_ name: String, _ text: String) throws -> SideTable {
    try SideTable(try #require(SideFile.named(name)), path: "c.csv", bytes: Array(text.utf8))
  }

  @Test func `quoted fields hold commas, quotes and line ends, and columns come in any order`() throws {
    let columns = "summary,ticket,requested_by,approved_by,approved_at,window_from,window_to"
    let times = "2026-07-01T00:00:00Z,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z"
    let one = try Self.read("tickets", "\(columns)\r\n\"a \"\"b\"\", and\r\nc\",C-1,ana,bo,\(times)\r\n")
    let other = try Self.read(
      "tickets",
      "ticket,summary,requested_by,approved_by,approved_at,window_from,window_to\nC-1,\"a \"\"b\"\", and\r\nc\",ana,bo,\(times)\n"
    )
    #expect(one == other)
  }

  @Test func `each side file has its own name, each column too, and a row in the document of the configuration`() throws
  {
    let names = SideFile.all.map(\.name)
    #expect(Set(names).count == names.count)
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/assay-yaml.md")
    let page = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    for kind in SideFile.all {
      let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| `\(kind.name)` |") }, "\(kind.name)")
      let cell = row.split(separator: "|")[1]
      let named = cell.matches(of: /`([a-z_0-9]+)`/).map { String($0.output.1) }
      #expect(named == kind.columns.map(\.name), "\(kind.name)")
      #expect(Set(kind.columns.map(\.name)).count == kind.columns.count, "\(kind.name)")
    }
    for limit in TestLimit.all {
      #expect(page.contains("| `\(limit.name)` | \(grouped(limit.standard)) |"), "\(limit.name)")
    }
  }

  @Test(
    arguments: [
      ("source_counts", "", "c.csv:1: The file is empty"),
      ("source_counts", "source,day,sessions\n", "c.csv:1: column `statements` is missing"),
      ("source_counts", "source,day,sessions,statements,more\n", "c.csv:1: unknown column `more`"),
      ("source_counts", "root:x:0:0:root:/root:/bin/bash\n", "c.csv:1: unknown column at place 1;"),
      ("source_counts", "source,day,sessions,source\n", "c.csv:1: column `source` occurs twice"),
      (
        "source_counts", "source,day,sessions,statements\nhoop,2026-07-01,1\n",
        "c.csv:2: This line has 3 fields, the header 4"
      ),
      ("source_counts", "source,day,sessions,statements\nhoop,yesterday,1,\n", "c.csv:2: `day` must be a date"),
      (
        "source_counts", "source,day,sessions,statements\nhoop,2026-07-01,-1,\n",
        "c.csv:2: `sessions` must be a whole number"
      ),
      ("source_counts", "source,day,sessions,statements\nhoop,2026-07-01,,\n", "c.csv:2: This line counts neither"),
      (
        "source_counts", "source,day,sessions,statements\n\"hoop,2026-07-01,1,\n",
        "c.csv:2: A quoted field is not closed"
      ),
      (
        "source_counts", "source,day,sessions,statements\n\"ho\"op,2026-07-01,1,\n",
        "c.csv:2: Text follows a closing quote"
      ),
      ("source_counts", "source,day,sessions,statements\nho\"op,2026-07-01,1,\n", "c.csv:2: A quote is inside"),
      (
        "dispositions", "statement,decided_by,decided_at,decision,reason\ns1/4,cy,2026-07-02T09:00:00Z,fine,no\n",
        "c.csv:2: `decision` must be one of intended, corrected, incident"
      ),
      (
        "bindings", "connection,policy,from,until,fail_open\na,b,2026-07-02T00:00:00Z,2026-07-01T00:00:00Z,false\n",
        "c.csv:2: `until` must be later than `from`"
      ),
      (
        "management_responses", "exception,response,owner,due,accepted_by,accepted_on,reason\nEX-1,known,,,bo,,small\n",
        "c.csv:2: `accepted_on` is empty"
      ),
      (
        "management_responses",
        "exception,response,owner,due,accepted_by,accepted_on,reason\nEX-1,a,,,,,\nEX-1,b,,,,,\n",
        "c.csv:3: the same `exception` is in line 2 already"
      ),
      (
        "tickets",
        "ticket,summary,requested_by,approved_by,approved_at,window_from,window_to\n"
          + "C-1,x,ana,bo,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,2026-07-01T00:00:00Z\n",
        "c.csv:2: `window_to` must not be earlier than `window_from`"
      ),
      ("leavers", "user,at,disabled_at\nana,soon,\n", "c.csv:2: `at` must be a time"),
      ("leavers", "user,at,disabled_at\n,2026-07-01,\n", "c.csv:2: `user` is empty"),
      (
        "logons", "user,at,result,lockout\nana,2026-07-01T00:00:00Z,success,no\n",
        "c.csv:2: `lockout` must be true or false"
      ),
    ]) func `a wrong side file is refused with its line`(_ name: String, _ text: String, _ message: String) throws
  {
    let error = #expect(throws: AssayError.self) { try Self.read(name, text) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test func `bytes that are no UTF-8 are refused with their line`() throws {
    let kind = try #require(SideFile.named("source_counts"))
    let error = #expect(throws: AssayError.self) {
      try SideTable(kind, path: "c.csv", bytes: Array("source,day,sessions,statements\n".utf8) + [0xFF, 0x2C])
    }
    #expect(error?.place?.line == 2)
  }

  @Test(arguments: [
    #"{"file":"leavers","rows":[["ana","2026-07-01",null,"more"]]}"#,
    #"{"file":"leavers","rows":[["ana","soon",null]]}"#,
    #"{"file":"nothing","rows":[]}"#, #"{"file":"leavers","rows":[[null,"2026-07-01",null]]}"#,
  ]) func `rows that no file could hold are refused in facts too`(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(SideTable.self, from: Data(text.utf8)) }
  }
}
