/// Small native archives, made as text.
enum Archive {
  static let header =
    #"{"type":"archive","format":"assay.archive/1","proxy":{"name":"gate","version":"1","instance":"g"},"environment":"production","previous":null}"#

  static func opening(_ session: String) -> String {
    #"{"type":"session_open","session":"\#(session)","time":"2026-07-01T09:00:00Z","#
      + #""identity":{"user":"ana@example.org","kind":"human"},"connection":{"name":"clinic","engine":"sqlite"}}"#
  }

  /// `sql` is in the line as it is given: escaped, or broken on purpose.
  static func statement(
    _ session: String, _ sequence: Int, sql: String = "SELECT 1", time: String = "2026-07-01T09:00:01Z"
  ) -> String {
    #"{"type":"statement","session":"\#(session)","seq":\#(sequence),"time":"\#(time)","sql":"\#(sql)","#
      + #""decision":{"action":"allow"}}"#
  }

  static func closing(_ session: String, statements: Int) -> String {
    #"{"type":"session_close","session":"\#(session)","time":"2026-07-01T09:05:00Z","statements":\#(statements)}"#
  }

  /// An archive of one session.
  static func text(_ session: String = "s1", statements: Int) -> String {
    let lines = (1...statements).map { statement(session, $0, sql: "SELECT \($0)") }
    return ([header, opening(session)] + lines + [closing(session, statements: statements)]).joined(separator: "\n")
      + "\n"
  }
}
