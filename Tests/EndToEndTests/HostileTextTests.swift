import Foundation
import Testing

/// What archives, files and configurations hold never reaches a terminal as what steers it, turns it round or hides.
@Suite struct HostileTextTests {
  /// Clears the screen, links elsewhere, turns the direction, hides, ends lines: by ASCII, C1, marks of direction and of no
  /// width.
  private static let marks =
    "\u{1B}[2J\u{1B}]8;;https://e.example\u{7}\u{9B}31m\u{202E}\u{2066}\u{200B}\u{200D}\u{FEFF}\u{AD}\u{2028}\u{E0041}\u{7F}"
    + "\u{2800}\u{3164}\u{115F}\u{1160}\u{FFA0}\u{1D159}\u{13441}\u{34F}\u{17B5}\u{180E}"
  private static let session = "s1"
  private static let hostileSession = "h" + marks
  /// A file name holds no slash.
  private static let file = "a" + marks.replacing("/", with: "") + ".jsonl"

  private static func quoted(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
  }

  /// As YAML takes it, which allows no control as it is.
  private static func yaml(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar -> String in
      if scalar.value < 0x7F, scalar.value >= 0x20 { return String(scalar) }
      let digits = String(scalar.value, radix: 16)
      return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
    return "\"\(escaped.joined())\""
  }

