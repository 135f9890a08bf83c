import AuditTrail
import Incidents
import JSONReader
import Ledger
import Policies
import SQLAnalysis
import Testing

@testable import Reporting

/// An incident in every rendering: nothing of it leaks, nothing of it becomes markup, every figure is there.
@Suite struct IncidentRenderingTests {
  /// Names as an attacker would choose them.
  private static let hostile = "<img src=x onerror=alert(1)>\"'|`*_[a](http://evil.example)&\u{202E}"

  private static func ledger(user: String, session: String, sql: String, table: String) throws -> Ledger {
    let ledger = try Ledger.temporary()
    var loader = try ArchiveLoader(ledger) { sql in
      let facts = SQLAnalysis.analyze(sql)
      return ArchiveLoader.TextAnalysis(facts: facts, encoded: facts.encoded)
    }
    let time = Timestamp("2026-07-21T14:03:00Z") ?? Timestamp(nanoseconds: 0)
    var batch = RecordBatch()
    batch.openings.append(
      Entered(
        SessionOpening(
          session: session, time: time, identity: Identity(user: user, kind: .agent),
          client: Client(address: "10.0.0.8", application: user),
          connection: Connection(name: user, engine: "sqlite"),
          purpose: Purpose(ticket: "OPS-1", reason: "\(user) zoe@canary.example"), actsFor: user), entry: 1))
    batch.append(
      StatementRecord(
        session: session, sequence: 1, time: time, sql: sql,
        parameters: [Parameter(type: "text", value: "canary-parameter")],
        decision: Decision(action: .allow, rule: user),
        result: RecordedResult(
          rows: nil, rowsKind: .unknown, durationMicroseconds: nil,
          error: nil)), entry: 2)
    batch.append(
      StatementRecord(
        session: session, sequence: 2, time: time.adding(nanoseconds: 1_000_000_000),
        sql: "SELECT 1 WHERE 'canary-literal' = $1", decision: Decision(action: .block), result: nil), entry: 3)
    try loader.begin(ledger)
    try loader.add(batch, proxy: "gw", to: ledger)
    var summary = ArchiveSummary(path: "/home/someone/\(user).jsonl", format: "test", sha256: "0", bytes: 10)
    summary.entries = 3
    summary.accepted = 3
    _ = try loader.commit(summary, records: 3, to: ledger)
    try ledger.finishIngest()
    let replay = try ledger.store(
      ReplayEntry(
        connection: user, engine: "sqlite", source: "sqlite:clinic.sql", imageSHA256: "0", mode: "session",
        basis: .synthetic, asOf: time, seed: 0))
    var change = TableEffect()
    (change.deleted, change.before, change.indirect) = (9000, 12_000, 41)
    var effect = Effect(.ran)
    effect.tables = [table: change]
    effect.dropped = [DroppedObject(type: "index", name: table, rows: nil)]
    effect.leak = .raw
    effect.leakedColumns = ["\(table).email"]
    effect.rowsReturned = 77
    try ledger.store([
      GradedStatement(statement: 1, replay: replay, effect: effect, verdict: Verdict(.falseAllow, severity: .s4))
    ])
    try ledger.store([Finding(kind: "accumulated_harm", session: 1, statement: 1, detail: "\(user) 12,000 rows")])
    return ledger
  }

  private static func incident(hostile: Bool, showsLiterals: Bool = false) throws -> Incident {
    let name = hostile ? Self.hostile : "bot@example.org"
    let loaded = try ledger(
      user: name, session: hostile ? Self.hostile : "s1",
      sql: "DELETE FROM visits WHERE note = 'canary-literal' AND mail = 'zoe@canary.example' -- canary comment",
      table: hostile ? Self.hostile : "visits")
    var sessions: [SessionEntry] = []
    try loaded.forEachSession(SessionFilter()) { sessions.append($0) }
    var plan = IncidentPlan()
    plan.showsLiterals = showsLiterals
    let rule =
      "rules:\n  - { id: stop-deletes, when: { statement: { kind: delete } }, then: block, because: \"<b>why</b>\" }\n"
    let text = "policy: p\nversion: \"1\"\neffective: 2026-01-01T00:00:00Z\n" + rule
    plan.policies = PolicySet(always: .rules(CompiledPolicy(try Policy(yaml: text, path: "p.yaml"))))
    return try readIncident(loaded, sessions: sessions, plan: plan)
  }

