import Archives
import AuditTrail

/// Logs of MySQL's family, written to the shapes that their servers write.
enum MySQLSamples {
  /// Options under which times without a zone are UTC.
  static var utc: ReadOptions {
    var options = ReadOptions()
    options.zone = { _, _ in 0 }
    return options
  }

  static let account =
    #""account":{"user":"app","host":"10.0.0.%"},"login":{"user":"app","os":"","ip":"10.0.0.7","proxy":""}"#

  /// A record of Enterprise Audit.
  static func record(
    _ second: Int, _ id: Int, _ kind: String, _ event: String, connection: Int = 7, _ rest: String = "",
    account: String = account
  ) -> String {
    let time = "2026-07-01 09:00:\(second < 10 ? "0" : "")\(second)"
    return
      #"{"timestamp":"\#(time)","id":\#(id),"class":"\#(kind)","event":"\#(event)","connection_id":\#(connection),\#(account)\#(rest)}"#
  }

  static func general(_ sql: String, status: Int = 0, command: String = "Query") -> String {
    #","general_data":{"command":"\#(command)","sql_command":"select","query":"\#(sql)","status":\#(status)}"#
  }

  static let connect = record(
    0, 0, "connection", "connect",
    #","connection_data":{"connection_type":"ssl","status":0,"db":"shop","connection_attributes":{"program_name":"mysql","_client_name":"libmysql"}}"#
  )

  /// A session of four statements, one of which failed and one of which was refused.
  static let records = [
    record(0, 0, "audit", "startup", connection: 0, #","startup_data":{"server_id":1,"mysql_version":"8.4.0"}"#),
    connect,
    record(1, 0, "general", "status", general("SELECT 1")), record(1, 1, "general", "status", general("SELECT 2")),
    record(2, 0, "general", "status", general("SELEC", status: 1064)),
    record(2, 1, "general", "status", general("DELETE FROM t", status: 1142)),
    record(3, 0, "connection", "disconnect", #","connection_data":{"status":0}"#),
  ]

  /// What Percona writes for one statement.
  static let six = [
    record(1, 0, "command", "start"), record(1, 1, "general", "log", general("SELECT * FROM t")),
    record(1, 2, "query", "start", #","query_data":{"query":"SELECT * FROM t","status":0}"#),
    record(1, 3, "table_access", "read", #","table_access_data":{"db":"shop","table":"t","query":"SELECT * FROM t"}"#),
    record(1, 4, "query", "status_end", #","query_data":{"query":"SELECT * FROM t","status":0}"#),
    record(1, 5, "general", "status", general("SELECT * FROM t")), record(1, 6, "command", "end"),
  ]

  static func percona(_ name: String, _ number: Int, _ rest: String) -> String {
    #"{"audit_record":{"name":"\#(name)","record":"\#(number)_2026-07-01T08:00:00","timestamp":"2026-07-01T09:00:0\#(number % 10) UTC"\#(rest)}}"#
  }

  static func perconaQuery(_ number: Int, _ sql: String, status: Int = 0, name: String = "Query") -> String {
    percona(
      name, number,
      #","command_class":"select","connection_id":"7","status":\#(status),"sqltext":"\#(sql)","user":"app[app] @ db-client [10.0.0.7]","host":"db-client","os_user":"","ip":"10.0.0.7","db":"shop""#
    )
  }

  static let perconaConnect = percona(
    "Connect", 1,
    #","connection_id":"7","status":0,"user":"ana","priv_user":"app","os_login":"ana.k","proxy_user":"","host":"db-client","ip":"10.0.0.7","db":"shop""#
  )

  /// A line of server_audit.
  static func audit(
    _ query: Int, _ operation: String, _ object: String, code: String = "0", connection: Int = 3, second: Int = 1,
    host: String = "localhost", database: String = "shop"
  ) -> String {
    "20260701 09:00:\(second < 10 ? "0" : "")\(second),db-1,root,\(host),\(connection),\(query),\(operation),\(database),\(object),\(code)"
  }
}
