import AuditTrail

/// What can be said of a file that is of no known format: what it looks like, which format comes nearest and where it fails.
public struct UnknownFile: Sendable {
  /// What it looks like, as a sentence.
  public let appearance: String
  /// The nearest format and where it fails, as a sentence; `nil` where none is near.
  public let nearest: String?
  /// The names of its columns or keys, in order; none where it has none.
  public let names: [String]
  /// How a mapping would lay it out; `nil` where none could read it.
  public let layout: FieldMapping.Layout?
  /// The values of the first record, by ``names``.
  public let example: [String: String]

  /// Looks at the content's first bytes.
  init(head: ArraySlice<UInt8>) {
    let bytes = head.drop { $0.isByteOrderMark || $0.isJSONSpace }
    let start = EntryStart(bytes, isFirst: true)
    let inner = bytes.first == 0x5B ? ShallowObject(bytes.dropFirst().drop(while: \.isJSONSpace)) : start.object
    let line = bytes.prefix { $0 != 0x0A }
    var (names, layout, example): ([String], FieldMapping.Layout?, [String: String]) = ([], nil, [:])
    if !inner.keys.isEmpty {
      names = inner.keys.sorted()
      let isLines = bytes.first == 0x7B && line.last.map { $0 == 0x7D || $0 == 0x0D } ?? false
      layout = isLines ? .jsonLines : nil
      example = inner.texts
      let product = KnownProducts.name(keys: inner.keys).map { "\($0): " } ?? ""
      appearance =
        "The file looks like \(product)JSON \(isLines ? "lines" : bytes.first == 0x5B ? "in an array" : "over several lines"), with the keys "
        + Self.list(names)
    } else if bytes.first == UInt8(ascii: "<") {
      let name = bytes.dropFirst().drop { $0 == UInt8(ascii: "?") }.prefix(40).prefix { Self.isNameByte($0) }
      appearance = "The file looks like XML or HTML, which begins with `<\(String(decoding: name, as: UTF8.self))`"
    } else if let table = Self.table(bytes) {
      (names, example) = (table.names, table.example)
      layout = .csv(separator: table.separator, columns: nil)
      appearance = "The file looks like CSV, with the columns " + Self.list(names)
    } else if bytes.prefix(4096).contains(where: { $0 < 9 || (14..<32).contains($0) && $0 != 27 }) {
      appearance = "The file looks like binary data"
    } else {
      appearance = "The file looks like text that is neither JSON nor CSV"
    }
    (self.names, self.layout, self.example) = (names, layout, example)
    nearest = NearestFormat.sentence(keys: inner.keys, line: line)
  }

  /// All of it, with what to do, as one message.
  var message: String {
    var sentences = [appearance]
    if let nearest { sentences.append(nearest) }
    sentences.append(
      layout == nil
        ? "`assay formats` lists what is read, --format names one that cannot be told"
        : "`assay formats` lists what is read; `assay formats try FILE` proposes a mapping for --format mapping:FILE.yaml"
    )
    return sentences.joined(separator: ". ")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
      || byte == 0x3A || byte == 0x2D || byte == 0x21
  }

  /// The first names of a list. Names of columns and keys are not data of a record; a value in their place is cut.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "`\($0.prefix(40))`" }.joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }

  /// The first line's names, where two lines at least have the same number of fields, two or more, and the first none that is a
  /// number, empty, or there twice.
  private static func table(
    _ bytes: ArraySlice<UInt8>
  ) -> (names: [String], separator: UInt8, example: [String: String])? {
    let first = bytes.prefix(CSVEntries.length(of: bytes))
    let rest = bytes[first.endIndex...].dropFirst()
    let second = rest.prefix(CSVEntries.length(of: rest))
    for separator in [UInt8(ascii: ","), 0x09, UInt8(ascii: ";"), UInt8(ascii: "|")] {
      guard let names = try? MappedValues.split(first, separator: separator), names.count > 1,
        let values = try? MappedValues.split(second, separator: separator), values.count == names.count,
        names.allSatisfy({ !$0.isEmpty && $0.count <= 64 && $0.contains(where: \.isLetter) && !$0.contains("\n") }),
        Set(names).count == names.count
      else { continue }
      return (names, separator, Dictionary(zip(names, values), uniquingKeysWith: { first, _ in first }))
    }
    return nil
  }
}

