import AuditTrail
import Digests
import Evidence
import Policies

/// A small clinic's quarter as the evidence engine would conclude it: every status, every kind of cell, and data that
/// tries to break out of each format. The literals of its statements must be in no file.
enum Sample {
  static let canaries = ["canary-7f3a@leak.example", "0780511209", "Zsófia-Canary", "canary-param-91"]
  static let period =
    Period("2026-Q3") ?? Period(label: "2026-Q3", start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 0))
  static let hostile = "=HYPERLINK(\"http://evil.example\",\"x\") | `rm` [a](javascript:x) <b>, \"q\"\r\nnext\u{0}line"

  static func model(largePopulation: Int = 0) -> EvidenceModel {
    let tests = [
      archiveIntegrity(), coverageTest(), accountability(), approvals(), duties(), effectiveness(largePopulation),
      masking(), totals(),
    ]
    let exceptions = tests.flatMap(\.exceptions).sorted {
      ($1.severity ?? .s0, $0.id) < ($0.severity ?? .s0, $1.id)
    }
    return EvidenceModel(
      facts: EvidenceFacts(
        plan: EvidencePlan(
          organization: "Meridian Clinic", system: "Clinical data platform", period: period, toolVersion: "1.0.0")),
      organization: "Meridian Clinic", system: "Clinical data platform", period: period, toolVersion: "1.0.0",
      inputs: inputs, inputsSHA256: digest("inputs"),
      sideFiles: [SourceReference(path: "hr/leavers.csv", kind: "side file", sha256: digest("leavers"))],
      connections: [
        ConnectionSeen(
          name: "clinic", environment: "production", inScope: true, approvalRequired: true, sessions: 412,
          statements: 18_204),
        ConnectionSeen(
          name: "staging", environment: "staging", inScope: false, approvalRequired: false, sessions: 40,
          statements: 1_801),
        ConnectionSeen(
          name: "billing", environment: "production", inScope: true, approvalRequired: true, sessions: 0, statements: 0),
      ],
      shadows: [
        ShadowUsed(
          connection: "clinic", engine: "sqlite", source: "sqlite:/home/ana/shadow/clinic.sql",
          imageSHA256: digest("image"), mode: "session", basis: .synthetic, asOf: Timestamp("2026-07-01T00:00:00Z"),
          measured: 18_004, fidelity: Share(9_012, of: 9_120))
      ],
      thresholds: Thresholds(
        source: "production-guardrails 2026.3",
        lines: [
          "destroys: 1,000 rows or more, or 50 % of a table of 50 rows or more",
          "discloses: 1 row of a sensitive column",
        ],
        approvedBy: "bo@example.org", approvedAt: Timestamp("2026-06-30T12:00:00Z")),
      policies: [
        PolicyInForce(
          policy: "production-guardrails", version: "2026.3", from: period.start, until: nil, basis: .evidenced,
          actor: "cy@example.org", approvedBy: "bo@example.org", statements: 20_005)
      ],
      completeness: Conclusion(
        .inconclusive,
        "Completeness of the extraction was not shown: no source_counts.csv states what the sources hold."),
      integrity: Conclusion(.fail, "1 of 3 archives has a broken seal: tampered-segment-07.jsonl.gz."), tests: tests,
      frameworks: frameworks(tests), exceptions: exceptions, coverage: coverage, tieOuts: tieOuts,
      decisionsByWeek: weeks, grading: grading, findings: findings,
      limitations: [
        "What replay measured, it measured on synthetic rows; production's numbers differ.",
        "Statements through connections that no proxy guards are in no archive.",
      ],
      orphanedResponses: [
        ManagementResponse(exception: "EX-0000000000000000", text: "-1 was fixed", owner: "ana@example.org", due: nil)
      ])
  }

  static func digest(_ text: String) -> String { SHA256Digest(of: text).hex }

  private static let inputs = [
    input("archives/native/segment-01.jsonl.gz", "assay.archive/1", 9_000, .valid, ["unsigned"]),
    input("archives/native/tampered-segment-07.jsonl.gz", "assay.archive/1", 2_005, .broken, ["seal_broken"]),
    input("/var/exports/hoop-sessions.json", "hoop.sessions", 9_010, .none, ["unsealed"]),
  ]

  private static func input(
    _ path: String, _ format: String, _ accepted: Int64, _ seal: SealState, _ flags: [String]
  ) -> ArchiveInput {
    ArchiveInput(
      path: path, format: format, sha256: digest(path), bytes: accepted * 97, entries: accepted + 3,
      accepted: accepted, rejected: 2, blank: 1, duplicates: 0, source: "hoop gw-1", seal: seal, signatureKey: nil,
      flags: flags, notes: [], first: Timestamp("2026-07-01T00:00:03.25Z"), last: Timestamp("2026-09-30T23:59:58Z"))
  }

  private static let coverage = Coverage(
    sources: [
      SourceCoverage(source: "hoop gw-1", hours: 2_208, active: 2_100, nilProven: 106, gap: 1, unproven: 1),
      SourceCoverage(source: "native gw-2", hours: 2_208, active: 2_208, nilProven: 0, gap: 0, unproven: 0),
    ],
    gaps: [
      gap(.gap, "2026-08-11T03:00:00Z", "2026-08-11T04:00:00Z", "Sequence numbers 8,120 to 8,164 are missing."),
      gap(
        .unproven, "2026-09-02T04:00:00Z", "2026-09-02T05:00:00Z",
        "A heartbeat or the source's own count would show it."),
    ])

  private static func gap(_ state: HourState, _ start: String, _ end: String, _ reason: String) -> CoverageGap {
    CoverageGap(
      source: "hoop gw-1", state: state, start: Timestamp(start) ?? period.start, end: Timestamp(end) ?? period.end,
      hours: 1, reason: reason)
  }

  static let tieOuts = [
    TieOut(
      id: "TO-01", title: "Entries are accepted, rejected or blank", left: "entries read", leftValue: 20_024,
      right: "accepted + rejected + blank", rightValue: 20_024),
    TieOut(
      id: "TO-02", title: "Statements are graded or not replayed", left: "statements of the period (POP-19)",
      leftValue: 20_005, right: "verdicts + not replayed", rightValue: 20_004),
  ]

  private static let weeks = (27...39).map { week in
    WeeklyDecisions(
      year: 2026, week: week, monday: CivilDate(daysSinceEpoch: 20_633 + (week - 27) * 7),
      counts: Action.allCases.enumerated().map { index, action in
        ActionCount(action: action, statements: Int64((week * 37 + index * 11) % 50) * [20, 6, 2, 3, 1][index])
      })
  }

  private static let grading = Grading(
    statements: 20_005, notReplayed: 201,
    verdicts: VerdictName.allCases.enumerated().map { index, name in
      VerdictCount(verdict: name, statements: Int64(index * 17 + 3), units: Int64(index * 16 + 3))
    },
    inconclusive: [
      ReasonCount(reason: "missing_params", statements: 120), ReasonCount(reason: "no_rows", statements: 70),
    ], falseAllowEvaluated: 3, falseAllowEvaluationUnknown: 2,
    units: {
      var units = GradedUnits()
      func count(_ verdict: Verdict, _ action: Action, _ count: Int) {
        units.count(verdict, action: action, evaluationUnknown: false, units: count)
      }
      count(Verdict(.confirmedBlock, kind: .destroys, fate: .blocked), .block, 14)
      count(Verdict(.confirmedReview, kind: .escalates, fate: .held), .review, 3)
      count(Verdict(.falseAllow, kind: .destroys, fate: .letThrough), .allow, 3)
      count(Verdict(.confirmedMask, kind: .discloses, fate: .masked, wouldDisclose: true), .mask, 40)
      count(Verdict(.confirmedAllow), .allow, 16_000)
      count(Verdict(.falseBlock), .block, 12)
      count(Verdict(.debatableReview, severity: .s2), .review, 9)
      count(Verdict(.needlessReview), .review, 4)
      return units
    }(),
    effects: [.block, .review, .mask, .allow].map { DecisionEffects($0) },
    graded: [GradedShare(part: "writes", share: Share(400, of: 401))],
    metrics: [
      Metric(
        name: "recall", label: "Harmful statements stopped", share: Share(17, of: 20),
        interval: Interval(low: 0.6396, high: 0.9476), note: "The bounds include the units whose evaluation is unknown."
      )
    ])

  private static let findings = [
    FindingNoted(
      kind: "approved_harm", session: "s-204", sequence: 3, time: Timestamp("2026-08-02T10:00:00Z") ?? period.start,
      user: "ana@example.org", connection: "clinic",
      detail: "On the shadow it deleted 4,210 rows of visits; bo@example.org approved it 41 s after the request.")
  ]
}