  private static func archive() throws -> String {
    let mark = try quoted("x" + marks)
    func open(_ session: String) throws -> String {
      #"{"type":"session_open","session":\#(try quoted(session)),"time":"2026-07-01T09:00:00Z","identity":{"user":\#(mark),"#
        + #""kind":"human","groups":[\#(mark)]},"client":{"address":"10.0.0.1","application":\#(mark)},"#
        + #""connection":{"name":\#(mark),"engine":"sqlite","environment":\#(mark)}}"#
    }
    func statement(_ session: String, _ number: Int, _ sql: String) throws -> String {
      #"{"type":"statement","session":\#(try quoted(session)),"seq":\#(number),"time":"2026-07-01T09:00:0\#(number)Z","#
        + #""sql":\#(try quoted(sql)),"decision":{"action":"block","rule":\#(mark),"policy":\#(mark),"message":\#(mark)}}"#
    }
    var lines = [Archive.header]
    for session in [session, hostileSession] {
      lines.append(try open(session))
      lines.append(try statement(session, 1, "DELETE FROM visits -- \(marks)"))
      lines.append(try statement(session, 2, "SELECT '\(marks)' AS \"\(marks)\" FROM \"t\(marks)\""))
      lines.append(try statement(session, 3, "not \(marks) SQL"))
    }
    lines.append(#"{"type":\#(mark)}"#)
    lines.append(#"{\#(mark):1}"#)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func policy(_ name: String) -> String {
    let mark = yaml(name + marks)
    return """
      policy: \(mark)
      version: "1"
      effective: 2026-01-01T00:00:00Z
      rules:
        - { id: \(mark), when: { statement: { kind: delete } }, then: block, because: \(mark) }
        - { id: \(yaml("second" + marks)), when: { statement: { kind: delete } }, then: block }
      harm: { destroys: { rows: 1 } }

      """
  }

  /// A folder with a ledger, replayed, and the runs that made it.
  private static func place() throws -> (Folder, [(String, Finished)]) {
    let folder = try Folder()
    try folder.write(file, try archive())
    try folder.write("policy.yaml", policy("p"))
    try folder.write("other.yaml", policy("o").replacing("delete", with: "select"))
    try folder.write(
      "shadow.sql",
      "CREATE TABLE visits (id INTEGER PRIMARY KEY); INSERT INTO visits VALUES (1);"
        + "CREATE TABLE \"t\(marks.replacing("\u{FEFF}", with: ""))\" (a TEXT);")
    try folder.write("broken\(marks.replacing("/", with: "")).sql", "CREATE \(marks) TABLE")
    try folder.write(
      "columns.csv", "when\(marks),sql\(marks),\"user\(marks)\"\n2026-07-01 09:00:00,SELECT '\(marks)',x\(marks)\n")
    try folder.write("broken.yaml", "policy: \(yaml("x" + marks))\n\(yaml("k" + marks)): 1\n")
    try folder.write(
      "assay.yaml",
      """
      organization: \(yaml("o" + marks))
      system: \(yaml("s" + marks))
      period: 2026-Q3
      archives: [\(yaml(file))]
      policies: policy.yaml
      shadows: [{ connection: \(yaml("x" + marks)), source: "sqlite:shadow.sql" }]
      scope:
        connections: { \(yaml("x" + marks)): { environment: \(yaml("e" + marks)) } }
      ledger: run.db

      """)
    var runs: [(String, Finished)] = []
    for arguments in [
      ["ingest", file, "--ledger", "l.db"], ["ingest", file, "--ledger", "j.db", "--json"],
      ["replay", "--ledger", "l.db", "--shadow", "sqlite:shadow.sql", "--policy", "policy.yaml"],
    ] {
      runs.append((arguments[0], try assay(arguments, in: folder)))
    }
    return (folder, runs)
  }

  /// Command lines that show what others wrote, or complain of it.
  private static var commands: [[String]] {
    let ledger = ["--ledger", "l.db"]
    return [
      ["explain", "s1/1"] + ledger, ["explain", hostileSession + "/2", "--policy", "policy.yaml"] + ledger,
      ["explain", hostileSession + "/9"] + ledger, ["explain", "nothing" + marks] + ledger,
      ["find"] + ledger, ["find", "--user", "x" + marks] + ledger, ["find", "--since", marks] + ledger,
      ["incident", hostileSession] + ledger, ["incident", "s1"] + ledger, ["incident", "no" + marks] + ledger,
      ["verify", file], ["verify", "none" + marks],
      ["sample", marks, "--package", ".", "--seed", "s"],
      ["sample", "T-02", "--package", "none" + marks, "--seed", marks],
      ["seal", file, "--output", "sealed" + marks.replacing("/", with: "")],
      ["diff", "policy.yaml", "other.yaml"] + ledger, ["diff", "recorded", "other.yaml"] + ledger,
      ["diff", "none" + marks, "other.yaml"] + ledger,
      ["report", "--config", "assay.yaml", "--output", "package" + marks.replacing("/", with: "")] + ledger,
      ["policy", "check", "policy.yaml"] + ledger, ["policy", "check", "broken.yaml"], ["policy", "suggest"] + ledger,
      ["shadow", "check", "sqlite:shadow.sql"], ["shadow", "classify", "sqlite:shadow.sql"],
      ["shadow", "check", "sqlite:broken\(marks.replacing("/", with: "")).sql"], ["shadow", "check", marks],
      ["shadow", "create", "--schema", "sqlite:shadow.sql", "--output", "made.sql"],
      ["status", "--config", "assay.yaml"] + ledger, ["reconcile", "--config", "assay.yaml"] + ledger,
      ["formats", "try", file], ["formats", "try", "columns.csv"], ["formats", "try", "none" + marks],
      ["ledger", "fsck"] + ledger, ["ledger", "slim", "--output", "slim" + marks.replacing("/", with: "")] + ledger,
      ["export", "--schema", "cef", "--show-literals"] + ledger, ["export", "--schema", "assay"] + ledger,
      ["export", "--schema", marks] + ledger, ["export", "--schema", "ecs", "--to", "file:e" + marks] + ledger,
      ["run", "--config", "assay.yaml"], ["run", "--config", "none" + marks], ["replay", "--shadow", marks] + ledger,
      ["ingest", "none" + marks] + ledger, ["ingest", file, "--format", marks] + ledger, ["formats", marks],
      ["frameworks", marks], ["init", "new" + marks.replacing("/", with: "")], ["selftest", marks], [marks],
      ["help", marks], ["--" + marks],
    ]
  }

  private func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "\n" { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  @Test func `no command shows a control, a mark of direction or what has no width`() throws {
    let (folder, made) = try Self.place()
    var runs = made
    for arguments in Self.commands {
      for more in [[], ["--json"]] {
        runs.append((arguments.joined(separator: " "), try assay(arguments + more, in: folder)))
      }
    }
    var shown = 0
    for (command, run) in runs {
      #expect(run.status != nil, "\(command.unicodeScalars.filter { !isUnseen($0) }): killed")
      for text in [run.output, run.errors] {
        let found = Set(text.unicodeScalars.filter(isUnseen)).map { String($0.value, radix: 16) }.sorted()
        #expect(found.isEmpty, "\(String(String.UnicodeScalarView(command.unicodeScalars.filter { !isUnseen($0) })))")
        if text.contains("\u{FFFD}") { shown += 1 }
      }
    }
    // The marks came as far as the console.
    #expect(shown > 20)
  }

  /// Archives are kept as they were recorded, and a shadow's script names its tables: what else is written is shown.
  @Test func `no file that is written for people holds what steers a terminal`() throws {
    let (folder, _) = try Self.place()
    let ledger = ["--ledger", "l.db"]
    let commands = [
      ["replay", "--shadow", "sqlite:shadow.sql", "--policy", "policy.yaml", "--verdicts", "w/verdicts.jsonl"] + ledger,
      ["diff", "policy.yaml", "other.yaml", "--sarif", "w/d.sarif", "--junit", "w/d.xml"] + ledger,
      ["incident", Self.hostileSession, "--markdown", "w/i.md", "--html", "w/i.html"] + ledger,
      ["policy", "suggest", "--output", "w/suggested.yaml"] + ledger,
      ["export", "--schema", "cef", "--to", "file:w/e.cef", "--show-literals"] + ledger,
      ["report", "--config", "assay.yaml", "--output", "w"] + ledger,
    ]
    for command in commands {
      let run = try assay(command, in: folder)
      #expect(run.status == 0 || run.status == 1, "\(command[0]): \(run)")
    }
    let files = try folder.files("w").filter { !$0.hasSuffix(".xlsx") }
    #expect(files.count > 30)
    for file in files {
      let text = try folder.text("w/" + file).replacing("\r\n", with: "\n")
      let found = Set(text.unicodeScalars.filter(isUnseen)).map { String($0.value, radix: 16) }.sorted()
      #expect(found.isEmpty, "\(file)")
    }
  }

  @Test func `a JSON document says the same as before`() throws {
    let (folder, _) = try Self.place()
    let found = try assay("find", "--ledger", "l.db", "--json", in: folder)
    #expect(found.output.contains(#"\u202e"#))
    guard case .array(let sessions) = try found.json.sessions else {
      Issue.record("no sessions: \(found)")
      return
    }
    #expect(sessions.contains { $0.session == .string(Self.hostileSession) })
  }
}
