import AuditTrail

/// Tells the `log_line_prefix` of a text log by its lines, or says why it cannot be told.
///
/// A wrong prefix would give statements to the wrong login, so nothing is guessed: every line of the beginning must fit, and
/// where two prefixes fit and put another escape in a place, the lines themselves must decide between them.
enum LinePrefixSniffing {
  /// Prefixes that services set, and others that are not a beginning with an end of those below.
  private static let whole = [
    // RDS and Aurora.
    "%t:%r:%u@%d:[%p]:",
    // Azure.
    "%t-%c-", "%t:%h(%r):%d@%u:[%p]:%a:",
    // IBM Cloud.
    "%t [%a] [%e] [%p]: [%l-1] user=%u,db=%d,client=%h ",
    // pgreplay, and others.
    "%m|%u|%d|%c|", "%m|%u|%d|%p|", "%t|%u|%d|%p|", "%m [%p] [queryid=%Q] %q%u@%d ", "%m:%r:%u@%d:[%p]:",
  ]
  private static let beginnings = [
    "%m [%p] ", "%t [%p] ", "%m [%p]: ", "%t [%p]: ", "%m [%p]: [%l-1] ", "%t [%p]: [%l-1] ", "%m [%p] %c ",
    "%m [%p] %c %l ", "%m %c ", "%m %c %l ", "%c ", "%c %l ", "[%p] ", "",
  ]
  private static let ends = [
    "", "%q%u@%d ", "%q%u@%d %a ", "%q%u@%d %a %h ", "%q%u@%d %h ", "%q%d@%u ", "%q%d@%u %a ",
    "%q%d@%u %a %h ", "%q%d@%u %h ", "%q%u %d ", "%q%u %d %a ", "%q%u %d %a %h ", "%q%u %d %h ", "%u@%d ",
    "%u@%d %a ", "%u@%d %a %h ", "%d@%u ", "%d@%u %a ", "%d@%u %a %h ",
  ]
  private static let known =
    (whole + beginnings.flatMap { beginning in ends.map { beginning + $0 } }).compactMap { LinePrefix($0) }

  /// What was told.
  enum Told {
    /// This prefix.
    case prefix(LinePrefix)
    /// None; the sentence says why, and what to set.
    case nothing(String)
  }

  /// Tells it by lines; those that continue others must not be among them.
  static func tell(_ lines: [ArraySlice<UInt8>], given: String?, carriesTime: Bool, carriesProcess: Bool) -> Told {
    if let given {
      guard let prefix = LinePrefix(given) else {
        return .nothing("--log-line-prefix has an escape that PostgreSQL does not know")
      }
      return check(prefix, carriesTime, carriesProcess)
    }
    var candidates = known
    for line in lines {
      guard let labelled = labelled(line), !candidates.contains(where: { $0.text == labelled }),
        let prefix = LinePrefix(labelled), candidates.count < known.count + 8
      else { continue }
      candidates.append(prefix)
    }
    let usable = candidates.filter { (carriesTime || $0.hasTime) && (carriesProcess || $0.hasProcess) }
    let fits = usable.map { prefix in (prefix: prefix, count: lines.count(where: { isPlausible(prefix.match($0)) })) }
    let most = fits.map(\.count).max() ?? 0
    // Other programs write into the same file now and then.
    guard most > 0, most * 10 >= lines.count * 9 else {
      return .nothing("No log_line_prefix that is known fits its lines. " + remedy)
    }
    var best = fits.filter { $0.count == most }.map(\.prefix).filter { !contradicts($0, lines) }
    let confirmed = best.filter { confirms($0, lines) }
    if !confirmed.isEmpty { best = confirmed }
    guard let first = best.first else {
      return .nothing("The lines contradict the log_line_prefix that fits them. " + remedy)
    }
    if let other = best.dropFirst().first(where: { isOther($0, first, lines) }) {
      return .nothing(
        "Its lines fit the log_line_prefix '\(first.text)' and '\(other.text)', which name the parts otherwise. "
          + remedy)
    }
    let isUnnamed = first.has("u") && first.has("d") && !first.text.contains("=%u") && !services.contains(first.text)
    if isUnnamed, confirmed.isEmpty, lines.contains(where: { first.match($0)?.text("u") != nil }) {
      return .nothing(
        "Its lines fit the log_line_prefix '\(first.text)', and none shows which part is the login and which the database. "
          + remedy)
    }
    return .prefix(first)
  }

  /// Whether a line fits, and its values look as such values do: only applications have spaces in their names.
  private static func isPlausible(_ match: LinePrefix.Match?) -> Bool {
    guard let match else { return false }
    let spaced = ["u", "d", "h", "r"].contains { (letter: Character) in match.bytes(letter)?.contains(0x20) == true }
    // A session's id in the place of a login or database shows that the prefix is another.
    let isShifted = ["u", "d"].contains { (letter: Character) in
      match.text(letter).map { PostgresSessionID($0).isWhole } ?? false
    }
    guard !spaced, !isShifted, let application = match.bytes("a") else { return !spaced && !isShifted }
    let word = application.prefix { $0 != 0x20 }
    return !application.starts(with: "[unknown] ".utf8)
      && !PostgresSessionID(String(decoding: word, as: UTF8.self)).isWhole
  }

