import Foundation
import Testing

/// From a vague memory to the page in two commands, on the sample's planted incidents.
@Suite struct IncidentTests {
  private static let config = ["--config", "samples/assay.yaml"]

  /// An incident that somebody half remembers: how it is looked for, and what its page must say.
  struct Remembered: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let search: [String]
    let session: String
    let first: [String]
    let rowsDestroyed: Int
    let rule: String?
  }

  static let remembered = [
    Remembered(
      testDescription: "a bot, the visits table, around 14:00",
      search: ["--identity", "*-bot@*", "--table", "visits", "--writes", "--around", "14:00", "--on", "2026-07-21"],
      session: "f233365e-18d3-f299-bb85-2eecb55976aa",
      first: [
        "2026-07-21 14:03 UTC", "12,000 rows of visits and 9,000 rows of prescriptions were deleted",
        "the archive records no row count", "does not show that a rule was evaluated",
      ], rowsDestroyed: 21_000, rule: "unbounded-write"),
    Remembered(
      testDescription: "an agent read customers in July",
      search: ["--kind", "agent", "--table", "customers", "--harmful", "--to", "2026-07-15"],
      session: "gw1-report-bot-0708",
      first: ["for dana@example.org", "customers.email and customers.ssn were seen in 110 rows", "It was allowed"],
      rowsDestroyed: 0, rule: "agents-read-masked"),
    Remembered(
      testDescription: "an agent dropped the wrong index",
      search: ["--kind", "agent", "--writes", "--on", "2026-07-15"], session: "gw1-tuning-bot-0715",
      first: ["index visits_customer_idx was dropped", "held it for approval"], rowsDestroyed: 0, rule: "schema-change"),
    Remembered(
      testDescription: "small deletes that add up",
      search: ["--identity", "cleanup-bot", "--on", "2026-08-18"], session: "gw1-cleanup-bot-0818",
      first: ["6,480 rows of visits", "by 12 statements", "passed a session's limit at #11"], rowsDestroyed: 11_465,
      rule: nil),
    Remembered(
      testDescription: "a DELETE WHERE 1=1 that slipped past",
      search: ["--table", "job_runs", "--harmful"], session: "gw1-nightly-jobs-0720",
      first: ["3,000 rows of job_runs were deleted"], rowsDestroyed: 3000, rule: "unbounded-write"),
  ]

  @Test(arguments: remembered)
  func `two commands lead from a memory to the page`(incident: Remembered) async throws {
    let quarter = try await SampleQuarter.shared.value
    let found = try assay(["find"] + incident.search + Self.config + ["--json"], in: quarter.folder)
    #expect(found.status == 0, "\(found)")
    #expect(try found.json.sessions.array.first?.session.string == incident.session)

    let page = try assay(["incident", incident.session] + Self.config + ["--json"], in: quarter.folder)
    #expect(page.status == 0, "\(page)")
    let document = try page.json
    let headline = try #require(document.headline.string)
    for part in incident.first { #expect(headline.contains(part), "\(headline)") }
    if let rule = incident.rule { #expect(headline.contains("Rule \(rule) of"), "\(headline)") }
    #expect(document.totals.rows_destroyed.int == incident.rowsDestroyed)
    let sum = document.blast_radius.tables.array.reduce(0) {
      $0 + ($1.deleted.int ?? 0) + ($1.overwritten.int ?? 0)
    }
    #expect(sum == incident.rowsDestroyed, "the tables add up")
  }

  @Test func `the page agrees with the verdict lines`() async throws {
    let quarter = try await SampleQuarter.shared.value
    for session in ["gw1-cleanup-bot-0818", "gw1-report-bot-0708", "gw1-nightly-jobs-0813", "gw1-care-bot-0825"] {
      let document = try assay(["incident", session, "--all"] + Self.config + ["--json"], in: quarter.folder).json
      let steps = document.timeline.array
      #expect(steps.count == quarter.verdicts.values.count { $0.session == session }, "\(session)")
      for step in steps {
        let id = try #require(step.statement.string)
        let verdict = try #require(quarter.verdicts[id])
        #expect(step.verdict.verdict.string == verdict.verdict, "\(id)")
        #expect(step.effect.rows_deleted.int == verdict.effect.rows_deleted, "\(id)")
        #expect(step.decision.action.string == verdict.decision, "\(id)")
      }
    }
  }

  @Test func `an archive and a shadow are enough, and leave nothing behind`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try Folder.withSamples()
    let before = try folder.files(".")
    let finished = try assay(
      [
        "incident", "gw1-report-bot-0708", "--archive", "samples/archives/native/gw-1-2026-W28.jsonl.zst", "--shadow",
        "sqlite:samples/shadow/clinic.sql", "--policy", "samples/policies/production-guardrails-2026.3.yaml", "--json",
      ], in: folder)
    #expect(finished.status == 0, "\(finished)")
    let document = try finished.json
    #expect(
      document.headline.string?.contains("Rule agents-read-masked of production-guardrails 2026.3 (to be tried)")
        == true)
    let seen = document.blast_radius.disclosed.array.compactMap(\.column.string)
    // Nothing names the sensitive columns here: the detectors do, and the numbers of the sample are issued to nobody.
    #expect(seen.contains("customers.email"))
    #expect(try folder.files(".") == before, "a temporary ledger stayed")
    #expect(quarter.verdicts["gw1-report-bot-0708/2"]?.verdict == "mask_leak")
    let unnamed = try assay(
      [
        "incident", "--archive", "samples/archives/native/gw-1-2026-W28.jsonl.zst", "--shadow",
        "sqlite:samples/shadow/clinic.sql", "--json",
      ], in: folder)
    #expect(unnamed.status == 64)
    #expect(try unnamed.json.error.message.string?.contains("gw1-report-bot-0708 (mask_leak)") == true)
  }

  @Test func `another policy ends otherwise, table by table, and the ledger keeps its verdicts`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try Folder.withSamples()
    try folder.makeFolder("samples/.assay")
    try folder.write("samples/.assay/ledger.db", try quarter.folder.bytes("samples/.assay/ledger.db"))
    let ledger = try folder.bytes("samples/.assay/ledger.db")
    let policy = "samples/policies/production-guardrails-2026.3.yaml"
    let finished = try assay(["replay", "--as-if", policy] + Self.config + ["--json"], in: folder)
    #expect(finished.status == 0, "\(finished)")
    let document = try finished.json
    let ends = document.tables.array.filter { $0.connection.string == "clinic" }
    func end(_ table: String) -> [Int?] {
      let found = ends.first { $0.table.string == table }
      return [found?.before.int, found?.recorded_change.int, found?.as_if_change.int]
    }
    #expect(end("visits") == [12_000, -12_000, 0])
    #expect(end("job_runs") == [3000, -3000, 0])
    #expect(document.objects_kept.array.compactMap(\.name.string) == ["index visits_customer_idx"])
    #expect(document.columns_hidden.array.compactMap(\.name.string) == ["customers.ssn"])
    let verdicts = try assay(["explain", "gw1-nightly-jobs-0720/1"] + Self.config + ["--json"], in: folder)
    #expect(try verdicts.json.verdict.verdict.string == "false_allow")
    #expect(try folder.bytes("samples/.assay/ledger.db").count == ledger.count)
  }

  @Test(arguments: [
    (["incident", "gw1-reportbot-0708"], 66, "Did you mean gw1-report-bot-0708"),
    (["incident", "--identity", "cleanup-bot", "--on", "2026-09-29"], 66, "the ledger holds statements of"),
    (
      ["incident", "--identity", "cleanupbot@example.org", "--on", "2026-08-18"], 66,
      "Did you mean cleanup-bot@example.org"
    ),
    (["incident", "--identity", "cleanup-bot"], 64, "Say when"),
    (["incident"], 64, "Name a session"),
    (["incident", "gw1-report-bot-0708", "--from", "14:00"], 64, "of which day"),
    (["incident", "gw1-report-bot-0708", "--as-if", "nowhere.yaml"], 66, "There is no such policy"),
    (["find", "--on", "2026-13-01"], 64, "Unknown date"),
    (["find", "--from", "2026-08-02", "--to", "2026-08-01"], 64, "ends before it begins"),
    (["find", "--connection", "clinc"], 66, "it holds"),
    (["find", "--kind", "robot"], 64, "human, service or agent"),
  ])
  func `wrong input is told with a next step`(arguments: [String], status: Int32, message: String) async throws {
    let quarter = try await SampleQuarter.shared.value
    let finished = try assay(arguments + Self.config + ["--json"], in: quarter.folder)
    #expect(finished.status == status, "\(finished)")
    #expect(try finished.json.error.message.string?.contains(message) == true, "\(finished)")
  }

  @Test func `a time without statements is not a session, and says what there is`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let finished = try assay(["find", "--on", "2025-01-01"] + Self.config, in: quarter.folder)
    #expect(finished.status == 0)
    #expect(finished.output.contains("No session fits. The ledger holds 1,616 sessions from 2026-07-01"), "\(finished)")
  }

  /// Where a browser stands, if one does.
  static let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(.enabled(if: browser != nil, "no Chromium is installed here"))
  func `a browser shows the page and asks for nothing else`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let browser = try #require(Self.browser)
    let folder = try Folder()
    let made = try assay(
      ["incident", "gw1-report-bot-0708", "--config", quarter.folder("samples/assay.yaml"), "--html", "page.html"],
      in: folder)
    #expect(made.status == 0, "\(made)")
    let flags = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
      "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=\(folder("profile"))",
    ]
    let page = "file://\(folder("page.html"))"
    let shown = try run(
      URL(filePath: browser), flags + ["--log-net-log=\(folder("net.json"))", "--dump-dom", page], in: folder)
    #expect(shown.status == 0, "\(shown)")
    #expect(shown.output.contains("customers.email and customers.ssn were seen in 110 rows"))
    #expect(shown.output.contains("<svg"))
    // What the page asked for, not what the browser does for itself: its own services are in no page.
    let requested = try folder.text("net.json").matches(of: /"url":"(?<url>[a-z]+:[^"]*)"/).map {
      String($0.output.url)
    }
    let own = ["google", "gvt1.", "chrome", "gstatic", "devtools"]
    let foreign = requested.filter { url in !url.hasPrefix("file:") && !own.contains { url.contains($0) } }
    #expect(foreign == [])
    let drawn = try run(
      URL(filePath: browser), flags + ["--window-size=1100,1400", "--screenshot=\(folder("page.png"))", page],
      in: folder)
    #expect(drawn.status == 0, "\(drawn)")
    #expect(try folder.bytes("page.png").count > 20_000, "an empty picture")
  }
}
