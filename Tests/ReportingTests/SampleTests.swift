import AuditTrail
import Digests
import Evidence

extension Sample {
  static func archiveIntegrity() -> TestResult {
    let rows: [[Cell]] = [
      [.text("archives/native/segment-01.jsonl.gz"), .text("valid"), .integer(9_003)],
      [.text("archives/native/tampered-segment-07.jsonl.gz"), .text("broken"), .integer(2_008)],
      [.text("/var/exports/hoop-sessions.json"), .text("none"), .integer(9_013)],
    ]
    return test(
      .t01, "Archive integrity", .fail, "1 of 3 archives has a broken seal; 1 carries none.",
      population: population(
        "POP-01", "archives read",
        [
          Column("path", .text, "The archive."), Column("seal", .text, "Its seal."),
          Column("entries", .integer, "Its entries."),
        ], rows),
      exceptions: [
        exception(
          .t01, "tampered-segment-07.jsonl.gz", .s3, "The recomputed root differs from the sealed one.", user: nil)
      ], undecided: 1, remedy: "Seal the hoop export on arrival with `assay seal`.")
  }

  static func coverageTest() -> TestResult {
    test(
      .t02, "Period coverage and gaps", .fail, "1 hour of 4,416 has a gap; 1 is unproven.",
      population: population(
        "POP-02", "source hours",
        [
          Column("source", .text, "The source."), Column("hour", .time, "The hour, UTC."),
          Column("state", .text, "What it is."),
        ],
        (0..<30).map { hour in
          [
            .text("hoop gw-1"), .time(period.start.adding(nanoseconds: Int64(hour) * 3_600_000_000_000)),
            .text(hour == 4 ? "gap" : hour == 9 ? "unproven" : "active"),
          ]
        }),
      exceptions: [exception(.t02, "gw-1 2026-08-11T03:00:00Z", .s2, "No record in this hour.", user: nil)],
      undecided: 1)
  }

  static func accountability() -> TestResult {
    test(
      .t07, "Individual accountability", .pass, "No exceptions noted in the automated test of 12 of 12 items.",
      population: population(
        "POP-07", "sessions",
        [
          Column("session", .text, "The session."), Column("user", .text, "Who."),
          Column("human", .flag, "Whether a person."),
        ],
        (0..<12).map { [.text("s-\($0)"), .text($0 == 3 ? hostile : "ana@example.org"), .flag($0 % 2 == 0)] }))
  }

  static func approvals() -> TestResult {
    test(
      .t14, "Approval precedes the session", .passWithAccepted, "1 exception, which was accepted.",
      population: population(
        "POP-14", "sessions on approval-required connections",
        [
          Column("session", .text, "The session."), Column("approved_at", .time, "When it was approved, UTC."),
          Column("delay", .integer, "Seconds."),
        ],
        (0..<8).map {
          [
            .text("s-\($0)"), $0 == 2 ? .empty : .time(Timestamp("2026-07-03T10:00:00.5Z") ?? period.start),
            .integer(-5 + $0),
          ]
        }),
      exceptions: [
        exception(
          .t14, "s-2", .s1, hostile, user: "bot@example.org",
          acceptance: Acceptance(
            by: "cy@example.org", on: CivilDate(year: 2026, month: 10, day: 2), reason: "Break-glass, ticket OPS-9"))
      ])
  }

  static func duties() -> TestResult {
    test(
      .t15, "Segregation of duties in approvals", .inconclusive,
      "0 approvals in the period, and nothing shows that none was needed.",
      population: population("POP-15", "approvals", [Column("approval", .text, "The approval.")], []),
      remedy: "Export approvals with the sessions; see docs/collect-hoop.md.")
  }