  /// Prefixes that a service sets and nobody may change.
  private static let services: Set = ["%t:%r:%u@%d:[%p]:", "%t:%h(%r):%d@%u:[%p]:%a:"]

  private static let remedy =
    "Set --log-line-prefix (log_line_prefix in assay.yaml) to what `SHOW log_line_prefix` says on the server"

  private static func check(_ prefix: LinePrefix, _ carriesTime: Bool, _ carriesProcess: Bool) -> Told {
    if !carriesTime, !prefix.hasTime {
      return .nothing(
        "The log_line_prefix that was given has no time (%m, %t or %n): when a statement ran cannot be told")
    }
    if !carriesProcess, !prefix.hasProcess {
      return .nothing(
        "The log_line_prefix that was given has neither %p nor %c: which line belongs to which session cannot be told")
    }
    return .prefix(prefix)
  }

  /// Whether two prefixes read a line otherwise.
  private static func isOther(_ one: LinePrefix, _ other: LinePrefix, _ lines: [ArraySlice<UInt8>]) -> Bool {
    lines.contains { line in
      guard let left = one.match(line), let right = other.match(line) else { return false }
      return ["u", "d", "h", "a", "c", "p"].contains { (letter: Character) in left.text(letter) != right.text(letter) }
    }
  }

  /// Whether the line of a login says another login or database than the prefix.
  private static func contradicts(_ prefix: LinePrefix, _ lines: [ArraySlice<UInt8>]) -> Bool {
    logins(prefix, lines).contains { $0 == false }
  }

  /// Whether lines of logins say what the prefix says, where login and database differ.
  private static func confirms(_ prefix: LinePrefix, _ lines: [ArraySlice<UInt8>]) -> Bool {
    logins(prefix, lines).contains { $0 == true }
  }

  private static func logins(_ prefix: LinePrefix, _ lines: [ArraySlice<UInt8>]) -> [Bool?] {
    lines.map { line in
      guard let match = prefix.match(line), let user = match.text("u"), let database = match.text("d"),
        let rest = TextLog.message(match.rest).rest(behind: "connection authorized: user=")
      else { return nil }
      let says = rest.starts(with: "\(user) database=\(database)".utf8)
      return says ? (user == database ? nil : true) : false
    }
  }

  /// The prefix of a line whose parts have labels: `user=app,db=shop`.
  private static func labelled(_ line: ArraySlice<UInt8>) -> String? {
    guard let end = severityStart(line) else { return nil }
    let text = String(decoding: line[..<end], as: UTF8.self)
    var parts: [String] = []
    var rest = text[...]
    var isLabelled = false
    while !rest.isEmpty {
      if let label = labels.first(where: { rest.hasPrefix($0.text) }) {
        isLabelled = true
        parts.append("\(label.text)%\(label.letter)")
        rest = rest.dropFirst(label.text.count).drop { !",]|; ".contains($0) }
        continue
      }
      if let (escape, length) = plain(rest) {
        parts.append(escape)
        rest = rest.dropFirst(length)
        continue
      }
      parts.append(rest.first == "%" ? "%%" : String(rest.prefix(1)))
      rest = rest.dropFirst()
    }
    return isLabelled ? parts.joined() : nil
  }

  private static let labels: [(text: String, letter: Character)] = [
    ("user=", "u"), ("usr=", "u"), ("db=", "d"), ("database=", "d"), ("dbname=", "d"), ("app=", "a"),
    ("application=", "a"), ("client=", "h"), ("host=", "h"), ("remote=", "r"), ("pid=", "p"), ("session=", "c"),
    ("sid=", "c"), ("line=", "l"), ("queryid=", "Q"), ("query_id=", "Q"), ("xid=", "x"), ("vxid=", "v"),
    ("state=", "e"), ("sqlstate=", "e"),
  ]

  /// A time, `[process]`, `[line-1]`, `[SQLSTATE]`, a session's id: what has a form of its own.
  private static func plain(_ text: Substring) -> (String, Int)? {
    let bytes = Array(text.utf8)[...]
    for letter in ["m", "t"] {
      let length = LinePrefixField.lengths(Array(letter.utf8)[0], bytes).first ?? 0
      if length > 0 { return ("%\(letter)", length) }
    }
    guard text.hasPrefix("["), let close = text.firstIndex(of: "]") else { return nil }
    let inner = text[text.index(after: text.startIndex)..<close]
    let length = inner.count + 2
    let isState = inner.utf8.count == 5 && inner.allSatisfy { $0.isNumber || $0.isUppercase }
    if isState, inner == "00000" || inner.contains(where: \.isLetter) { return ("[%e]", length) }
    if !inner.isEmpty, inner.allSatisfy(\.isNumber) { return ("[%p]", length) }
    let parts = inner.split(separator: "-")
    if parts.count == 2, parts.allSatisfy({ $0.allSatisfy(\.isNumber) }), parts[1] == "1" { return ("[%l-1]", length) }
    return nil
  }

  private static func severityStart(_ line: ArraySlice<UInt8>) -> Int? {
    for name in ["LOG:  ", "ERROR:  ", "FATAL:  ", "STATEMENT:  ", "DETAIL:  ", "WARNING:  "] {
      if let found = line.prefix(600).range(of: name) { return found.lowerBound }
    }
    return nil
  }
}