/// Products whose logs are known and have no reader; a mapping reads them.
enum KnownProducts {
  /// The product that writes objects with such keys; `nil` where none is known to.
  static func name(keys: Set<String>) -> String? { products.first { keys.isSuperset(of: $0.keys) }?.name }

  private static let products: [(name: String, keys: Set<String>)] = [
    ("Teleport's audit log", ["event", "code", "uid", "ei"]),
    ("a Database Activity Stream of AWS", ["databaseActivityEvents", "key"]),
    ("the events of a Database Activity Stream of AWS", ["databaseActivityEventList"]),
    ("AWS CloudTrail", ["eventVersion", "eventSource", "eventName"]),
    ("ProxySQL's query log", ["hostgroup_id", "query", "thread_id"]),
    ("MongoDB's audit log", ["atype", "ts", "users"]),
    ("CockroachDB's audit log", ["EventType", "Statement", "Timestamp"]),
    ("HashiCorp Vault's audit log", ["auth", "request", "type"]), ("Kubernetes' audit log", ["apiVersion", "auditID"]),
  ]
}

/// Which known format a file comes nearest to.
enum NearestFormat {
  /// The keys that tell a format of JSON.
  private static let keys: [(format: String, keys: Set<String>)] = [
    ("hoopinspect", ["kind", "timestamp", "session_id", "statement", "principal"]),
    ("hoop.audit_log", ["resource_type", "action", "actor_email", "created_at", "http_path"]),
    ("hoop.sessions", ["id", "connection", "user", "start_date", "status", "script", "event_stream"]),
    ("mysql.audit_json", ["timestamp", "id", "class", "event", "connection_id", "account", "login"]),
    ("percona.audit_json", ["audit_record"]),
    ("assay.archive/1", ["type", "session", "seq", "time", "sql", "decision"]),
  ]

  /// The nearest format and where it fails; `nil` where none is near.
  static func sentence(keys found: Set<String>, line: ArraySlice<UInt8>) -> String? {
    if !found.isEmpty {
      let shares = keys.map { (format: $0.format, missing: $0.keys.subtracting(found), all: $0.keys.count) }
      let near = shares.filter { $0.missing.count * 2 < $0.all }.min {
        $0.missing.count * $1.all < $1.missing.count * $0.all
      }
      return near.map { near in
        near.missing.isEmpty
          ? "It comes nearest to \(near.format), whose keys it has, with other values"
          : "It comes nearest to \(near.format), and lacks the keys \(near.missing.sorted().joined(separator: ", "))"
      }
    }
    for (format, mark, failure) in lines where mark(line) {
      if let why = failure(line) { return "It comes nearest to \(format): \(why)" }
    }
    return nil
  }

  private static let operations = [",QUERY,", ",CONNECT,", ",READ,", ",WRITE,", ",DISCONNECT,"]
  private static let commands = ["Query\t", "Connect\t", "Quit\t", "Execute\t", "Query ", "Connect "]

  private static let lines:
    [(format: String, mark: @Sendable (ArraySlice<UInt8>) -> Bool, failure: @Sendable (ArraySlice<UInt8>) -> String?)] =
      [
        (
          "mariadb.server_audit", { line in operations.contains { line.range(of: $0) != nil } },
          { line in
            do throws(Rejection) {
              _ = try MariaDBAuditLine(line)
              return nil
            } catch {
              return error.message
            }
          }
        ),
        (
          "postgresql.csvlog", { PostgresLogTime.begins($0) && $0.contains(UInt8(ascii: ",")) },
          { line in
            do throws(Rejection) {
              let count = try CSVFields(line).count
              return (22...26).contains(count)
                ? nil : "the first line has \(count) columns, and PostgreSQL writes 22 to 26"
            } catch {
              return error.message
            }
          }
        ),
        (
          "mysql.general_log", { line in commands.contains { line.range(of: $0) != nil } },
          { _ in "a line begins with a time or a TAB, a connection's number, and a command" }
        ),
      ]
}
