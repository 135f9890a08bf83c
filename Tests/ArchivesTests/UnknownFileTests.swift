import Archives
import AuditTrail
import Testing

/// What a file of no known format is answered with.
@Suite struct UnknownFileTests {
  private static func text(_ text: String, _ rest: UInt8...) -> [UInt8] { Array(text.utf8) + rest }

  private static let files: [(bytes: [UInt8], words: String)] = [
    (text("BZh91AY&SY"), "bunzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0], "unxz"),
    (text("PK", 3, 4, 20, 0), "unzip"), (text("PAR1", 0, 1), "Parquet"),
    (text("SQLite format 3", 0, 1), "--shadow sqlite:"), (text("PGDMP", 1, 14), "--shadow postgres:"),
    (text("age-encryption.org/v1\n-> X25519 a\n"), "encrypted (age); decrypt it"),
    (text("Salted__12345678"), "encrypted (OpenSSL)"), (text("LUKS", 0xBA, 0xBE, 0, 2), "encrypted (LUKS)"),
    ([0x85, 1, 0x0C, 3, 9, 9], "encrypted (OpenPGP)"), ([0x8C, 0x0D, 4, 9, 3, 8], "encrypted (OpenPGP)"),
    ([0xC1, 0xC0, 0x4C, 3, 9, 9], "encrypted (OpenPGP)"), ([0xC3, 0x2E, 4, 7, 9, 9], "encrypted (OpenPGP)"),
    ([0x84, 0x5E, 3, 9, 9, 9], "encrypted (OpenPGP)"), ([0x85, 1, 0x0C, 9, 9, 9], "binary"),
    (text("%PDF-1.7"), "PDF"), (text("<?xml version=\"1.0\"?><Events/>"), "XML"),
    (text("a,b c,d\n1,2,3\n"), "CSV, with the columns `a`, `b c`, `d`"), (text("[1, 2]"), "neither JSON nor CSV"),
    (text(#"{"when":"2026-07-01T00:00:00Z","sqltxt":"x"}"#, 10), "JSON lines, with the keys `sqltxt`, `when`"),
    ([0, 1, 2, 3, 200], "binary"), ([0xFF, 0xFE, 0x41, 0], "UTF-16"),
    ("ts,sql\n2026-07-01,SELECT 1\n".utf8.flatMap { [$0, 0] }, "UTF-16"),
    (
      text(
        #"{"ei":0,"event":"db.session.query","code":"TDB02I","uid":"u","time":"2026-07-01T09:00:00Z","db_query":"SELECT 1"}"#,
        10), "Teleport's audit log: JSON lines"
    ),
    ([UInt8](repeating: 0, count: 257) + text("ustar"), "tar"),
  ]

  @Test(arguments: files.indices)
  func `it is said what the file looks like and what helps`(_ index: Int) throws {
    let (bytes, words) = Self.files[index]
    let error = assayError { _ = try read(bytes) }
    #expect(error?.code == .unknownFormat)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    (
      #"{"timestamp":"2026-07-01 09:00:00","id":0,"class":"general","connection_id":7,"account":{},"login":{}}"#,
      "mysql.audit_json, and lacks the keys event"
    ),
    (
      #"{"kind":"statement","timestamp":"2026-07-01T09:00:00Z","statement":"x","principal":"ana"}"#,
      "hoopinspect, and lacks the keys session_id"
    ),
    ("2026/07/01 09:00:00,db,root,h,3,4,QUERY,shop,'select 1',0", "mariadb.server_audit: The line begins with no time"),
    ("2026-07-01 09:00:00.000 UTC,a,b,c", "postgresql.csvlog: the first line has 4 columns"),
    ("2026-07-01 09:00:00 [3] Query\tselect 1", "mysql.general_log"),
  ])
  func `the format that comes nearest is named, with where it fails`(_ line: String, _ words: String) throws {
    let error = assayError { _ = try read(line + "\n") }
    #expect(error?.code == .unknownFormat)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `the slow query log is told from the general one`() throws {
    let text = """
      mysqld, Version: 8.0.36 (x). started with:
      Tcp port: 3306  Unix socket: s
      Time                 Id Command    Argument
      # Time: 2026-07-01T09:00:00.000001Z
      # User@Host: root[root] @ localhost []  Id:     3
      # Query_time: 11.000000  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 1
      SET timestamp=1782896400;
      select sleep(11);

      """
    #expect(assayError { _ = try read(text) }?.message.contains("slow query log") == true)
  }

  @Test func `values of a file are not in the answer`() throws {
    for text in [#"{"who":"secret-value","n":1}"#, "who,n\nsecret-value,1\n"] {
      #expect(assayError { _ = try read(text + "\n") }?.message.contains("secret") == false)
    }
  }
}
