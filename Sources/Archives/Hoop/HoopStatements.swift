import AuditTrail
import Digests

/// The statements of a hoop session, with their texts and bound values kept once each.
struct HoopStatements {
  /// One statement.
  struct Item {
    /// The index into ``HoopStatements/texts``.
    var text: Int
    /// The index into ``HoopStatements/bindings``.
    var binding: Int?
    /// Seconds since the connect.
    var elapsed: Double?
    /// What the source could not show.
    var flags: Completeness = []
    /// What came of it, where the stream says it of this statement.
    var result: RecordedResult?
  }

  /// What a text is.
  struct Text {
    var utf8: [UInt8]
    var isRepaired: Bool

    init(_ bytes: some Collection<UInt8>) {
      if let text = String(validating: bytes, as: UTF8.self) {
        utf8 = Array(text.utf8)
        isRepaired = false
      } else {
        utf8 = Array(String(decoding: bytes, as: UTF8.self).utf8)
        isRepaired = true
      }
    }
  }

  var texts: [Text] = []
  var bindings: [[Parameter]?] = []
  var items: [Item] = []
  /// The script that was decided as one, as hex SHA-256; `nil` for statements decided by themselves.
  var scriptDigest: String?
  /// Executes whose text was not recorded.
  var unresolved = 0
  /// Whether bytes of the stream are not messages of the protocol.
  var isUnreadable = false
  /// Whether the gateway took the texts out of the protocol's messages: then the recording's size is not that of its events.
  var isDecoded = false

  /// The program of an agent that called tools, as it names itself.
  var agent: String?
  /// Calls of tools that hold no SQL.
  var otherCalls = 0

  /// The statements of a session.
  init(of session: HoopSession, split: (String) -> [Range<Int>]) {
    if session.engine.isMCP { readCalls(of: session) }
    if case .other = session.engine { return }
    if session.isExec {
      readScript(of: session, split)
    } else {
      readEvents(of: session)
    }
    if session.isTruncated, !items.isEmpty { items[items.count - 1].flags.insert(.statementTruncated) }
  }

  /// A script that a tool ran command by command: one unit of one statement a command.
  private mutating func readScript(of session: HoopSession, _ split: (String) -> [Range<Int>]) {
    let inputs = session.events.recorded.filter { $0.type == UInt8(ascii: "i") }
    let elapsed = session.events.recorded.first?.elapsed
    let script = session.script.map { Text(Array($0.utf8)) } ?? Text(inputs.flatMap(\.payload))
    guard !script.utf8.isEmpty else { return }
    let whole = String(decoding: script.utf8, as: UTF8.self)
    let ranges = split(whole).filter { $0.lowerBound >= 0 && $0.upperBound <= script.utf8.count && !$0.isEmpty }
    for range in ranges {
      texts.append(Text(Self.trimmed(script.utf8[range])))
      var item = Item(text: texts.count - 1, elapsed: elapsed)
      if script.isRepaired { item.flags.insert(.invalidUTF8) }
      items.append(item)
    }
    if items.count > 1 { scriptDigest = SHA256Digest(of: script.utf8).hex }
  }

  /// Bytes without the white space around them.
  static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes
    while let last = bytes.last, last.isJSONSpace { bytes.removeLast() }
    while let first = bytes.first, first.isJSONSpace { bytes.removeFirst() }
    return bytes
  }

  /// The SQL that an agent's tools were called with.
  private mutating func readCalls(of session: HoopSession) {
    let conversation = MCPConversation(session.events.recorded)
    (agent, otherCalls) = (conversation.client, conversation.otherCalls)
    for call in conversation.calls {
      texts.append(Text(Array(call.sql.utf8)))
      items.append(Item(text: texts.count - 1, elapsed: call.elapsed, result: call.result))
    }
  }

  private mutating func readEvents(of session: HoopSession) {
    let events = session.events.recorded
    let speaksPostgres = ["postgresql", "cockroachdb", "redshift"].contains(session.engine.name)
    if speaksPostgres, PostgresMessages.begins(Self.head(of: events)[...]) {
      readMessages(events, isBlocked: session.guardrails.contains(where: \.isInput))
      return
    }
    isDecoded = speaksPostgres && !events.isEmpty
    for event in events where event.type == UInt8(ascii: "i") {
      if speaksPostgres, event.payload.contains(0) {
        // No text holds a zero byte; rather a message, which may be a password, and is not kept.
        isUnreadable = true
        continue
      }
      // A MySQL command byte, and the counts of query attributes, come before the text.
      let text = Text(Self.trimmed(event.payload.drop { $0 < 0x20 || $0 == 0x7F }))
      guard !text.utf8.isEmpty else { continue }
      texts.append(text)
      var item = Item(text: texts.count - 1, elapsed: event.elapsed)
      if text.isRepaired { item.flags.insert(.invalidUTF8) }
      // Printable runs of at least four letters are all that was kept of the packet.
      if session.engine == .oracle { item.flags.insert(.statementTruncated) }
      items.append(item)
    }
  }

  /// The first bytes the client sent, over as many events as it takes to tell messages from text.
  private static func head(of events: [HoopEvents.Event]) -> [UInt8] {
    var head: [UInt8] = []
    for event in events where event.type == UInt8(ascii: "i") && head.count < 8 { head += event.payload }
    return head
  }

  private mutating func readMessages(_ events: [HoopEvents.Event], isBlocked: Bool) {
    var messages = PostgresMessages()
    var conversation = PostgresConversation()
    for (index, event) in events.enumerated() where event.type == UInt8(ascii: "i") {
      messages.feed(event.payload, event: index) { conversation.take($0) }
    }
    texts = conversation.texts.map { Text($0) }
    for values in conversation.bindings {
      let parameters = values?.compactMap(\.parameter)
      bindings.append(parameters?.count == values?.count ? parameters : nil)
    }
    var runs = conversation.runs
    // A guardrail that refuses a Parse ends the session before anything is executed.
    if isBlocked, let refused = conversation.preparedLast { runs.append(refused) }
    for run in runs {
      var item = Item(text: run.text, binding: run.binding, elapsed: events[run.event].elapsed)
      if let binding = run.binding, bindings[binding] == nil { item.flags.insert(.paramsNotLogged) }
      if texts[run.text].isRepaired { item.flags.insert(.invalidUTF8) }
      items.append(item)
    }
    unresolved = conversation.unresolved
    isUnreadable = messages.isLost || messages.isUnfinished || conversation.malformed > 0
  }
}
