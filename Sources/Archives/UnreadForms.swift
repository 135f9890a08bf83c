/// Files that are known and hold what no reader takes: whoever gives one should learn what it is, and what to fetch instead.
enum UnreadForms {
  /// What the content is, as a sentence; `nil` where it is none of them.
  static func sentence(head: ArraySlice<UInt8>) -> String? {
    if let sentence = MagicNumbers.sentence(head: head) { return sentence }
    let start = EntryStart(head.drop { $0.isByteOrderMark || $0.isJSONSpace }, isFirst: true)
    var objects = [start.object]
    if start.bytes.first == 0x5B { objects.append(ShallowObject(start.bytes.dropFirst().drop(while: \.isJSONSpace))) }
    if let data = start.object.dataStart {
      objects.append(ShallowObject(start.bytes[data...].drop(while: \.isJSONSpace)))
    }
    for object in objects {
      if let form = forms.first(where: { object.keys.isSuperset(of: $0.keys) }) { return form.sentence }
    }
    return textual(start.bytes)
  }

  private static let forms: [(keys: Set<String>, sentence: String)] = [
    (
      ["resource_type", "action", "actor_email"],
      "This is hoop's security audit log (who changed which guardrail), which is not read yet"
    ),
    (
      ["time", "type", "stream"],
      "This is a session as hoop downloads it: events without person, connection or review. Fetch the session from the API, "
        + "see docs/collect-hoop.md"
    ),
    (
      ["session_id", "matched_words", "occurred_at"],
      "These are events as hoop routes them, which name a session and a rule and hold no statement. Fetch the sessions, see "
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
      return forms[1].sentence
    }
    return nil
  }
}
