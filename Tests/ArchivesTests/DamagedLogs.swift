import Archives
import AuditTrail
import Digests
import Foundation
import SeededRandom

/// Logs of every format, and what damages them. All of it follows from a seed.
enum DamagedLogs {
  /// Whole logs. The format of each is told by its content: a new format needs a log here, and its name nowhere.
  private static let whole: [String] = native + hoop + postgres + mysql

  private static let native = [String(decoding: NativeSamples.sealed(), as: UTF8.self)]

  private static let hoop: [String] = {
    let approved = HoopSamples.review(groups: HoopSamples.approvedGroup)
    let guardrail =
      #"[{"rule_name":"r","rule":{"type":"deny_words_list","words":["DROP"]},"direction":"input","matched_words":["DROP"]}]"#
    let wire = HoopSamples.native([
      Wire.query("BEGIN; DELETE FROM t"), Wire.parse("s", "SELECT * FROM t WHERE id = $1 AND d > $2", [23, 1114]),
      Wire.bind("p", "s", formats: [1, 1], [Wire.int32(7), Wire.int32(0) + Wire.int32(99)]) + Wire.execute("p"),
      Wire.sync, Wire.close("S", "s"), Wire.terminate,
    ])
    let reviewed = HoopSamples.session([
      "review": approved, "script": #"{"data":"UPDATE t SET a = 1; SELECT 2"}"#, "guardrails_info": guardrail,
      "metrics": #"{"data_masking":{"err_count":1,"info_types":{"EMAIL_ADDRESS":1},"total_redact_count":1}}"#,
      "event_stream": "[\(HoopSamples.event(0.5, "o", "a\tb\n(2 rows)\n"))]",
    ])
    let inspect = [
      ("session_start", #","protocol":"postgres","connection":"appdb""#),
      ("statement", #","statement":"SELECT 1","allowed":true,"direction":"client","metadata":{"pg.message":"Query"}"#),
      (
        "statement",
        #","statement":"SELECT 7","allowed":true,"direction":"server","metadata":{"pg.message":"CommandComplete"}"#
      ),
      ("masked", #","masked_entities":["EMAIL_ADDRESS"],"masked_count":7"#),
      ("violation", #","statement":"DROP TABLE t","allowed":false,"rule":"r""#),
      ("session_end", #","statement_count":3,"denied_count":1"#),
    ].map { kind, rest in
      #"{"kind":"\#(kind)","timestamp":"2026-08-21T03:00:00Z","session_id":"s1","principal":"bob@acme.io"\#(rest)}"#
    }
    return [
      [HoopSamples.session(), wire, reviewed].joined(separator: "\n"),
      #"{"data":[\#(wire),\#(reviewed)],"total":2,"total_is_capped":true,"has_next_page":true}"#,
      inspect.joined(separator: "\n"), HoopOtherFormsTests.mcp, HoopOtherFormsTests.download,
      HoopOtherFormsTests.changes.joined(separator: "\n"),
    ]
  }()

  private static let postgres: [String] =
    PostgresEnvelopeTests.envelopes.map(\.text) + PostgresEnvelopeTests.pgauditFiles
    + [PostgresSample.stderr(audited), PostgresSample.json(audited)]

  private static let audited = [
    "statement: insert into t values (1)",
    "AUDIT: SESSION,4,1,WRITE,INSERT,TABLE,public.t,insert into t values (1),<none>,2",
    "duration: 1 ms", "execute s: select $1",
    "AUDIT: OBJECT,5,1,READ,SELECT,TABLE,public.u,<previously logged>,\"a,\"\"b\"\"\",4",
    "parameter \"log_statement\" changed to \"none\"",
  ].map {
    PostgresSample(message: $0, command: "INSERT", detail: $0.hasPrefix("execute") ? "parameters: $1 = 'a'" : nil)
  }

  private static let mysql: [String] = {
    let general = """
      mysqld, Version: 8.0.36 (x). started with:
      Tcp port: 0  Unix socket: s
      Time\t\t    Id Command\tArgument
      260701  9:00:00\t     3 Connect\troot@localhost as team on shop using Socket
      \t\t     3 Query\texecute s
      \t\t     3 Execute\tselect 1
      continued
      2026-07-01T09:00:02.000001Z\t     3 Init DB\tsales
      2026-07-01T09:00:02.000001Z\t     3 Change user\tana@localhost on
      2026-07-01T09:00:02.000001Z\t     3 Quit\t

      """
    let audit = [
      MySQLSamples.audit(0, "CONNECT", ""), MySQLSamples.audit(5, "WRITE", "t", code: ""),
      MySQLSamples.audit(6, "QUERY", "'insert into log values (1)'"),
      MySQLSamples.audit(5, "QUERY", #"'insert into t values (\'a\')'"#),
      MySQLSamples.audit(9, "CHANGEUSER", ""), MySQLSamples.audit(0, "DISCONNECT", ""),
      "1782896400000000,aurora-1,admin,10.0.0.9,11,30,QUERY,shop,'select 1',0",
      "<14>Jul  1 09:00:01 db-1 mysql-server_auditing[812]: db-1,root,localhost,3,1,QUERY,shop,'select 1',0",
    ]
    let xml = """
      <?xml version="1.0"?><AUDIT><AUDIT_RECORD NAME="Query" RECORD="2_2026" TIMESTAMP="2026-07-01T09:00:02 UTC" \
      CONNECTION_ID="7" STATUS="0" SQLTEXT="SELECT &quot;&#10;&quot;" USER="a[b] @ c [d]"/>
      <AUDIT_RECORD><TIMESTAMP>2026-07-01T09:00:02 UTC</TIMESTAMP><NAME>Connect</NAME><CONNECTION_ID>7</CONNECTION_ID></AUDIT_RECORD></AUDIT>
      """
    let csv = #"""
      "Connect","1_2026-07-01T08:00:00","2026-07-01T09:00:01 UTC","7",0,"ana","app","ana.k","","db-client","10.0.0.7","shop"
      "Query","2_2026-07-01T08:00:00","2026-07-01T09:00:02 UTC","select","7",0,"SELECT ""x""","app[app] @ c []","c","","","shop"
      """#
    let records = MySQLSamples.records + MySQLSamples.six
    return [
      "[\n" + records.joined(separator: ",\n") + "\n]", records.joined(separator: ","),
      [MySQLSamples.perconaConnect, MySQLSamples.perconaQuery(2, "SELECT 1")].joined(separator: "\n"),
      csv, xml, audit.joined(separator: "\n"), general,
    ]
  }()

  /// Mappings, whose formats no content tells, with a log of each.
  private static let mapped: [(format: ArchiveFormat, text: String)] = {
    var csv = FieldMapping(layout: .csv(separator: UInt8(ascii: ","), columns: nil))
    csv.sources = [
      .time: .fields([["ts"]]), .statement: .fields([["sql"]]), .user: .fields([["who"]]), .rows: .fields([["n"]]),
    ]
    csv.timeFormat = .pattern("%Y-%m-%d %H:%M:%S.%f%z")
    var json = FieldMapping(layout: .jsonLines)
    json.sources = [
      .time: .fields([["t"]]), .statement: .fields([["q", "sql"]]), .decision: .fields([["d"]]),
      .duration: .fields([["ms"]]),
    ]
    (json.timeFormat, json.decisions) = (.epoch(unitsPerSecond: 1000), ["ALLOW": .allow])
    return [
      (
        .mapped(csv, name: "m"),
        "ts,sql,who,n\n2026-07-01 09:00:00.5+0200,\"select \"\"1\"\"\n\",ana,3\n2026-07-01 09:00:00.5Z,x,,\n"
      ),
      (.mapped(json, name: "j"), #"{"t":1782896400000,"q":{"sql":"select 1"},"d":"ALLOW","ms":1.5}"# + "\n"),
    ]
  }()

  /// Whole logs by format.
  static let logs: [ArchiveFormat: [[UInt8]]] = {
    var logs: [ArchiveFormat: [[UInt8]]] = [:]
    for text in whole {
      let bytes = Array(text.utf8)
      guard let format = try? withFile(bytes, { try tellFormat(path: $0) }) else { continue }
      logs[format, default: []].append(bytes)
    }
    for (format, text) in mapped { logs[format, default: []].append(Array(text.utf8)) }
    return logs
  }()

  /// Every format, and the mappings.
  static let formats = ArchiveFormat.allCases + mapped.map(\.format)

  /// How many whole logs there are, and how many of them are of some format.
  static var told: (of: Int, are: Int) { (whole.count + mapped.count, logs.values.reduce(0) { $0 + $1.count }) }

  /// A log to read.
  struct Log {
    var bytes: [UInt8]
    var options: ReadOptions
  }

  /// The damaged log of a seed: of the format itself, or of another one now and then.
  static func log(of format: ArchiveFormat, seed: UInt64) -> Log {
    var numbers = SplitMix64(seed: format.name.utf8.reduce(seed &* 0x9E37_79B9) { ($0 &* 31) &+ UInt64($1) })
    let own = logs[format] ?? []
    let others = formats.flatMap { logs[$0] ?? [] }
    var bytes = numbers.pick(own.isEmpty || numbers.number(below: 5) == 0 ? others : own)
    let other = numbers.pick(others)
    for _ in 0...numbers.number(below: 6) { damage(&bytes, other: other, &numbers) }
    // So much stands before it that the log lies across two readings of the file.
    if numbers.number(below: 64) == 0 {
      let behind = numbers.number(below: max(1, bytes.count))
      bytes.insert(contentsOf: [UInt8](repeating: 0x0A, count: (1 << 20) - behind), at: 0)
    }
    var options = HoopSamples.options
    options.zone = { _, _ in 0 }
    options.logYear = 2026
    if numbers.number(below: 2) == 0 { options.linePrefix = PostgresSample.prefix }
    if numbers.number(below: 4) == 0 { options.maximumEntryBytes = 40 + numbers.number(below: 400) }
    return Log(bytes: bytes, options: options)
  }

  private static func damage(_ bytes: inout [UInt8], other: [UInt8], _ numbers: inout SplitMix64) {
    guard !bytes.isEmpty else { return bytes = other }
    let start = numbers.number(below: bytes.count)
    let part = start..<min(bytes.count, start + 1 + numbers.number(below: 200))
    let place = numbers.number(in: 0...bytes.count)
    switch numbers.number(below: 9) {
    case 0: bytes[start] = UInt8(truncatingIfNeeded: numbers.next())
    case 1: bytes[start] ^= 1 << UInt8(numbers.number(below: 8))
    case 2: bytes.removeSubrange(part)
    case 3: bytes.insert(contentsOf: Array(bytes[part]), at: place)
    case 4: bytes.insert(contentsOf: numbers.pick(pieces), at: place)
    case 5: bytes.removeSubrange(start...)
    case 6:
      var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      lines.swapAt(numbers.number(below: lines.count), numbers.number(below: lines.count))
      bytes = Array(lines.joined(separator: [0x0A]))
    case 7 where !other.isEmpty:
      let first = numbers.number(below: other.count)
      bytes.insert(contentsOf: other[first..<min(other.count, first + 300)], at: place)
    default:
      bytes.insert(contentsOf: [UInt8](repeating: bytes[start], count: numbers.number(below: 3000)), at: start)
    }
  }

  private static let pieces: [[UInt8]] =
    [
      "\n", "\r\n", "\t", "\0", "\u{FEFF}", "\u{85}", "é", "\"", "'", "\\", "\\u0000", "\\ud800", ",", ":", "{", "}",
      "[", "]",
      "<", ">", "/>", "null", "true", "-1", "0", "9223372036854775807", "99999999999999999999", "1e309", "-0.5",
      "2026-07-01", "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00Z", "99999999 99:99:99,", "\"\"",
      "<AUDIT_RECORD", "</AUDIT_RECORD>", "&#x110000;", "&#0;", ",QUERY,", "*****", "\t  3 Query\t", "\t  3 Init DB\t",
      "LOG:  ", "ERROR:  ", "STATEMENT:  ", "AUDIT: SESSION,1,1,READ,SELECT,,,", ":  ", "statement: ", "execute x: ",
      "duration: ", " ms", "[1-2] ", "#011", "<none>", "$1 = '", "parameters: ", "connection authorized: user=",
      "\"data\":[",
      "\"event_stream\":[[1e300,\"i\",\"AAAA\"]],",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xEF, 0xBB]]
}
