import Foundation
import Testing

/// Who it was where an archive names no person: database logins and programs, through the built product.
@Suite struct LoginTests {
  /// Three sessions of a server's own log: two logins, two programs.
  private static let sessions = [
    (id: "6b0abda1.d72", login: "cleanup_agent", application: "langgraph-cleanup", host: "10.1.0.7"),
    (id: "6b0abda1.d73", login: "app_svc", application: "shop", host: "10.2.0.7"),
    (id: "6b0abda1.d74", login: "app_svc", application: "psql", host: "192.0.2.9"),
  ]

  /// A folder with a ledger of them, and a configuration.
  private func folder(_ identities: String = "") throws -> Folder {
    let folder = try Folder()
    var log = ""
    for (second, session) in Self.sessions.enumerated() {
      log += """
        2026-11-28 11:40:1\(second).994 UTC,"\(session.login)","chinook",3442,"\(session.host):57714",\(session.id),1,"idle",\
        2026-11-28 11:40:10 UTC,3/204,0,LOG,00000,"statement: DELETE FROM notes WHERE id < 3",,,,,,,,,"\(session.application)",\
        "client backend",,0

        """
    }
    try folder.write("log.csv", log)
    try folder.write(
      "shadow.sql", "CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1), (2), (3);\n")
    try configure(folder, identities)
    try run(folder, "ingest", "log.csv", "--quiet")
    return folder
  }

  private func configure(_ folder: Folder, _ identities: String) throws {
    let mapping = identities.isEmpty ? "" : "identities: [\(identities)]\n"
    try folder.write("assay.yaml", "organization: Shop\nperiod: 2026-Q4\nledger: l.db\n\(mapping)")
  }

  @discardableResult
  private func run(_ folder: Folder, _ arguments: String...) throws -> Finished {
    let finished = try assay(arguments, in: folder)
    try #require(finished.status == 0, "\(finished)")
    return finished
  }

  private func found(_ folder: Folder, _ arguments: String...) throws -> [String] {
    let finished = try assay(["find", "--json"] + arguments, in: folder)
    try #require(finished.status == 0, "\(finished)")
    return try finished.json.sessions.array.compactMap(\.session.string).sorted()
  }

  @Test func `the login and the program are shown where nobody is named`() throws {
    let folder = try folder()
    try run(folder, "replay", "--shadow", "sqlite:shadow.sql", "--quiet")
    let list = try run(folder, "find").output
    #expect(list.contains("database user cleanup_agent") && list.contains("langgraph-cleanup"))
    #expect(!list.contains("nobody named"))
    let page = try run(folder, "incident", "6b0abda1.d72", "--html", "page.html", "--markdown", "page.md")
    for text in [page.output, try folder.text("page.html"), try folder.text("page.md")] {
      #expect(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("database user cleanup_agent"))
      #expect(!text.contains("nobody named"))
    }
    let session = try #require(try run(folder, "incident", "6b0abda1.d72", "--json").json.sessions.array.first)
    #expect(session.database_user.string == "cleanup_agent" && session.identity == .null)
    #expect(try run(folder, "explain", "6b0abda1.d72/1").output.contains("database user cleanup_agent"))
    let both = try run(folder, "incident", "6b0abda1.d72", "6b0abda1.d73")
    #expect(both.output.contains("database user app_svc"))
  }

  @Test(
    arguments: [
      (["--login", "cleanup_agent"], ["d72"]), (["--login", "app_*"], ["d73", "d74"]),
      (["--login", "cleanup_agent", "--login", "app_svc"], ["d72", "d73", "d74"]),
      (["--application", "PSQL"], ["d74"]),
      (["--application", "lang*", "--login", "app_svc"], []), (["--identity", "cleanup_agent"], ["d72"]),
      (["--identity", "app*"], ["d73", "d74"]),
    ])
  func `sessions are found by login and by program`(arguments: [String], sessions: [String]) throws {
    let folder = try folder()
    let finished = try assay(["find", "--json"] + arguments, in: folder)
    #expect(finished.status == 0, "\(finished)")
    #expect(
      try finished.json.sessions.array.compactMap(\.session.string).sorted() == sessions.map { "6b0abda1.\($0)" })
  }

  @Test func `a window of a login has its sessions, and a login that is not there is said with those that are`() throws
  {
    let folder = try folder()
    let window = try run(folder, "incident", "--identity", "app_svc", "--on", "2026-11-28", "--json").json
    #expect(window.sessions.array.count == 2 && window.window.logins.array == [.string("app_svc")])
    let typo = try assay("find", "--identity", "cleanup_agnt", in: folder)
    #expect(typo.status == 66 && typo.errors.contains("cleanup_agent"), "\(typo)")
  }

  @Test func `a login is mapped to an identity with kind and owner, and the mapping is taken back`() throws {
    let mapped = "{ match: { database_user: cleanup_agent }, kind: agent, owner: ana@example.org }"
    let folder = try folder(mapped)
    #expect(try found(folder, "--kind", "agent") == ["6b0abda1.d72"])
    #expect(try found(folder, "--identity", "cleanup_agent") == ["6b0abda1.d72"])
    let session = try #require(try run(folder, "incident", "6b0abda1.d72", "--json").json.sessions.array.first)
    #expect(session.identity.string == "cleanup_agent" && session.identity_kind.string == "agent")
    #expect(session.kind_basis.string == "mapped" && session.owner.string == "ana@example.org")
    #expect(session.database_user.string == "cleanup_agent")
    #expect(
      try run(folder, "incident", "6b0abda1.d72").output.contains("cleanup_agent (AI agent, owner ana@example.org)"))
    // A program and an address tell apart who shares a login; whoever they are has a name of its own.
    try configure(
      folder,
      """
      { match: { database_user: app_*, application: psql, client: 192.0.2.0/24 }, user: bo@example.org, kind: human }, \
      { match: { database_user: app_svc }, kind: service }
      """)
    #expect(try found(folder, "--identity", "bo@example.org") == ["6b0abda1.d74"])
    #expect(try found(folder, "--kind", "service") == ["6b0abda1.d73"])
    #expect(try found(folder, "--kind", "agent") == [])
    try configure(folder, "")
    #expect(try found(folder, "--kind", "service") == [])
    #expect(try run(folder, "find").output.contains("database user cleanup_agent"))
    #expect(try run(folder, "ledger", "fsck").status == 0)
  }

  @Test func `a ledger that may not be written is mapped all the same`() throws {
    let folder = try folder()
    try configure(folder, "{ match: { database_user: cleanup_agent }, kind: agent }")
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: folder("l.db"))
    #expect(try found(folder, "--kind", "agent") == ["6b0abda1.d72"])
  }

  @Test(
    arguments: [
      ("{ match: {}, kind: agent }", "match names nobody"),
      ("{ match: { user: a, database_user: b }, kind: agent }", "where no user is recorded"),
      ("{ match: { database_user: b, client: nowhere }, kind: agent }", "a range of addresses"),
      ("{ match: { user: a }, user: b, kind: agent }", "names whom a login stands for"),
    ])
  func `a mapping that says nothing clear is an error with its place`(mapping: String, message: String) throws {
    let folder = try folder()
    try configure(folder, mapping)
    let finished = try assay("find", in: folder)
    #expect(finished.status == 65 && finished.errors.contains(message), "\(finished)")
    #expect(finished.errors.contains("assay.yaml:4:"))
  }
}
