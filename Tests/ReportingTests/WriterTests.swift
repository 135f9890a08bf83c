import AuditTrail
import Evidence
import Sensitivity
import Testing

@testable import Reporting

@Suite struct WriterTests {
  private static let columns = [Column("a", .text, "A text."), Column("n", .integer, "A number.")]

  private func csv(_ text: String) -> String {
    var writer = CSVWriter(Self.columns)
    writer.append([.text(text), .integer(-5)])
    let body = String(decoding: writer.bytes.dropFirst("a,n\r\n".utf8.count), as: UTF8.self)
    return String(body.unicodeScalars.dropLast(",-5\r\n".unicodeScalars.count))
  }

  @Test(arguments: [
    ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"so\"", "\"say \"\"so\"\"\""), ("", ""), ("=1+1", "'=1+1"),
    ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "\\u{d}x"), ("\r\nx", "\"'\r\nx\""),
    ("\nx", "\"'\nx\""),
    ("'x", "''x"), ("＝1", "'＝1"), ("＋1", "'＋1"), ("－1", "'－1"), ("＠x", "'＠x"), ("a=1", "a=1"), ("=,", "\"'=,\""),
  ])
  func `a text that a spreadsheet would run is guarded and quoted`(text: String, field: String) {
    #expect(csv(text) == field)
  }

  @Test(arguments: [
    ("\u{1B}[2Jx", "\\u{1b}[2Jx"), ("a\u{7}b", "a\\u{7}b"), ("\0=1\0", "\\u{0}=1\\u{0}"), ("\u{9B}31m", "\\u{9b}31m"),
    ("\u{7F}", "\\u{7f}"), ("a\u{202E}b\u{2066}", "a\\u{202e}b\\u{2066}"), ("\u{200B}\u{FEFF}", "\\u{200b}\\u{feff}"),
    ("\u{85}\u{2028}", "\\u{85}\\u{2028}"), ("\u{E0041}", "\\u{e0041}"), ("a\rb", "a\\u{d}b"), ("=\u{1B}", "'=\\u{1b}"),
    ("\\", "\\"), ("C:\\users\\u1", "C:\\users\\u1"), ("\\u{1b}", "\\u{5c}u{1b}"), ("\\\\u{1b}", "\\\\u{5c}u{1b}"),
    ("\\\u{1B}", "\\\\u{1b}"), ("\\u{", "\\u{5c}u{"), ("é\u{1F600}", "é\u{1F600}"),
  ])
  func `what steers a terminal or is not seen stands as its number, and comes back`(text: String, field: String) {
    #expect(csv(text) == field)
    #expect(Array(CSVWriter.plain(field).unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test func `every line ends with CRLF and the header comes first`() {
    var writer = CSVWriter(Self.columns)
    writer.append([.empty, .empty])
    #expect(String(decoding: writer.drain(), as: UTF8.self) == "a,n\r\n,\r\n")
    #expect(writer.bytes.isEmpty)
  }

  @Test func `any text comes back from its cell`() throws {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("ab,\"'=+-@\t\r\n|＝＋－＠é\u{1F600}\\u{15c}\u{1B}\0\u{9B}\u{202E}".unicodeScalars)
    for _ in 0..<2_000 {
      var scalars = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<9, using: &random) {
        scalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
      }
      let text = String(scalars)
      var writer = CSVWriter(Self.columns)
      writer.append([.text(text), .integer(1)])
      let rows = try PopulationRows.read(CSVReader(path: "x.csv", bytes: writer.bytes), Self.columns)?.all()
      let cell: Cell = text.isEmpty ? .empty : .text(text)
      #expect(rows == [[cell, .integer(1)]], "\(text.unicodeScalars.map(\.value))")
    }
  }

  @Test(arguments: [
    ("a|b", "a\\|b"), ("`x`", "\\`x\\`"), ("<script>", "\\<script\\>"), ("[x](y)", "\\[x\\]\\(y)"), ("f(x)", "f(x)"),
    ("a\r\nb", "a↵b"),
    ("*a*", "\\*a\\*"), ("false_allow", "false_allow"), ("_x_", "\\_x\\_"), ("https://x", "https\\://x"),
    ("www.x.y", "www\\.x.y"), ("$1 $2", "\\$1 \\$2"), ("a&amp;", "a\\&amp;"), ("\u{202E}x\u{1B}", "\u{FFFD}x\u{FFFD}"),
  ])
  func `data becomes no markup`(text: String, escaped: String) {
    #expect(MarkdownText.escaped(text) == escaped)
  }

  @Test(arguments: [
    ("x", "`x`"), ("a`b", "``a`b``"), ("`a`", "`` `a` ``"), ("a|b", "`a\\|b`"), ("a\nb", "`a b`"), ("", ""),
  ])
  func `code has more ticks around it than in it`(text: String, code: String) {
    #expect(MarkdownText.code(text) == code)
  }

  @Test func `a fence is longer than any run of ticks inside`() {
    #expect(MarkdownText.fenced("SELECT 1", language: "sql") == "```sql\nSELECT 1\n```")
    #expect(MarkdownText.fenced("a ```` b") == "`````\na ```` b\n`````")
  }

  @Test func `tables are aligned, numbers to the right`() {
    var page = MarkdownWriter()
    page.table(Table(Self.columns, [[.text("x|y"), .integer(12)], [.text("z"), .empty]]))
    #expect(page.text == "| A    |   N |\n| ---- | --: |\n| x\\|y |  12 |\n| z    |     |\n")
  }

  @Test(arguments: [
    ("SELECT * FROM t WHERE a = 'x''y' AND b = 1.5e3", "SELECT * FROM t WHERE a = ? AND b = ?"),
    ("SELECT $1, $2 -- secret", "SELECT $1, $2 "), ("SELECT /* a /* b */ c */ 1", "SELECT   ?"),
    ("SELECT $q$ a $q$, $$b$$", "SELECT ?, ?"), ("SELECT E'a\\n' FROM \"my table\"", "SELECT E? FROM \"my table\""),
    ("SELECT \"a@b.example\"", "SELECT ?"), ("SELECT 'open", "SELECT ?"),
    ("SELECT a1, t2.b3 FROM c4", "SELECT a1, t2.b3 FROM c4"),
    ("SELECT 'it\\'s'", "(text withheld: engines differ on where its literals end)"),
    ("SELECT .5, x'1F', 0xFF", "SELECT ?, x?, ?"),
    ("SELECT a AS \"4111111111111112\" FROM t", "SELECT a AS ? FROM t"),
    ("SELECT count(*) \"Ann Roe\", a \"Bo Roe\" FROM \"Order Items\"", "SELECT count(*) ?, a ? FROM \"Order Items\""),
    ("SAVEPOINT \"4111111111111112\"", "SAVEPOINT ?"), ("ROLLBACK TO \"Ann Roe\"", "ROLLBACK TO ?"),
    ("SAVEPOINT s4111111111111112", "SAVEPOINT ?"), ("RELEASE SAVEPOINT \"x\"", "RELEASE SAVEPOINT ?"),
    ("DECLARE \"Ann Roe\" CURSOR FOR SELECT 1", "DECLARE ? CURSOR FOR SELECT ?"),
    ("CREATE TABLE \"078051120\" (\"a\" int, \"555 0100\" int)", "CREATE TABLE ? (\"a\" int, ? int)"),
    ("SELECT \"o\".\"id\", \"t\".\"79927398713\" FROM \"o\"", "SELECT \"o\".\"id\", \"t\".? FROM \"o\""),
    (
      "WITH \"Ann Roe\" (\"4111 1111 1111 1111\", \"Bo Roe\") AS (SELECT 1, 2), x (\"Cy Roe\") AS (SELECT \"a\") TABLE \"Ann Roe\"",
      "WITH ? (?, ?) AS (SELECT ?, ?), x (?) AS (SELECT \"a\") TABLE ?"
    ),
    ("SELECT \"Ann Roe\".b FROM t \"Ann Roe\" (\"Bo Roe\", c)", "SELECT ?.b FROM t ? (?, c)"),
    ("SELECT * FROM t x(\"Ann Roe\"), (VALUES ($1)) AS v (\"Bo Roe\")", "SELECT * FROM t x(?), (VALUES ($1)) AS v (?)"),
    ("SELECT * FROM f() AS (\"Ann Roe\" text, a int)", "SELECT * FROM f() AS (? text, a int)"),
    ("SELECT \"t\".\"id\" AS \"id\" FROM \"t\"", "SELECT \"t\".\"id\" AS ? FROM \"t\""),
    (
      "INSERT INTO t (\"Order No\") SELECT lower(\"Order No\")",
      "INSERT INTO t (\"Order No\") SELECT lower(\"Order No\")"
    ),
    (
      "SELECT a, count(\"Order No\") FROM t JOIN s USING (\"Id\")",
      "SELECT a, count(\"Order No\") FROM t JOIN s USING (\"Id\")"
    ),
    (
      "SELECT sum(a) OVER \"Ann Roe\" FROM t WINDOW \"Ann Roe\" AS (ORDER BY \"b\")",
      "SELECT sum(a) OVER ? FROM t WINDOW ? AS (ORDER BY \"b\")"
    ),
    ("SELECT a FROM events_20240101 WHERE \"Key\" IN ($1)", "SELECT a FROM events_20240101 WHERE \"Key\" IN ($1)"),
  ])
  func `no literal is left`(sql: String, shape: String) {
    #expect(redactingLiterals(in: sql) == shape)
    #expect(redactingLiterals(in: shape) == shape)
  }

  @Test(arguments: [
    ("/var/log/a.gz", "a.gz"), ("a/b.gz", "a/b.gz"), ("sqlite:/home/x/s.sql", "sqlite:s.sql"),
    ("sqlite:shadow/s.sql", "sqlite:shadow/s.sql"),
    ("/", "/"), ("POP-01", "POP-01"),
  ])
  func `a path tells nothing of the machine`(path: String, shown: String) {
    #expect(portable(path) == shown)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (48_213, "48,213"), (-1_234_567, "-1,234,567")])
  func `counts are grouped`(value: Int64, text: String) {
    #expect(grouped(value) == text)
  }
}
