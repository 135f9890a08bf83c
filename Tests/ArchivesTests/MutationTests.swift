import Archives
import AuditTrail
import Foundation
import Testing

/// Damaged logs of every format: no crash, and each entry is accepted, rejected or blank.
///
/// `ASSAY_FUZZ_ROUNDS` says how many damaged logs of each sample are read; a failure names the seed that makes it again.
@Suite struct MutationTests {
  private static let rounds = ProcessInfo.processInfo.environment["ASSAY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 20

  /// SplitMix64: the same seed gives the same numbers everywhere.
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let tokens = [
    "\n", "\"", "'", "\\", ",", "{", "}", "[", "]", "<", ">", "/>", "\t", "\0", "\u{FEFF}", "é", "9223372036854775807",
    "-1", "null",
    "<AUDIT_RECORD", "</AUDIT_RECORD>", ",QUERY,", "&#x110000;", "&#0;", "2026-07-01", "99999999 99:99:99,", "\r\n",
    "*****",
  ].map { Array($0.utf8) }

  private static func damaged(_ bytes: [UInt8], _ numbers: inout Numbers) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &numbers) {
      let place = Int.random(in: 0...bytes.count, using: &numbers)
      let end = min(bytes.count, place + Int.random(in: 0...80, using: &numbers))
      switch Int.random(in: 0..<6, using: &numbers) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &numbers)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
      case 3: bytes.insert(contentsOf: tokens.randomElement(using: &numbers) ?? [], at: place)
      case 4: bytes.removeSubrange(end...)
      default:
        let part = Array(bytes[place..<end])
        bytes.removeSubrange(place..<end)
        bytes.insert(contentsOf: part, at: Int.random(in: 0...bytes.count, using: &numbers))
      }
    }
    return bytes
  }

  private static let mapping: FieldMapping = {
    var mapping = FieldMapping(layout: .csv(separator: UInt8(ascii: ","), columns: nil))
    mapping.sources = [
      .time: .fields([["ts"]]), .statement: .fields([["sql"]]), .user: .fields([["who"]]), .rows: .fields([["n"]]),
    ]
    mapping.timeFormat = .pattern("%Y-%m-%d %H:%M:%S.%f%z")
    return mapping
  }()

  private static let jsonMapping: FieldMapping = {
    var mapping = FieldMapping(layout: .jsonLines)
    mapping.sources = [
      .time: .fields([["t"]]), .statement: .fields([["q", "sql"]]), .decision: .fields([["d"]]),
      .duration: .fields([["ms"]]),
    ]
    (mapping.timeFormat, mapping.decisions) = (.epoch(unitsPerSecond: 1000), ["ALLOW": .allow])
    return mapping
  }()

  private static let general = """
    mysqld, Version: 8.0.36 (x). started with:
    Tcp port: 0  Unix socket: s
    Time\t\t    Id Command\tArgument
    260701  9:00:00\t     3 Connect\troot@localhost as team on shop using Socket
    \t\t     3 Query\texecute s
    \t\t     3 Execute\tselect 1
    continued
    2026-07-01T09:00:02.000001Z\t     3 Change user\tana@localhost on
    2026-07-01T09:00:02.000001Z\t     3 Quit\t

    """

  private static let audit = [
    MySQLSamples.audit(0, "CONNECT", ""), MySQLSamples.audit(5, "WRITE", "t", code: ""),
    MySQLSamples.audit(6, "QUERY", "'insert into log values (1)'"),
    MySQLSamples.audit(5, "QUERY", #"'insert into t values (\'a\')'"#),
    MySQLSamples.audit(9, "CHANGEUSER", ""), MySQLSamples.audit(0, "DISCONNECT", ""),
    "1782896400000000,aurora-1,admin,10.0.0.9,11,30,QUERY,shop,'select 1',0",
    "<14>Jul  1 09:00:01 db-1 mysql-server_auditing[812]: db-1,root,localhost,3,1,QUERY,shop,'select 1',0",
  ].joined(separator: "\n")

  private static let xml = """
    <?xml version="1.0"?><AUDIT><AUDIT_RECORD NAME="Query" RECORD="2_2026" TIMESTAMP="2026-07-01T09:00:02 UTC" CONNECTION_ID="7" \
    STATUS="0" SQLTEXT="SELECT &quot;&#10;&quot;" USER="a[b] @ c [d]"/>
    <AUDIT_RECORD><TIMESTAMP>2026-07-01T09:00:02 UTC</TIMESTAMP><NAME>Connect</NAME><CONNECTION_ID>7</CONNECTION_ID></AUDIT_RECORD></AUDIT>
    """

  private static let csv = #"""
    "Connect","1_2026-07-01T08:00:00","2026-07-01T09:00:01 UTC","7",0,"ana","app","ana.k","","db-client","10.0.0.7","shop"
    "Query","2_2026-07-01T08:00:00","2026-07-01T09:00:02 UTC","select","7",0,"SELECT ""x""","app[app] @ c []","c","","","shop"
    """#

  private static let samples: [(ArchiveFormat, String)] = [
    (known("mysql.audit_json"), "[\n" + (MySQLSamples.records + MySQLSamples.six).joined(separator: ",\n") + "\n]"),
    (known("mysql.audit_json"), (MySQLSamples.records + MySQLSamples.six).joined(separator: ",")),
    (
      known("percona.audit_json"),
      [MySQLSamples.perconaConnect, MySQLSamples.perconaQuery(2, "SELECT 1")].joined(separator: "\n")
    ),
    (known("percona.audit_csv"), csv), (known("mysql.audit_xml"), xml), (known("mariadb.server_audit"), audit),
    (known("mysql.general_log"), general),
    (
      .mapped(mapping, name: "m"),
      "ts,sql,who,n\n2026-07-01 09:00:00.5+0200,\"select \"\"1\"\"\n\",ana,3\n2026-07-01 09:00:00.5Z,x,,\n"
    ),
    (.mapped(jsonMapping, name: "j"), #"{"t":1782896400000,"q":{"sql":"select 1"},"d":"ALLOW","ms":1.5}"# + "\n"),
  ]

  private static func known(_ name: String) -> ArchiveFormat {
    guard let format = ArchiveFormat(rawValue: name) else { preconditionFailure("There is no format \(name)") }
    return format
  }

  @Test(arguments: samples.indices)
  func `whatever is in a log, its entries add up`(_ index: Int) throws {
    let (format, text) = Self.samples[index]
    for seed in 0..<Self.rounds {
      var numbers = Numbers(state: UInt64(seed) &* 1000 &+ UInt64(index))
      let bytes = Self.damaged(Array(text.utf8), &numbers)
      var options = MySQLSamples.utc
      options.logYear = 2026
      if seed % 4 == 0 { options.maximumEntryBytes = 100 }
      let reading = try read(bytes, as: format, options)
      #expect(reading.addsUp, "\(format.name), seed \(seed)")
      #expect(Int64(reading.statements.count) <= reading.summary.accepted, "\(format.name), seed \(seed)")
      // What no one names: the same bytes are told, or are of no known format.
      if let error = assayError({ _ = try read(bytes, options) }) {
        #expect(error.code.category == .badData, "\(format.name), seed \(seed): \(error)")
      }
    }
  }
}