  static func effectiveness(_ largePopulation: Int) -> TestResult {
    let shapes = [
      "SELECT * FROM customers WHERE email = '\(canaries[0])'", "DELETE FROM visits WHERE id = \(canaries[1])",
      "UPDATE t SET name = $q$\(canaries[2])$q$ -- \(canaries[3])", "DELETE FROM visits WHERE id = $1",
      "SELECT `a` | ```b``` FROM \"odd name\"",
    ]
    let count = max(60, largePopulation)
    let exceptions = (0..<60).filter { $0 % 20 == 1 }.map { index in
      exception(
        .t19, "s-\(index / 10)/\(index % 10)", index == 1 ? .s4 : .s3,
        "On a shadow of 2026-07-01 (synthetic) this statement deleted 48,213 rows; the archive records no row count.",
        user: "report-bot@example.org")
    }
    var result = test(
      .t19, "Guardrail operating effectiveness by replay", .fail,
      "Exceptions noted: 3 of 60 statements were let through and harmed.",
      population: population(
        "POP-19", "statements with a verdict",
        [
          Column("session", .text, "The session."), Column("sequence", .integer, "Its number."),
          Column("time", .time, "When, UTC."), Column("shape", .text, "The statement without literals."),
          Column("decision", .text, "What the proxy did."), Column("verdict", .text, "The verdict."),
          Column("severity", .text, "How grave."), Column("rows_deleted", .integer, "Rows."),
        ],
        (0..<count).map { index in
          [
            .text("s-\(index / 10)"), .integer(Int64(index % 10)),
            .time(period.start.adding(nanoseconds: Int64(index) * 61_000_000_000)), .text(shapes[index % shapes.count]),
            .text("allow"), .text(index % 20 == 1 && index < 60 ? "false_allow" : "confirmed_allow"),
            .text(index == 1 ? "S4" : "S0"), .integer(index == 1 ? 48_213 : 0),
          ]
        }), exceptions: exceptions, undecided: 5)
    result.metrics = [
      Metric(
        name: "recall", label: "Harmful statements stopped", share: Share(17, of: 20),
        interval: Interval(low: 0.6396, high: 0.9476)),
      Metric(name: "not_graded", label: "Statements that could not be graded", share: Share(5, of: 0)),
    ]
    result.tables = [
      AttributeTable(
        name: "rules", title: "What each rule stopped",
        columns: [
          Column("rule", .text, "The rule."), Column("stopped", .integer, "Units."),
          Column("precision", .real, "0 to 1."),
        ],
        rows: [
          [.text("unbounded-write"), .integer(14), .real(0.875)], [.text("+schema|change"), .integer(3), .empty],
        ])
    ]
    return result
  }

  static func masking() -> TestResult {
    test(
      .t30, "Sensitive columns masked", .pass, "No exceptions noted in the automated test of 20 of 20 items.",
      population: population(
        "POP-30", "statements that return sensitive columns",
        [Column("statement", .text, "The statement's shape."), Column("leak", .text, "What leaked.")],
        (0..<20).map { _ in [.text("SELECT email FROM customers WHERE id = 0780511209"), .text("none")] }))
  }

  static func totals() -> TestResult {
    test(
      .t42, "Processing control totals", .notRun, "Not run.",
      population: population(
        "POP-42", "equations", [Column("equation", .text, "The equation.")], tieOuts.map { [.text($0.id)] }),
      undecided: 2)
  }

  static func frameworks(_ tests: [TestResult]) -> [FrameworkResult] {
    func control(_ framework: String, _ id: String, _ title: String, _ supporting: [TestID]) -> ControlResult {
      ControlResult(
        framework: framework, control: id, title: title,
        status: TestStatus.worst(tests.filter { supporting.contains($0.id) }.map(\.status)),
        mappings: supporting.map { ControlMapping(test: $0, clause: "Access is restricted.") },
        annualCore: id == "AC-3", reason: "Access to databases.")
    }
    func framework(_ id: String, _ title: String, _ controls: [ControlResult]) -> FrameworkResult {
      FrameworkResult(
        id: id, title: title, version: "2026.1", source: "the publisher's list",
        date: CivilDate(year: 2026, month: 7, day: 15),
        note: "The mapping is our own proposal.", controls: controls,
        outOfScope: [ControlOutOfScope(control: "X-1", title: "Physical access", reason: "No database.")])
    }
    return [
      framework(
        "soc2-2017", "SOC 2 (2017 criteria)",
        [
          control("soc2-2017", "CC6.1", "Logical access is restricted", [.t07, .t14, .t19, .t30]),
          control("soc2-2017", "CC7.2", "Anomalies are monitored", [.t01, .t02]),
          control("soc2-2017", "CC6.7", "Transmission is restricted", []),
        ]),
      framework(
        "fedramp-rev5-moderate", "FedRAMP Rev5 Moderate",
        [
          control("fedramp-rev5-moderate", "AC-3", "Access is enforced", [.t14, .t19]),
          control("fedramp-rev5-moderate", "AC-5", "Duties are apart", [.t15]),
        ]),
    ]
  }

