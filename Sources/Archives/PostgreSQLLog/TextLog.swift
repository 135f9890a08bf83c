import AuditTrail

/// Reads what PostgreSQL writes as text, behind a `log_line_prefix`: a line of a severity, and behind it lines of its detail,
/// hint, context and statement with the same prefix. The text envelopes have this in common.
struct TextLog {
  /// The prefix.
  let prefix: LinePrefix
  private let zone: PostgresLogTime.Zone
  private var waiting = Waiting<Int64, Entered<PostgresLogLine>>()
  /// The process of the last line; `nil` where nothing can continue it.
  private var latest: Int64?

  /// Texts with that prefix.
  init(_ prefix: LinePrefix, zone: @escaping PostgresLogTime.Zone) {
    self.prefix = prefix
    self.zone = zone
  }

  /// What the envelope knows where the prefix does not say it.
  struct Known {
    var time: Timestamp?
    var process: Int64?
    var user: String?
    var database: String?
    var sqlstate: String?
    var detail: String?
  }

  /// No line begins with the prefix and a severity.
  static let noLine = Rejection(
    "not_a_log_line",
    "The line does not begin with log_line_prefix and a severity; set --log-line-prefix to the server's")

  /// Takes a line with what continues it, its tabs taken off.
  mutating func take(
    _ text: ArraySlice<UInt8>, _ known: Known, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    do throws(Rejection) {
      try read(text, known, number: number, into: &lines)
    } catch {
      // What another program wrote, or the rest of a text whose tabs were lost.
      if error == Self.noLine { cutLast() }
      // What follows a line that cannot be read must not be put into an earlier one.
      end(into: &lines)
      throw error
    }
  }

  private mutating func read(
    _ text: ArraySlice<UInt8>, _ known: Known, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    guard let match = prefix.match(text) else { throw Self.noLine }
    let name = String(decoding: match.severity, as: UTF8.self)
    let id = match.text("c")
    guard let process = match.number("p") ?? known.process ?? id.flatMap({ PostgresSessionID($0).process }) else {
      throw .missing("%p or %c")
    }
    if try follow(name, match, process) {
      while let oldest = waiting.excess() { release(oldest, into: &lines) }
      return
    }
    guard let severity = PostgresLogLine.Severity(name) else { throw PostgresLogLine.unreadSeverity }
    var line = PostgresLogLine(time: try time(match, id, known), message: Array(match.rest))
    line.severity = severity
    line.session = id
    line.process = process
    line.number = match.number("l")
    line.lastNumber = line.number
    line.command = match.text("i")
    line.user = match.text("u") ?? known.user
    line.database = match.text("d") ?? known.database
    line.client = match.text("h") ?? match.text("r").map(PostgresLogLine.host)
    line.application = match.text("a")
    line.sqlstate = match.text("e") ?? known.sqlstate
    line.detail = known.detail.map { Array($0.utf8) }
    // log_error_verbosity = verbose puts the SQLSTATE before the message.
    if let state = Self.state(match.rest) {
      line.sqlstate = String(decoding: state, as: UTF8.self)
      line.message = Array(Self.message(match.rest))
    }
    if line.isError { line.message = Self.withoutPosition(line.message) }
    if let id, let told = match.number("p") { line.fitsSession = PostgresSessionID(id).process == told }
    if let written = match.bytes("s").flatMap({ PostgresLogTime(Array($0)) }) {
      let seconds = id.flatMap { PostgresSessionID($0).startSeconds }
      line.sessionStart = written.moment(sessionStart: written, startSeconds: seconds, zone)
    } else if let id {
      line.sessionStart = PostgresSessionID(id).startSeconds.flatMap { Timestamp(seconds: $0) }
    }
    try line.readAudit()
    release(process, into: &lines)
    // Also one that reads as the session's end: what follows it may say that a function raised it.
    latest = process
    waiting.put(Entered(line, entry: number), bytes: text.count, for: process)
    while let oldest = waiting.excess() { release(oldest, into: &lines) }
  }

  /// Throws what is wrong with a line before it is whole.
  func check(_ text: ArraySlice<UInt8>, _ known: Known) throws(Rejection) {
    guard let match = prefix.match(text) else { throw Self.noLine }
    guard !Self.isFollower(match.severity) else { return }
    guard PostgresLogLine.Severity(String(decoding: match.severity, as: UTF8.self)) != nil else {
      throw PostgresLogLine.unreadSeverity
    }
    _ = try time(match, match.text("c"), known)
  }