  private static func renderings(_ incident: Incident) throws -> [(name: String, text: String)] {
    [
      ("Markdown", try incidentMarkdown(incident)), ("HTML", try incidentPage(incident)),
      ("JSON", String(decoding: incident.json, as: UTF8.self)),
    ]
  }

  @Test func `no rendering holds a literal, a parameter or an address unless it was asked for`() throws {
    for (name, text) in try Self.renderings(try Self.incident(hostile: false)) {
      #expect(!text.contains("canary"), "\(name)")
      #expect(text.contains("stop-deletes"), "\(name)")
      #expect(text.contains("OPS-1"), "\(name)")
    }
    for (name, text) in try Self.renderings(try Self.incident(hostile: false, showsLiterals: true)) {
      #expect(text.contains("canary-literal"), "\(name)")
      #expect(!text.contains("canary-parameter"), "\(name)")
    }
  }

  @Test func `hostile names are text and nothing else`() throws {
    let incident = try Self.incident(hostile: true)
    let page = try incidentPage(incident)
    #expect(!page.contains("<img"))
    #expect(!page.contains("<b>why"))
    #expect(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;"))
    #expect(!page.unicodeScalars.contains("\u{202E}"))
    let markdown = try incidentMarkdown(incident)
    #expect(!markdown.replacing("\\<", with: "").contains("<img"))
    #expect(!markdown.contains("[a](http"))
    #expect(!markdown.unicodeScalars.contains("\u{202E}"))
    var parser = JSONParser()
    _ = try parser.parse(String(decoding: incident.json, as: UTF8.self))
  }

  @Test func `the page needs nothing else: no script, no address, no file`() throws {
    let page = try incidentPage(try Self.incident(hostile: false))
    for word in ["<script", "src=", "href=", "url(", "@import", "http:", "https:", "<iframe", "<link", "onload"] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.contains("default-src 'none'"))
    #expect(page.hasPrefix("<!DOCTYPE html>"))
  }

  @Test func `every element that is opened is closed, in its order`() throws {
    let page = try incidentPage(try Self.incident(hostile: true))
    var open: [Substring] = []
    var rest = page[...]
    while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      let name = tag.prefix { $0 != " " && $0 != "/" || $0 == "/" && tag.first == "/" }
      if tag.hasPrefix("!") || tag.hasSuffix("/") || ["meta", "line", "rect", "circle"].contains(name) { continue }
      if tag.hasPrefix("/") {
        #expect(open.popLast() == tag.dropFirst(), "at \(tag)")
      } else {
        open.append(name)
      }
    }
    #expect(open == [])
  }

  @Test func `every rendering says the same figures`() throws {
    let incident = try Self.incident(hostile: false)
    #expect(incident.blast.rowsDestroyed == 9000)
    for (name, text) in try Self.renderings(incident) where name != "JSON" {
      for figure in ["9,000", "12,000", "41", "77", "index visits", "visits.email", "accumulated_harm", "2026-07-21"] {
        #expect(text.contains(figure), "\(figure) in \(name)")
      }
      #expect(text.contains(name == "HTML" ? "9,000 rows of visits" : "9,000 rows of visits"), "\(name)")
    }
    #expect(try incidentPage(incident).contains(">\(grouped(incident.totals.statements))</b><span>statements"))
  }

  @Test func `the same incident gives the same bytes`() throws {
    let (one, other) = (try Self.incident(hostile: true), try Self.incident(hostile: true))
    #expect(try Self.renderings(one).map(\.text) == Self.renderings(other).map(\.text))
  }

  @Test(arguments: [
    ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"), ("two\r\nlines", "two\nlines"),
    ("\u{0}x\u{202E}y", "\u{FFFD}x\u{FFFD}y"),
    ("", ""),
  ])
  func `text is escaped for HTML`(text: String, escaped: String) {
    #expect(HTMLText.escaped(text) == escaped)
  }
}
