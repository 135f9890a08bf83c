import Foundation
import SQLite
import Testing

/// Changes planted in the sample quarter, one for each test: each turns its test red, and nothing shows that no change explains.
///
/// All changes of a kind are planted at once, for a report of the quarter takes long: each says which exceptions it leads to, and
/// there must be these and no others.
@Suite struct MutationTests {
  /// A change with the exceptions that it leads to, as test and item.
  struct Change: Sendable, CustomTestStringConvertible {
    let what: String
    let leadsTo: [String]
    let plant: @Sendable (Folder) throws -> Void
    var testDescription: String { what }

    init(_ what: String, _ leadsTo: String..., plant: @escaping @Sendable (Folder) throws -> Void) {
      (self.what, self.leadsTo, self.plant) = (what, leadsTo, plant)
    }

    /// A text in a file of the sample, in place of another; its sidecar then says how many rows there are.
    init(_ what: String, _ file: String, _ old: String, _ new: String, _ leadsTo: String...) {
      (self.what, self.leadsTo) = (what, leadsTo)
      plant = { folder in
        let text = try folder.text("samples/\(file)")
        try #require(text.contains(old), "\(file) holds no \(old)")
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        try folder.write("samples/\(file)", changed)
        guard let sidecar = try? folder.text("samples/\(file).meta.yaml") else { return }
        let rows = changed.count { $0 == "\n" } - 1
        try folder.write("samples/\(file).meta.yaml", sidecar.replacing(#/rows: [0-9]+/#, with: "rows: \(rows)"))
      }
    }
  }

  /// What the files beside the archives say otherwise; only `report` runs again.
  static let files = [
    Change(
      "the source counts one statement more", "source_counts.csv", "dbgate,2026-07-01,9,135", "dbgate,2026-07-01,9,136",
      "T-02 dbgate 2026-07-01 counts"),
    Change(
      "a kind of event is not declared", "access/event_types.csv", "clinic-staging,change\n", "",
      "T-04 change on clinic-staging"),
    Change(
      "two days are kept nowhere", "access/inventory.csv", "cold store,2025-12-01", "cold store,2025-12-03",
      "T-06 month 2025-12-01"),
    Change(
      "an entitlement that nobody granted, and that nobody uses", "access/entitlements-2026-09-30.csv",
      "kim@example.org,analyst", "dana@example.org,care,clinic-staging,read\nkim@example.org,analyst",
      "T-09 entitlement dana@example.org care on clinic-staging", "T-13 dana@example.org care on clinic-staging"),
    Change(
      "a leaver whose access stays", "hr/leavers.csv", "jo@example.org,",
      "ned@example.org,2026-08-03T12:00:00Z,\njo@example.org,",
      "T-10 ned@example.org 2026-08-03T12:00:00Z disabled"),
    Change(
      "an account that nobody uses is enabled", "access/accounts.csv", "jo@example.org,false,2024-05-02,2026-07-01",
      "jo@example.org,true,2024-05-02,2026-03-01", "T-11 account jo@example.org"),
    Change(
      "a review leaves an entitlement undecided", "reviews/campaigns.csv", ",4,4\n", ",4,3\n",
      "T-12 privileged 2026-07-31 1 of 4 entitlements have no decision"),
    Change(
      "who used emergency access reviews it", "reviews/emergency.csv", "INC-12,cleo", "INC-12,finn",
      "T-17 gw1-finn-admin-0804"),
    Change(
      "a guardrail fails open", "bindings.csv", "clinic-reporting,production-guardrails,2026-04-01T00:00:00Z,,false",
      "clinic-reporting,production-guardrails,2026-04-01T00:00:00Z,,true",
      "T-18 clinic-reporting 2026-07-01 the guardrail fails open"),
    Change(
      "the policy's file was changed, and no longer stops what is always true",
      "policies/production-guardrails-2026.3.yaml",
      "where: [missing, always_true]", "where: [missing]", "T-20 delete by MERGE",
      "T-20 delete with a predicate that holds for each row", "T-20 delete with a predicate that is always true",
      "T-25 production-guardrails 2026.3 not the approved file"),
    Change(
      "an audit record is altered", "access/audit_access.csv", "retention-job,delete",
      "eve@example.org,alter,gw-1 2026-W33,2026-08-13T10:25:00Z\nretention-job,delete",
      "T-26 eve@example.org alter gw-1 2026-W33"),
    Change(
      "a week is not reviewed", "reviews/log.csv",
      "2026-W35,vera@example.org,2026-08-30T08:00:00Z,2026-08-30T08:40:00Z,0\n", "",
      "T-27 week 2026-W35", "T-27 gap from 2026-08-23"),
    Change(
      "production is copied to staging by who approves it", "access/test_data.csv",
      "synthetic,ben@example.org,cleo@example.org", "copy,ben@example.org,ben@example.org",
      "T-32 connection clinic-staging"),
    Change(
      "a session is not encrypted", "access/tls.csv", "gw1-00003,client,TLSv1.3,TLS_AES_256_GCM_SHA384",
      "gw1-00003,client,none,", "T-33 client of clinic by none"),
    Change(
      "a place is not encrypted", "access/inventory.csv", "cold store,2024-01-01,2025-10-31,archive,false,storage",
      "cold store,2024-01-01,2025-10-31,archive,false,none", "T-34 cold store from 2024-01-01"),
    Change("an encrypted archive is replaced by what is in it", "T-34 cold/gw-1-2026-05.jsonl.age from 2026-05-01") {
      try $0.write("samples/cold/gw-1-2026-05.jsonl.age", "{}\n")
    },
    Change(
      "a request for deletion that nobody serves, and another that was due earlier", "access/deletions.csv",
      "DSR-14,1128,2026-08-31,sessions_cache,1\n",
      "DSR-14,1128,2026-08-18,sessions_cache,1\nDSR-20,1319,2026-09-30,payments,\n", "T-39 DSR-14 sessions_cache late",
      "T-39 DSR-20 payments not deleted"),
    Change(
      "somebody goes on guessing a password", "access/logons.csv", "gus@example.org,2026-09-14T07:00:00Z",
      ["00", "05", "11", "16"].map { "dana@example.org,2026-09-15T07:00:\($0)Z,failure,false\n" }.joined()
        + "gus@example.org,2026-09-14T07:00:00Z", "T-36 dana@example.org not locked 2026-09-15"),
    Change(
      "a mover keeps a role", "hr/movers.csv", "finn@example.org,",
      "ben@example.org,2026-07-13T08:00:00Z,dba,manager\nfinn@example.org,",
      "T-45 ben@example.org dba"),
    Change("a byte is added to an archive that was read", "T-41 archive sessions-2026-W27") { folder in
      let path = "samples/archives/hoop/sessions-2026-W27.json.gz"
      try folder.write(path, try folder.bytes(path) + [0])
    },
    Change("the ledger counts a statement twice", "T-42 Roll-up") { folder in
      let database = try SQLiteDatabase(path: folder("samples/.assay/ledger.db"), access: .readWrite)
      try database.execute(
        """
        UPDATE rollup SET statements = statements + 1
        WHERE (text, context, decision) IN (SELECT text, context, decision FROM rollup LIMIT 1)
        """)
    },
    Change("the package before noted the same", "T-29 *") { folder in
      try folder.copy("reports/2026-Q3", to: "before")
      let configuration = try folder.text("samples/assay.yaml")
      try folder.write("samples/assay.yaml", configuration + "previous: ../before\n")
    },
  ]

  /// What sessions of an archive that is read besides do; reading goes on from the ledger that is there.
  static let sessions = [
    Change("its seal does not hold", "T-01 archive planted.jsonl", "T-02 dbgate 2026-07-29 counts") { _ in },
    Change(
      "nobody signed on by name, and no client is recorded", "T-07 login m_app on clinic", "T-03 dbgate gw-1 client"
    ) { folder in
      try folder.add([
        opening("m-login", "10:02", user: nil, login: "m_app").replacing("198.51.100.77", with: ""),
        statement("m-login", 1, "10:02:05", "SELECT 1"), closing("m-login", "10:02", 1),
      ])
    },
    Change("no second factor", "T-08 pia@example.org on clinic") { folder in
      try folder.add(session("m-weak", "10:03", user: "pia@example.org", mfa: "password"))
    },
    Change("an agent for nobody", "T-43 m-bot@example.org for nobody on clinic: no person is named for whom it acts") {
      folder in
      try folder.add(session("m-agent", "10:04", user: "m-bot@example.org", kind: "agent"))
    },
    Change(
      "structure is changed", "T-22 mia@example.org on clinic", "T-23 m-ddl/1", "T-24 m-ddl/1"
    ) { folder in
      try folder.add(session("m-ddl", "10:01", "CREATE INDEX m_idx ON feedback (id)", rows: 0))
    },
    Change("much is read at once", "T-31 mia@example.org 8c8531ae5a791951 on clinic") { folder in
      try folder.add(session("m-bulk", "10:05", "SELECT id FROM visits", rows: 5000))
    },
    Change(
      "a sensitive column is read", "T-19 leak mia@example.org clinic 3a83ebec4d689781",
      "T-30 mia@example.org clinic 3a83ebec4d689781"
    ) { folder in
      try folder.add(session("m-leak", "10:06", "SELECT email FROM customers WHERE id = 5"))
    },
    Change("no approval", "T-14 m-adm no approval") { folder in
      try folder.add(session("m-adm", "10:07", connection: "clinic-admin"))
    },
    Change("an approval of one's own", "T-15 approval m-own") { folder in
      try folder.add([approval("m-own", by: "mia@example.org", at: "10:09:00", until: "12:00:00")])
    },
    Change("an approval that has expired", "T-14 m-late expired", "T-16 approval m-exp") { folder in
      try folder.add(
        [approval("m-exp", at: "10:09:00", until: "10:10:00")]
          + session("m-late", "10:12", connection: "clinic-admin", approval: "m-exp"))
    },
    Change("an approval within seconds", "T-44 approval m-fast within seconds") { folder in
      try folder.add([approval("m-fast", at: "10:08:02", until: "12:00:00")])
    },
    Change("a session stays open", "T-35 m-open") { folder in
      try folder.add([opening("m-open", "10:14"), statement("m-open", 1, "10:14:05", "SELECT 1")])
    },
    Change(
      "approved harm", "T-04 approval on clinic", "T-19 m-reviewed/1", "T-28 m-reviewed/1"
    ) { folder in
      try folder.add(
        [approval("m-rev", at: "10:16:00", until: "12:00:00", connection: "clinic")]
          + session(
            "m-reviewed", "10:17", "DELETE FROM job_runs WHERE id > 0", rows: 3000, action: "review", approval: "m-rev")
      )
    },
    Change("times run backwards", "T-05 dbgate gw-1 go back in time within their session") { folder in
      try folder.add([
        opening("m-back", "10:18"), statement("m-back", 1, "10:18:09", "SELECT 1"),
        statement("m-back", 2, "10:18:05", "SELECT 1"), closing("m-back", "10:18", 2),
      ])
    },
    Change("somebody works at night on another connection", "T-37 ana@example.org on 2026-07-29") { folder in
      try folder.add(session("m-night", "03:10", user: "ana@example.org", connection: "clinic-warehouse"))
    },
  ]

  @Test func `each change of a file turns its test red, and nothing else that it does not explain`() async throws {
    let folder = try await SampleQuarter.shared.value.copyOfItsFolder()
    for change in Self.files { try change.plant(folder) }
    let finished = try assay(
      "report", "--config", "samples/assay.yaml", "--output", "out", "--no-check", "--quiet", in: folder)
    try #require(finished.status == 0, "\(finished)")
    try await hold(folder, Self.files)
  }

  @Test func `each session that is planted turns its test red, and nothing else that it does not explain`() async throws
  {
    let folder = try await SampleQuarter.shared.value.copyOfItsFolder()
    try folder.write(
      planted,
      #"{"type":"archive","format":"assay.archive/1","proxy":{"name":"dbgate","version":"3.4.1","instance":"gw-1"},"environment":"production","previous":null}"#
        + "\n")
    for change in Self.sessions { try change.plant(folder) }
    try folder.add([
      #"{"type":"seal","records":0,"first":null,"last":null,"root":"\#(String(repeating: "0", count: 64))","signature":null}"#
    ])
    let finished = try assay("run", "--config", "samples/assay.yaml", "--output", "out", "--quiet", in: folder)
    try #require(finished.status == 0, "\(finished)")
    try await hold(folder, Self.sessions)
  }

  @Test func `every test has a change`() {
    let tests = Set((Self.files + Self.sessions).flatMap(\.leadsTo).map { String($0.prefix(4)) })
    // The sample holds no log of a database: ReconcileTests plant what turns these two red.
    #expect(Set(SampleTests.statuses.map(\.0)).subtracting(tests) == ["T-21", "T-38"])
  }

  /// Holds what is new against what the changes lead to. `*` stands for any item, and a file's name for its digest.
  private func hold(_ folder: Folder, _ changes: [Change]) async throws {
    let before = try await SampleQuarter.shared.value.package
    func noted(_ bytes: [UInt8]) -> [String: String] {
      let rows = readCSV(bytes).map { row in
        let item = row["item"]?.hasPrefix("archive ") == true ? "archive \(named(row))" : row["item"] ?? ""
        return (row["exception"] ?? "", "\(row["test"] ?? "") \(row["test"] == "T-29" ? "*" : item)")
      }
      return Dictionary(rows) { first, _ in first }
    }
    func named(_ row: [String: String]) -> String {
      let condition = row["condition"] ?? ""
      return ["sessions-2026-W27", "planted.jsonl"].first { condition.contains($0) } ?? row["item"] ?? ""
    }
    let (old, new) = (
      noted(try #require(before["exceptions/exceptions.csv"])),
      noted(try folder.bytes("out/2026-Q3/exceptions/exceptions.csv"))
    )
    let added = Set(new.filter { old[$0.key] == nil }.values)
    let expected = Set(changes.flatMap(\.leadsTo))
    #expect(added.subtracting(expected).sorted() == [], "nothing that was planted explains it")
    #expect(expected.subtracting(added).sorted() == [], "a change was not found")
    #expect(old.filter { new[$0.key] == nil }.values.sorted() == [], "an exception is gone")
    let results = readCSV(try folder.bytes("out/2026-Q3/metrics/results.csv"))
    for test in Set(expected.map { String($0.prefix(4)) }) {
      #expect(results.first { $0["test"] == test }?["status"] == "fail", "\(test)")
    }
  }
}

private let planted = "samples/archives/native/planted.jsonl"

extension Folder {
  /// Adds lines to the planted archive.
  fileprivate func add(_ lines: [String]) throws {
    try write(planted, try text(planted) + lines.map { $0 + "\n" }.joined())
  }
}

private func opening(
  _ name: String, _ minute: String, user: String? = "mia@example.org", kind: String = "human", mfa: String = "webauthn",
  connection: String = "clinic", login: String = "clinic_app"
) -> String {
  let identity = user.map { #"{"user":"\#($0)","kind":"\#(kind)","groups":[],"mfa":"\#(mfa)"}"# } ?? "null"
  return #"{"type":"session_open","session":"\#(name)","time":"2026-07-29T\#(minute):00Z","identity":\#(identity),"#
    + #""client":{"address":"198.51.100.77","application":"psql"},"connection":{"name":"\#(connection)","#
    + #""engine":"postgresql","database":"clinic","database_user":"\#(login)","environment":"production","tags":{}}}"#
}

private func statement(
  _ session: String, _ sequence: Int, _ time: String, _ sql: String, rows: Int = 1, action: String = "allow",
  approval: String? = nil
) -> String {
  let kind = sql.hasPrefix("SELECT") ? "returned" : "affected"
  return
    #"{"type":"statement","session":"\#(session)","seq":\#(sequence),"time":"2026-07-29T\#(time)Z","sql":"\#(sql)","#
    + #""params":[],"decision":{"action":"\#(action)","rule":null,"policy":"production-guardrails","#
    + #""policy_version":"2026.2","masked":[],"message":null},"approval":\#(approval.map { "\"\($0)\"" } ?? "null"),"#
    + #""result":{"rows":\#(rows),"rows_kind":"\#(kind)","duration_us":900,"error":null},"unit":null}"#
}

private func closing(_ session: String, _ minute: String, _ statements: Int) -> String {
  #"{"type":"session_close","session":"\#(session)","time":"2026-07-29T\#(minute):30Z","statements":\#(statements)}"#
}

/// A session of one statement.
private func session(
  _ name: String, _ minute: String, _ sql: String = "SELECT 1", rows: Int = 1, action: String = "allow",
  user: String = "mia@example.org", kind: String = "human", mfa: String = "webauthn", connection: String = "clinic",
  approval: String? = nil
) -> [String] {
  [
    opening(name, minute, user: user, kind: kind, mfa: mfa, connection: connection),
    statement(name, 1, "\(minute):05", sql, rows: rows, action: action, approval: approval), closing(name, minute, 1),
  ]
}

private func approval(
  _ id: String, by approver: String = "cleo@example.org", at time: String, until: String,
  connection: String = "clinic-admin"
) -> String {
  #"{"type":"approval","id":"\#(id)","connection":"\#(connection)","session":null,"requested_by":"mia@example.org","#
    + #""requested_at":"2026-07-29T10:08:00Z","reason":"m","status":"approved","automatic":false,"rule":null,"#
    + #""decisions":[{"user":"\#(approver)","group":"dba","decision":"approved","time":"2026-07-29T\#(time)Z","forced":false}],"#
    + #""valid_from":"2026-07-29T\#(time)Z","expires_at":"2026-07-29T\#(until)Z","unit_sha256":null}"#
}