  /// Notes that a line behind the last one belongs to nothing that is known: it may be the rest of a text.
  mutating func cutLast() {
    guard let process = latest else { return }
    waiting.change(process) { last in
      var line = last.value
      line.isCut = true
      last = Entered(line, entry: last.entry)
      return 0
    }
  }

  /// Gives what waited for more.
  mutating func end(into lines: inout [Entered<PostgresLogLine>]) {
    for process in waiting.keys { release(process, into: &lines) }
    latest = nil
  }

  private mutating func release(_ process: Int64, into lines: inout [Entered<PostgresLogLine>]) {
    guard let last = waiting.take(process) else { return }
    var line = last.value
    if line.isRaised { line.audit = nil }
    lines.append(Entered(line, entry: last.entry))
  }

  private static let followers: Set = ["DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION"]

  /// Whether a severity is of a line that follows another.
  static func isFollower(_ severity: ArraySlice<UInt8>) -> Bool {
    followers.contains(String(decoding: severity, as: UTF8.self))
  }

  /// A message as the other forms have it: text puts the place in the statement behind it.
  private static func withoutPosition(_ message: [UInt8]) -> [UInt8] {
    let mark = Array(" at character ".utf8)
    let digits = message.reversed().prefix { (0x30...0x39).contains($0) }.count
    let text = message.dropLast(digits)
    return digits > 0 && text.suffix(mark.count).elementsEqual(mark) ? Array(text.dropLast(mark.count)) : message
  }

  /// The message without the SQLSTATE that it may begin with.
  static func message(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    state(text).map { text.dropFirst($0.count + 2) } ?? text
  }

  /// The SQLSTATE at the beginning of a message; `nil` where none is. Letters alone are words: `AUDIT: `.
  private static func state(_ message: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let state = message.prefix(5)
    guard message.dropFirst(5).starts(with: ": ".utf8), state.count == 5,
      state.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }),
      state.contains(where: { (0x30...0x39).contains($0) })
    else { return nil }
    return state
  }

  /// Puts a line that follows another into it.
  private mutating func follow(_ name: String, _ match: LinePrefix.Match, _ process: Int64) throws(Rejection) -> Bool {
    guard Self.followers.contains(name) else { return false }
    guard waiting[process] != nil else {
      throw Rejection("line_without_its_first", "The line belongs to one that is not in the archive")
    }
    waiting.change(process) { last in
      var line = last.value
      switch name {
      case "DETAIL": line.detail = Array(match.rest)
      case "CONTEXT": line.context = String(decoding: match.rest, as: UTF8.self)
      case "STATEMENT": line.query = String(decoding: match.rest, as: UTF8.self)
      default: break
      }
      line.lastNumber = match.number("l") ?? line.lastNumber
      let grown = line.followingBytes - last.value.followingBytes
      last = Entered(line, entry: last.entry)
      return grown
    }
    latest = process
    return true
  }

  private func time(
    _ match: LinePrefix.Match, _ id: String?, _ known: Known
  ) throws(Rejection) -> Timestamp {
    if let text = match.bytes("m") ?? match.bytes("t") {
      guard let written = PostgresLogTime(Array(text)) else {
        throw .illTyped("%m", expected: "time of PostgreSQL's log")
      }
      let start = match.bytes("s").flatMap { PostgresLogTime(Array($0)) }
      let seconds = id.flatMap { PostgresSessionID($0).startSeconds }
      guard let time = written.moment(sessionStart: start, startSeconds: seconds, zone) else {
        throw PostgresLogTime.ambiguousZone
      }
      return time
    }
    if let text = match.bytes("n") {
      let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1)
      let milliseconds = parts.count == 2 && parts[1].count == 3 ? Int64(digits: parts[1]) : parts.count == 1 ? 0 : nil
      guard let seconds = parts.first.flatMap({ Int64(digits: $0) }), let milliseconds,
        let time = Timestamp(seconds: seconds)
      else { throw .illTyped("%n", expected: "time in seconds since 1970") }
      return time.adding(nanoseconds: milliseconds * 1_000_000)
    }
    guard let time = known.time else { throw .missing("%m or %t") }
    return time
  }
}

extension PostgresLogLine {
  /// How many bytes the lines have that follow it.
  fileprivate var followingBytes: Int {
    (detail?.count ?? 0) + (context?.utf8.count ?? 0) + (query?.utf8.count ?? 0)
  }
}
