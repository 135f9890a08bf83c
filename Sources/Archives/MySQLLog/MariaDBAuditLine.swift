import AuditTrail

/// One line of MariaDB's server_audit: nine values behind a time, or behind a syslog prefix that holds the time.
///
/// It is not CSV: a statement is in single quotes with `\'`, `\n` and the like escaped and commas raw, a database's name
/// is not quoted and may hold commas. So seven values are taken from the left and the error number from the right.
struct MariaDBAuditLine {
  /// A time as the line writes it.
  enum Time {
    /// A clock reading without a zone, in seconds since 1970 as if it were UTC.
    case local(seconds: Int64)
    /// A moment.
    case moment(Timestamp)
    /// What syslog writes.
    case syslog(SyslogTime)
  }

  let time: Time
  let server: String?
  let user: String?
  let host: String?
  let connection: Int64
  let query: Int64
  let operation: Operation
  let database: String?
  /// The statement as written, escapes in; of other lines the text in its place.
  let object: ArraySlice<UInt8>
  /// The error number; `nil` where the line has none, as those about tables have not.
  let code: Int64?
  /// Whether the line is Aurora's, by its time.
  let isAurora: Bool

  /// What a line is about.
  enum Operation: String {
    case connect = "CONNECT"
    case disconnect = "DISCONNECT"
    case failedConnect = "FAILED_CONNECT"
    case changeUser = "CHANGEUSER"
    case proxyConnect = "PROXY_CONNECT"
    case query = "QUERY"
    case read = "READ"
    case write = "WRITE"
    case create = "CREATE"
    case alter = "ALTER"
    case rename = "RENAME"
    case drop = "DROP"

    /// Whether it is about a table that a statement uses.
    var isTable: Bool {
      switch self {
      case .read, .write, .create, .alter, .rename, .drop: true
      case .connect, .disconnect, .failedConnect, .changeUser, .proxyConnect, .query: false
      }
    }
  }

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "'")

  /// Reads a line's bytes.
  init(_ line: ArraySlice<UInt8>) throws(Rejection) {
    let line = line.last == 0x0D ? line.dropLast() : line
    let bytes: ArraySlice<UInt8>
    (time, bytes, isAurora) = try Self.time(line)
    var rest = bytes
    func next() throws(Rejection) -> ArraySlice<UInt8> {
      guard let end = rest.firstIndex(of: Self.comma) else {
        throw Rejection("bad_arity", "The line has fewer values than server_audit writes")
      }
      defer { rest = rest[(end + 1)...] }
      return rest[..<end]
    }
    server = Self.text(try next())
    user = Self.text(try next())
    host = Self.text(try next()).map(Self.withoutPort)
    guard let connection = Int64(digits: try next()), let query = Int64(digits: try next()) else {
      throw .illTyped("connectionid or queryid", expected: "whole number")
    }
    (self.connection, self.query) = (connection, query)
    guard let operation = Operation(rawValue: String(decoding: try next(), as: UTF8.self)) else {
      throw .unexpected("operation", expected: "CONNECT, QUERY, READ, WRITE and the like")
    }
    self.operation = operation
    guard let last = rest.lastIndex(of: Self.comma) else {
      throw Rejection("bad_arity", "The line has fewer values than server_audit writes")
    }
    let written = rest[(last + 1)...]
    code = Int64(digits: written)
    guard code != nil || written.isEmpty else { throw .illTyped("retcode", expected: "whole number") }
    (database, object) = try Self.object(rest[..<last], isQuery: operation == .query)
  }

  /// The statement: its escapes resolved.
  var statement: [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(object.count)
    var isEscaped = false
    for byte in object {
      if isEscaped {
        text.append(Self.unescaped(byte))
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        text.append(byte)
      }
    }
    return text
  }

  private static func unescaped(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "0"): 0
    default: byte
    }
  }

  private static func object(
    _ rest: ArraySlice<UInt8>, isQuery: Bool
  ) throws(Rejection) -> (String?, ArraySlice<UInt8>) {
    guard isQuery else {
      let comma = rest.firstIndex(of: comma) ?? rest.endIndex
      return (text(rest[..<comma]), rest[comma...].dropFirst())
    }
    // The database ends where the quoted statement begins.
    guard rest.last == quote,
      let start = rest.indices.dropLast().first(where: { rest[$0] == comma && rest[$0 + 1] == quote }),
      start + 2 < rest.endIndex
    else { throw Rejection("invalid_quoting", "The statement is not in single quotes") }
    return (text(rest[..<start]), rest[(start + 2)...].dropLast())
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String? { String(decoding: bytes, as: UTF8.self).nonEmpty }

  /// MariaDB 12 writes `host:port`. More colons are an address of IPv6, whose port cannot be told from it.
  private static func withoutPort(_ host: String) -> String {
    guard let colon = host.firstIndex(of: ":"), colon == host.lastIndex(of: ":") else { return host }
    let port = host[host.index(after: colon)...].utf8
    let isPort = !port.isEmpty && port.allSatisfy { (0x30...0x39).contains($0) }
    return isPort ? String(host[..<colon]) : host
  }
}

extension MariaDBAuditLine {
  /// `20260701 09:00:00,`: a reading of the server's clock.
  private static let clock = Array("dddddddd dd:dd:dd,".utf8)
  /// What server_audit is called in syslog, unless it was renamed.
  private static let ident = "server_auditing"

  /// The time, what comes after it, and whether it is Aurora's.
  private static func time(_ line: ArraySlice<UInt8>) throws(Rejection) -> (Time, ArraySlice<UInt8>, Bool) {
    if fits(line, clock) {
      let digits = line.prefix(17)
      guard let seconds = ClockReading.seconds(date: digits.prefix(8), clock: digits.suffix(8)) else {
        throw invalidTime
      }
      return (.local(seconds: seconds), line.dropFirst(18), false)
    }
    if let comma = line.prefix(17).firstIndex(of: comma), comma - line.startIndex == 16 {
      // Aurora writes microseconds since 1970.
      guard let micros = Int64(digits: line[..<comma]) else { throw invalidTime }
      let (nanos, overflow) = micros.multipliedReportingOverflow(by: 1000)
      guard !overflow else { throw invalidTime }
      return (.moment(Timestamp(nanoseconds: nanos)), line[(comma + 1)...], true)
    }
    return try syslogTime(line)
  }

  private static func syslogTime(_ line: ArraySlice<UInt8>) throws(Rejection) -> (Time, ArraySlice<UInt8>, Bool) {
    let rest = SyslogTime.withoutPriority(line)
    guard let mark = rest.range(of: ident), let space = rest[mark.upperBound...].firstIndex(of: 0x20) else {
      throw invalidTime
    }
    var values = rest[(space + 1)...]
    // RFC 5424 writes process, message and data between the name and the text.
    while let word = values.firstIndex(of: 0x20), !values[..<word].contains(comma) { values = values[(word + 1)...] }
    guard let (time, _) = SyslogTime.read(rest) else { throw invalidTime }
    return (.syslog(time), values, false)
  }

  private static let invalidTime = Rejection(
    "invalid_time", "The line begins with no time of server_audit, Aurora or syslog")

  /// Whether the bytes begin as the shape says, in which `d` means a digit.
  private static func fits(_ bytes: ArraySlice<UInt8>, _ shape: [UInt8]) -> Bool {
    bytes.count >= shape.count
      && zip(bytes, shape).allSatisfy { byte, form in
        form == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == form
      }
  }
}
