import Foundation
import Testing

/// What a shadow is made from: sources of the wrong form, and the folder it is made in.
@Suite struct ShadowSourceTests {
  private static let postgresIsAbsent = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil

  private static let views =
    "CREATE TABLE t (a INTEGER);\n" + (0...1_000).map { "CREATE VIEW v\($0) AS SELECT a FROM t;\n" }.joined()

  private func check(_ source: String, _ folder: Folder, temporary: String = "tmp") throws -> Finished {
    try folder.makeFolder(temporary)
    return try run(
      URL(filePath: "/usr/bin/env"), ["TMPDIR=\(folder(temporary))", binary.path, "shadow", "check", source],
      in: folder)
  }

  @Test(arguments: [
    ("sqlite:views.sql", 65, "makes more than 1000 views"), ("sqlite:views.db", 65, "more than 1000 views"),
    ("sqlite:letter.db", 65, "is not a SQLite database"), ("sqlite:nowhere.db", 66, "There is no"),
    ("postgres:tar.dump", 65, "pg_dump -Ft"), ("postgres:folder", 65, "toc.dat"),
    ("postgres:twice.dump.gz", 65, "compressed once more"), ("postgres:nowhere.sql", 66, "There is no dump"),
    ("postgres:views.db", 65, "SQLite"), ("mysql:views.sql", 64, "sqlite:"),
    ("sqlite:nul.sql", 65, "NUL byte"), ("postgres:nul.sql", 65, "nul.sql byte 24: This script holds a NUL byte"),
  ])
  func `a source of another form is told what it is`(source: String, status: Int32, says: String) throws {
    let folder = try Folder()
    try folder.write("views.sql", Self.views)
    try folder.write("letter.db", String(repeating: "Dear auditor, there is no database here.\n", count: 100))
    try folder.write("tar.dump", "toc.dat\0" + String(repeating: "\0", count: 1016))
    try folder.write("folder/data.txt", "1")
    try folder.write("nul.sql", "CREATE TABLE t (a int);\n\0DROP TABLE t;\n")
    try folder.write("twice.dump.gz", try folder.gzip(Array("PGDMP\u{1}\u{e}".utf8)))
    let python = """
      import sqlite3
      database = sqlite3.connect("views.db")
      database.executescript(open("views.sql").read())
      database.executescript("CREATE TABLE assay_shadow (basis, as_of, server, created);"
        "INSERT INTO assay_shadow VALUES ('synthetic', NULL, NULL, '2026-07-01');")
      """
    let made = try run(URL(filePath: "/usr/bin/python3"), ["-c", python], in: folder)
    try #require(made.status == 0, "\(made)")
    let said = try check(source, folder)
    #expect(said.status == status, "\(said)")
    #expect(said.errors.contains(says), "\(said)")
    #expect(said.errors.split(separator: "\n").count == 1, "\(said)")
    #expect(try folder.files("tmp").isEmpty)
  }

  @Test(
    .disabled(if: postgresIsAbsent, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"),
    arguments: ["a,b", "it's", "a b", "per%cent", "eq=ual", "\u{e9}\u{2028}", String(repeating: "long", count: 30)])
  func `a throw-away cluster is made whatever the temporary folder is called`(name: String) throws {
    let folder = try Folder()
    try folder.write("shadow.sql", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n")
    let said = try check("postgres:shadow.sql", folder, temporary: name)
    #expect(said.status == 0, "\(said)")
    #expect(said.output.contains("a shadow"), "\(said)")
    #expect(try folder.files(name).isEmpty)
  }
}
