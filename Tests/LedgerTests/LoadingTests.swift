import AuditTrail
import Ledger
import Testing

@Suite struct LoadingTests {
  @Test func `what is loaded is read back whole`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let record = Fixture.statement("s1", 1, "DELETE FROM visits WHERE id = $1")
    _ = try Fixture.load([Fixture.batch(openings: [Fixture.opening("s1")], statements: [record])], into: ledger)
    var sessions: [SessionEntry] = []
    try ledger.forEachSession(SessionFilter()) { sessions.append($0) }
    #expect(sessions.count == 1)
    #expect(sessions.first?.identity?.groups == ["dev"])
    #expect(sessions.first?.connection.tags == ["team": "care"])
    #expect(sessions.first?.purpose?.ticket == "OPS-1")
    let statements = try ledger.statements(of: sessions.first?.id ?? 0, in: nil)
    let read = try #require(statements.first)
    #expect(read.sql == record.sql)
    #expect(read.parameters == record.parameters)
    #expect(read.decision == record.decision)
    #expect(read.result == record.result)
    #expect(read.time == record.time)
    #expect(read.outcome == .ran)
    #expect(try ledger.encodedFacts(ofText: read.textID) == Array(record.sql.utf8))
  }

  @Test func `overlapping exports count duplicates and keep one copy`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let batch = Fixture.batch(
      openings: [Fixture.opening("s1")], statements: (1...5).map { Fixture.statement("s1", $0) })
    let duplicates = try Fixture.load([batch, batch], into: ledger)
    #expect(duplicates == [0, 6])
    #expect(try ledger.rows("SELECT count(*) FROM statements") == [[.integer(5)]])
    #expect(try ledger.rows("SELECT sum(statements) FROM rollup") == [[.integer(5)]])
  }

  @Test(arguments: [true, false])
  func `the fuller of two versions stays, and both digests are kept`(fullerFirst: Bool) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let poor = Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 1, rows: nil)])
    let full = Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 1, rows: 7)])
    _ = try Fixture.load(fullerFirst ? [full, poor] : [poor, full], into: ledger)
    #expect(try ledger.rows("SELECT rows FROM statements") == [[.integer(7)]])
    let kept = try ledger.rows("SELECT kept, old_digest <> new_digest FROM superseded")
    #expect(kept == [[.text(fullerFirst ? "old" : "new"), .integer(1)]])
  }

  @Test func `the same session and number with another text is another statement`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    func batch(_ texts: String...) -> RecordBatch {
      Fixture.batch(
        openings: [Fixture.opening("s1")],
        statements: texts.enumerated().map { Fixture.statement("s1", Int64($0.offset + 1), $0.element) })
    }
    let one = batch("SELECT 1", "SELECT 2", "SELECT 3")
    let other = batch("SELECT 1", "DROP TABLE visits", "SELECT 3", "SELECT 4")
    let duplicates = try Fixture.load([one, other, other], into: ledger)
    #expect(duplicates == [0, 2, 5])
    let stored = try ledger.rows("SELECT session_key, sequence, user FROM statement_view ORDER BY 1, 2")
    let names = stored.map { "\($0[0].text ?? "")/\($0[1].integer ?? 0)" }
    #expect(names == ["s1/1", "s1/2", "s1/3", "s1#2/2", "s1#2/3", "s1#2/4"])
    #expect(stored.allSatisfy { $0[2].text == "ana@example.org" })
    let dropped = try ledger.rows("SELECT count(*) FROM texts WHERE sql = 'DROP TABLE visits'")
    #expect(dropped == [[.integer(1)]])
  }

  @Test(arguments: 0..<8)
  func `the same session and number and text with other content is another statement`(_ which: Int) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let record = Fixture.statement("s1", 1, "DELETE FROM visits", rows: 7)
    var other = record
    switch which {
    case 0: other.decision = Decision(action: .block, rule: "r1")
    case 1: other.decision.rule = "another"
    case 2: other.time = Fixture.time("2026-07-01T09:00:02Z")
    case 3: other.result?.rows = 8
    case 4: other.result?.durationMicroseconds = 901
    case 5:
      other.result = RecordedResult(
        rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: RecordedError(sqlstate: "42P01", message: nil))
    case 6: other.parameters = [Parameter(type: "integer", value: "18"), Parameter(type: "text", value: nil)]
    default: other.result?.rowsKind = .returned
    }
    let batches = [record, other].map { Fixture.batch(openings: [Fixture.opening("s1")], statements: [$0]) }
    let loaded = try Fixture.loadCounting(batches + batches, into: ledger)
    #expect(loaded.duplicates == [0, 1, 2, 2])
    #expect(loaded.conflicts == [0, 1, 0, 1])
    let stored = try ledger.rows("SELECT session_key, sequence FROM statement_view ORDER BY 1, 2")
    #expect(stored == [[.text("s1"), .integer(1)], [.text("s1#2"), .integer(1)]])
  }

  @Test func `records of one archive that contradict each other are all kept`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let records = [
      Fixture.statement("s1", 1, "DELETE FROM visits", rows: 7),
      Fixture.statement("s1", 1, "DELETE FROM visits", rows: 7),
      Fixture.statement("s1", 1, "DELETE FROM visits", rows: 8),
    ]
    let loaded = try Fixture.loadCounting(
      [Fixture.batch(openings: [Fixture.opening("s1")], statements: records)], into: ledger)
    #expect(loaded.duplicates == [1])
    #expect(loaded.conflicts == [1])
    #expect(try ledger.rows("SELECT rows FROM statements ORDER BY 1") == [[.integer(7)], [.integer(8)]])
  }

  @Test(arguments: 0..<6)
  func `an opening that says otherwise who it was begins another session`(_ which: Int) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var other = Fixture.opening("s1")
    switch which {
    case 0: other.identity?.user = "bo@example.org"
    case 1: other.identity?.kind = .service
    case 2: other.identity?.groups = ["dba"]
    case 3: other.connection.environment = "test"
    case 4: other.purpose = Purpose(ticket: "OPS-2")
    default: other.connection.tags = ["team": "other"]
    }
    let batches = [Fixture.opening("s1"), other].map {
      Fixture.batch(openings: [$0], statements: [Fixture.statement("s1", 1)])
    }
    let loaded = try Fixture.loadCounting(batches, into: ledger)
    #expect(loaded.conflicts == [0, 1])
    #expect(
      try ledger.rows("SELECT session_key FROM statement_view ORDER BY 1") == [[.text("s1")], [.text("s1#2")]])
  }

  @Test func `a name in other bytes is another person's`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let batches = ["\u{E9}", "e\u{301}"].map {
      Fixture.batch(openings: [Fixture.opening("s1", user: $0)], statements: [Fixture.statement("s1", 1)])
    }
    #expect(try Fixture.loadCounting(batches, into: ledger).conflicts == [0, 1])
  }

  @Test func `an end that says otherwise is counted, and hides no missing statement`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    func batch(_ time: String, _ statements: Int64?) -> RecordBatch {
      var batch = Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 1)])
      batch.closings = [
        Entered(SessionClosing(session: "s1", time: Fixture.time(time), statements: statements), entry: 9)
      ]
      return batch
    }
    let loaded = try Fixture.loadCounting(
      [
        batch("2026-07-01T10:00:00Z", 5), batch("2026-07-01T10:00:00Z", 5), batch("2026-07-01T10:00:00Z", nil),
        batch("2026-07-01T10:00:00Z", 1), batch("2026-07-01T09:30:00Z", 5),
      ], into: ledger)
    #expect(loaded.conflicts == [0, 0, 0, 1, 1])
    #expect(
      try ledger.rows("SELECT declared_statements, closed FROM sessions")
        == [[.integer(5), .integer(Fixture.time("2026-07-01T10:00:00Z").nanoseconds)]])
  }

  @Test func `less output in a later archive of a session hides none`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    _ = try Fixture.load(
      ([5, 1, 7, 2] as [Int64]).map { count in
        var batch = Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 1)])
        batch.outputs = [OutputFinding(session: "s1", detector: "card", count: count)]
        return batch
      }, into: ledger)
    #expect(try ledger.rows("SELECT count FROM recorded_outputs") == [[.integer(7)]])
  }

  @Test func `an approval that contradicts one of its name is kept beside it, and a later state replaces it`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var pending = Fixture.approval("a1", status: .pending)
    pending.decisions = []
    (pending.validFrom, pending.expiresAt) = (nil, nil)
    let approved = Fixture.approval("a1")
    var revoked = approved
    revoked.status = .revoked
    var forged = approved
    forged.decisions[0].user = "eve@example.org"
    var taken = approved
    taken.requestedBy = "eve@example.org"
    let loaded = try Fixture.loadCounting(
      [pending, approved, pending, approved, revoked, approved, forged, taken, forged].map {
        Fixture.batch(approvals: [$0])
      }, into: ledger)
    #expect(loaded.duplicates == [0, 1, 1, 1, 1, 1, 0, 0, 1])
    #expect(loaded.conflicts == [0, 0, 0, 0, 0, 0, 1, 1, 0])
    #expect(
      try ledger.rows("SELECT substr(key, 1, 3), requested_by, status FROM approvals ORDER BY id") == [
        [.text("a1"), .text("ana@example.org"), .text("revoked")],
        [.text("a1#"), .text("ana@example.org"), .text("approved")],
        [.text("a1#"), .text("eve@example.org"), .text("approved")],
      ])
  }

  @Test func `a text that was cut is not another statement`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var cut = Fixture.statement("s1", 1, "SELECT 'aaa...[truncated]", rows: nil)
    cut.completeness = [.statementTruncated]
    let whole = Fixture.statement("s1", 1, "SELECT 'aaabbb'", rows: 7)
    let duplicates = try Fixture.load(
      [
        Fixture.batch(openings: [Fixture.opening("s1")], statements: [cut]),
        Fixture.batch(openings: [Fixture.opening("s1")], statements: [whole]),
      ], into: ledger)
    #expect(duplicates == [0, 2])
    #expect(try ledger.rows("SELECT count(*), max(rows) FROM statements") == [[.integer(1), .integer(7)]])
  }

  @Test func `an opening on another connection begins another session`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var opening = Fixture.opening("s1")
    opening.connection.name = "elsewhere"
    let first = Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 1)])
    let second = Fixture.batch(openings: [opening], statements: [Fixture.statement("s1", 1)])
    _ = try Fixture.load([first, second, second, first], into: ledger)
    #expect(
      try ledger.rows("SELECT session_key, count(*) FROM statement_view GROUP BY 1 ORDER BY 1")
        == [[.text("s1"), .integer(1)], [.text("s1#2"), .integer(1)]])
  }

  @Test func `a killed run, begun again, ends with the ledger of an undisturbed one`() throws {
    let folder = try TemporaryFolder()
    let batches = (0..<4).map { number in
      Fixture.batch(
        openings: [Fixture.opening("s\(number)")],
        statements: (1...20).map { Fixture.statement("s\(number)", $0, "SELECT \(number * 7 + Int($0) % 5)") },
        approvals: [Fixture.approval("a\(number)", session: "s\(number)")])
    }
    let whole = try Ledger(path: folder.path + "/whole.db", create: true)
    _ = try Fixture.load(batches, into: whole)
    let path = folder.path + "/killed.db"
    do {
      let first = try Ledger(path: path, create: true)
      _ = try Fixture.load(Array(batches.prefix(2)), into: first, finish: false)
      var loader = try ArchiveLoader(first, analyze: Fixture.analysis)
      try loader.begin(first)
      try loader.add(batches[2], proxy: "hoop", to: first)
    }
    let second = try Ledger(path: path, create: true)
    var loader = try ArchiveLoader(second, analyze: Fixture.analysis)
    for index in 2..<4 {
      try loader.begin(second)
      try loader.add(batches[index], proxy: "hoop", to: second)
      var summary = ArchiveSummary(path: "a\(index)", format: "test", sha256: "\(index)", bytes: 10)
      summary.entries = Int64(batches[index].recordCount)
      summary.accepted = summary.entries
      _ = try loader.commit(summary, records: Int64(batches[index].recordCount), to: second)
    }
    try second.finishIngest()
    #expect(try Fixture.contents(second) == Fixture.contents(whole))
  }

  @Test func `an opening that comes after its statements gives them its context`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    _ = try Fixture.load(
      [
        Fixture.batch(statements: [Fixture.statement("s1", 1)]),
        Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 2)]),
      ], into: ledger)
    #expect(
      try ledger.rows("SELECT DISTINCT user, connection, completeness FROM statement_view")
        == [[.text("ana@example.org"), .text("clinic"), .integer(0)]])
    #expect(try ledger.rows("SELECT statements FROM rollup") == [[.integer(2)]])
  }

  @Test func `the roll-up adds up to the statements, whatever the order of archives`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5 {
      let folder = try TemporaryFolder()
      let ledger = try Ledger(path: folder.path + "/l.db", create: true)
      let batches = (0..<6).map { number in
        Fixture.batch(
          openings: [Fixture.opening("s\(number)")],
          statements: (1...Int64.random(in: 1...30, using: &generator)).map {
            Fixture.statement("s\(number)", $0, "SELECT \(Int.random(in: 0..<4, using: &generator))")
          })
      }
      _ = try Fixture.load(batches.shuffled(using: &generator), into: ledger)
      #expect(
        try ledger.rows("SELECT sum(statements) FROM rollup") == ledger.rows("SELECT count(*) FROM statements"))
    }
  }

  @Test func `a mapping decides an identity's kind, and what was recorded beside it is said`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var other = Fixture.opening("s2", user: "bot@example.org")
    other.identity?.kind = .service
    var agent = Fixture.opening("s3", user: "bot@example.org")
    agent.identity?.kind = .agent
    _ = try Fixture.load(
      [Fixture.batch(openings: [Fixture.opening("s1"), other, agent], statements: [])], into: ledger)
    #expect(
      try ledger.kindConflicts().map(\.sentence)
        == ["bot@example.org is recorded as agent and service; `identities:` in assay.yaml decides which it is."])
    try ledger.map(identities: { identity in
      var mapped = identity
      (mapped.kind, mapped.kindBasis) = (.agent, identity.kind == .agent ? .recorded : .mapped)
      return mapped
    })
    #expect(
      try ledger.kindConflicts().map(\.sentence) == [
        "ana@example.org is recorded as human; the configuration says agent, which counts.",
        "bot@example.org is recorded as agent and service; the configuration says agent, which counts.",
      ])
    #expect(try ledger.rows("SELECT DISTINCT kind FROM identities") == [[.text("agent")]])
  }

  @Test func `files that could not be read are kept until they are read`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let (one, other) = (
      UnreadFile(path: "b.log", code: "unknown_format", message: "m", sha256: "ab"),
      UnreadFile(path: "a.csv", code: "permission_denied", message: "m", sha256: nil)
    )
    try ledger.keep(unread: [one, other], of: ["a.csv", "b.log", "c.csv"])
    #expect(try ledger.unreadFiles() == [other, one])
    try ledger.keep(unread: [], of: ["a.csv"])
    #expect(try ledger.unreadFiles() == [one])
  }

  @Test func `a file that is not a ledger is refused with a next step`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.db"
    #expect(throws: AssayError.self) { _ = try Ledger(path: path, create: false) }
  }
}
