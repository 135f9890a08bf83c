import AuditTrail

/// Tells the format by the content's beginning.
struct FormatDetection {
  private let head: ArraySlice<UInt8>
  private static let nativeTypes: Set = [
    "archive", "session_open", "session_close", "statement", "approval", "policy_change", "access_change", "heartbeat",
    "seal",
  ]
  private static let sessionKeys: Set = [
    "org_id", "connection", "connection_subtype", "connection_tags", "verb", "start_date", "end_date", "event_stream",
    "script", "script_size", "user_id", "user_name", "identity_type", "guardrails_info", "resource_name",
    "integrations_metadata",
  ]
  /// So many lines are looked at, as the first may be damaged.
  private static let lineLimit = 20

  /// A detection over the content's first bytes.
  init(head: ArraySlice<UInt8>) {
    self.head = head.drop { $0.isByteOrderMark }
  }

  /// The format; `nil` where the content is of none that is known.
  func format() throws(Rejection) -> ArchiveFormat? {
    guard let first = head.firstIndex(where: { !$0.isJSONSpace }) else { return nil }
    if head[first] == 0x5B { return sessions(inArray: first + 1) }
    if let format = try format(ofObjectAt: first) { return format }
    if isPostgresLog(at: first) { return .postgresLog }
    var start = first
    for _ in 0..<Self.lineLimit {
      guard let lineEnd = head[start...].firstIndex(of: 0x0A) else { return nil }
      start = lineEnd + 1
      guard start < head.endIndex else { return nil }
      if head[start] == 0x7B, let format = try format(ofObjectAt: start) { return format }
      if isPostgresLog(at: start) { return .postgresLog }
    }
    return nil
  }

  /// Whether a whole record of a csvlog begins there; its line end may be missing, or stand in a quoted field.
  private func isPostgresLog(at start: Int) -> Bool {
    guard PostgresLogTime.begins(head[start...]) else { return false }
    var isQuoted = false
    let end = head[start...].firstIndex { byte in
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      return byte == 0x0A && !isQuoted
    }
    return (try? PostgresLogLine(head[start..<(end ?? head.endIndex)])) != nil
  }

  private func format(ofObjectAt start: Int) throws(Rejection) -> ArchiveFormat? {
    let object = ShallowObject(head[start...])
    if let type = object.texts["type"], Self.nativeTypes.contains(type),
      !object.keys.contains("id") || type == "approval"
    {
      try requireVersion(object)
      return .native
    }
    if object.keys.isSuperset(of: ["kind", "timestamp", "session_id"]) { return .hoopinspect }
    if let data = object.dataStart {
      return sessions(inArray: data) ?? (object.keys.contains("total") ? .hoopSessions : nil)
    }
    return isSession(object) ? .hoopSessions : nil
  }

  private func requireVersion(_ object: ShallowObject) throws(Rejection) {
    guard object.texts["type"] == "archive", let version = object.texts["format"] else { return }
    guard version == ArchiveFormat.native.name || !version.hasPrefix("assay.archive/") else {
      throw Rejection("unknown_format", "The archive is of another version than assay.archive/1, the one that is read")
    }
  }

  private func sessions(inArray start: Int) -> ArchiveFormat? {
    guard let first = head[start...].firstIndex(where: { !$0.isJSONSpace }) else { return nil }
    let object = ShallowObject(head[first...])
    if object.dataStart != nil { return .hoopSessions }
    return isSession(object) ? .hoopSessions : nil
  }

  private func isSession(_ object: ShallowObject) -> Bool {
    object.keys.contains("id") && object.keys.intersection(Self.sessionKeys).count >= 2
  }
}

/// The keys of a JSON object's first level, as far as the bytes go; nothing is validated.
struct ShallowObject {
  /// The keys.
  private(set) var keys: Set<String> = []
  /// The short strings among their values.
  private(set) var texts: [String: String] = [:]
  /// Behind the bracket of `"data":[`.
  private(set) var dataStart: Int?
  private static let longestText = 64

  /// The object that begins with the first byte; empty where none does.
  init(_ bytes: ArraySlice<UInt8>) {
    guard bytes.first == 0x7B else { return }
    var scanner = ValueScanner()
    var token: Int?
    var key: String?
    var last: String?
    for index in bytes.indices {
      let wasInString = scanner.isInString
      let step = scanner.step(bytes[index])
      if scanner.depth == 1, !wasInString, scanner.isInString { token = index + 1 }
      if scanner.depth == 1, wasInString, !scanner.isInString, let start = token {
        last = index - start <= Self.longestText ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
        if let name = key, let text = last {
          texts[name] = text
          last = nil
        }
        token = nil
      } else if scanner.depth == 1, !scanner.isInString {
        if bytes[index] == 0x3A, let name = last {
          keys.insert(name)
          key = name
          last = nil
        } else if bytes[index] == 0x2C {
          key = nil
          last = nil
        }
      }
      switch step {
      case .last, .behind: return
      case .opensData: dataStart = dataStart ?? index + 1
      case .inside: break
      }
      if dataStart != nil, keys.contains("total") { return }
    }
  }
}