  static func exception(
    _ test: TestID, _ key: String, _ severity: Severity, _ condition: String, user: String?,
    acceptance: Acceptance? = nil
  ) -> ExceptionNoted {
    ExceptionNoted(
      id: "EX-" + digest("\(test.rawValue) \(key)").prefix(16), test: test,
      controls: [ControlReference(framework: "soc2-2017", control: "CC6.1")],
      criteria: "No statement that harms is let through.",
      condition: condition, cause: "The rule looks for a missing WHERE only.", effect: "Rows were lost on the shadow.",
      item: ItemReference(
        key: key, session: "s-0", sequence: 1, user: user, connection: "clinic",
        archive: "/var/exports/hoop-sessions.json",
        archiveSHA256: digest("/var/exports/hoop-sessions.json"), entry: 42),
      firstSeen: Timestamp("2026-07-03T04:00:00.25Z"), lastSeen: Timestamp("2026-07-03T04:00:01Z"), severity: severity,
      acceptance: acceptance,
      response: ManagementResponse(
        exception: "x", text: "We | see to it.", owner: nil, due: CivilDate(year: 2026, month: 11, day: 1)))
  }

  private static func population(_ id: String, _ title: String, _ columns: [Column], _ rows: [[Cell]]) -> Population {
    let query = "SELECT *\nFROM statements\nWHERE time >= ?1 AND time < ?2 -- the period"
    return Population(
      id: id, title: title, purpose: "Every item of the period is tested.",
      sources: [
        SourceReference(path: "archives/native/segment-01.jsonl.gz", kind: "assay.archive/1", sha256: digest("a"))
      ],
      query: query, querySHA256: digest(query),
      parameters: [
        QueryParameter(name: "?1", meaning: "the period's first moment", value: .time(period.start)),
        QueryParameter(name: "?2", meaning: "the first moment after", value: .time(period.end)),
      ], columns: columns, rows: (try? ItemRows(rows)) ?? ItemRows(), count: Int64(rows.count),
      exclusions: [Exclusion(reason: "outside of the period", count: 12)],
      first: rows.isEmpty ? nil : period.start, last: rows.isEmpty ? nil : period.end.adding(nanoseconds: -1))
  }

  private static func test(
    _ id: TestID, _ title: String, _ status: TestStatus, _ sentence: String, population: Population,
    exceptions: [ExceptionNoted] = [], undecided: Int64 = 0, remedy: String? = nil
  ) -> TestResult {
    let failed = Int64(exceptions.count)
    let daily = period.days.map { day in
      var point = DailyPoint(day: CivilDate(daysSinceEpoch: day))
      if day == period.days.lowerBound {
        (point.tested, point.failed, point.inconclusive) = (population.count, failed, undecided)
        point.passed = population.count - failed - undecided
      }
      return point
    }
    return TestResult(
      id: id, title: title, objective: "Evidence that \(title.lowercased()) holds over the period.",
      procedure: "Each item is looked at by program and held against the criteria.",
      design: Conclusion(.notRun, "The test does not assess design."), operating: Conclusion(status, sentence),
      population: population, tested: population.count - undecided, passed: population.count - failed - undecided,
      failed: failed, inconclusive: undecided, exceptions: exceptions, daily: daily,
      limitations: ["It sees what the archives hold."],
      recipe: ["assay ingest archives/native archives/hoop", "assay report --period 2026-Q3"], remedy: remedy)
  }
}
