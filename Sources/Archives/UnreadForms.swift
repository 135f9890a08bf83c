/// Files that are known and hold what no reader takes: whoever gives one should learn what it is, and what to fetch instead.
enum UnreadForms {
  /// What the content is, as a sentence; `nil` where it is none of them.
  static func sentence(head: ArraySlice<UInt8>) -> String? {
    if let sentence = MagicNumbers.sentence(head: head) { return sentence }
    let start = EntryStart(head.drop { $0.isByteOrderMark || $0.isJSONSpace }, isFirst: true)
    for object in start.elements {
      if let form = forms.first(where: { object.keys.isSuperset(of: $0.keys) }) { return form.sentence }
    }
    return textual(start.bytes)
  }

  private static let forms: [(keys: Set<String>, sentence: String)] = [
    (
      ["session_id", "connection", "occurred_at"],
      "These are events as hoop routes them, which name a session and hold no statement. Fetch the sessions, see "
        + "docs/collect-hoop.md"
    ),
    (
      ["session_id", "occurred_at", "rule"],
      "These are events as hoop routes them, which name a session and a rule and hold no statement. Fetch the sessions, see "
        + "docs/collect-hoop.md"
    ),
    (
      ["event_type", "id", "user_email", "connection", "input"],
      "These are hoop's webhooks, which hold the first 10,000 bytes of a script and no decision. Fetch the sessions, see "
        + "docs/collect-hoop.md"
    ),
  ]

  private static func textual(_ bytes: ArraySlice<UInt8>) -> String? {
    if MySQLGeneralLine.isSlowLog(bytes) {
      return
        "This is MySQL's slow query log, which holds only what was slow and is not read; collect an audit log, see "
        + "docs/collect-mysql.md"
    }
    let line = bytes.prefix { $0 != 0x0A }
    guard let fields = try? CSVFields(line) else { return nil }
    if fields.count == 3, ["i", "o", "e"].contains(fields.text(1)), fields.text(0)?.contains("T") == true {
      return
        "This is a session as hoop downloads it as CSV, whose values have no quotes. Download it with the extension json, or "
        + "fetch it from the API, see docs/collect-hoop.md"
    }
    return nil
  }
}
