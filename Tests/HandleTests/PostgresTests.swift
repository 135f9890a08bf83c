import Dispatch
import Foundation
import Glibc
import Postgres
import Testing

@Suite(.disabled(if: PostgresServer.isAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresTests {
  private func open() throws -> PostgresConnection {
    try PostgresConnection(PostgresServer.shared.get())
  }

  @Test func `rows arrive as text with names and types`() throws {
    let connection = try open()
    let result = try connection.execute("SELECT 1 AS one, NULL::text AS none, 'é' AS letter")
    #expect(result.status == .rows)
    #expect((0..<3).map { result.columnName($0) } == ["one", "none", "letter"])
    #expect(result.columnType(0) == 23)
    #expect(result.integer(0, 0) == 1)
    #expect(result.isNull(0, 1) == true)
    #expect(result.optionalText(0, 1) == nil)
    #expect(result.text(0, 2) == "é")
    #expect(result.integer(0, 2) == nil)
    #expect(result.bytes(5, 5).isEmpty)
  }

  @Test func `an error keeps its code and its message apart`() throws {
    let connection = try open()
    let error = try #require(throws: PostgresError.self) {
      _ = try connection.execute("SELECT 'secret'::integer")
    }
    #expect(error.sqlstate == "22P02")
    #expect(error.severity == "ERROR")
    #expect(error.message.contains("secret"))
    #expect("\(error)" == "ERROR 22P02")
    #expect(try connection.execute("SELECT 1").integer(0, 0) == 1)
  }

  @Test func `what the server says while a connection is made is a notice, and nobody prints it`() throws {
    let server = try PostgresServer.shared.get()
    let owner = try open()
    try owner.script("CREATE DATABASE speaking")
    try owner.script(#"ALTER DATABASE speaking SET default_tablespace = E'\x1b]0;pwned\x07'"#)
    let connection = try PostgresConnection(server.with(["dbname": "speaking"]))
    #expect(connection.takeNotices().contains { $0.message.contains("pwned") })
  }

  @Test func `a server that does not answer is not waited for without end`() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    (address.sin_family, address.sin_addr.s_addr) = (sa_family_t(AF_INET), UInt32(0x7F00_0001).bigEndian)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port =
      unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Bool in
          unsafe bind(listener, pointer, length) == 0 && listen(listener, 1) == 0
            && getsockname(listener, pointer, &length) == 0
        }
      } ? UInt16(bigEndian: address.sin_port) : 0
    try #require(port != 0)
    let error = #expect(throws: PostgresError.self) {
      _ = try PostgresConnection(
        PostgresParameters(["hostaddr": "127.0.0.1", "port": "\(port)", "connect_timeout": "1", "sslmode": "disable"]))
    }
    #expect(error?.sqlstate == "08000")
  }

  @Test func `a password is in no description`() throws {
    let parameters = PostgresParameters(["host": "/nowhere", "user": "ana", "password": "hunter2"])
    #expect(!"\(parameters)".contains("hunter2"))
    let error = #expect(throws: PostgresError.self) { _ = try PostgresConnection(parameters) }
    #expect(error?.sqlstate == "08000")
    #expect(error.map { "\($0)" } == "FATAL 08000")
  }

  @Test func `several commands are refused by the extended protocol and run by the simple one`() throws {
    let connection = try open()
    #expect(throws: PostgresError.self) { _ = try connection.execute("SELECT 1; SELECT 2") }
    try connection.script("CREATE TEMP TABLE t (i int); INSERT INTO t VALUES (1), (2)")
    #expect(try connection.execute("SELECT count(*) FROM t").integer(0, 0) == 2)
    #expect(throws: PostgresError.self) { try connection.script("SELECT 1; SELECT 1/0") }
    #expect(throws: PostgresError.self) { try connection.script("SELECT 1\0; SELECT 2") }
  }

  @Test(arguments: [("17", UInt32(23), "17"), ("17", 0, "17"), ("x'); DROP TABLE t --", 25, "x'); DROP TABLE t --")])
  func `values are bound, typed or not`(_ value: String, _ type: UInt32, _ expected: String) throws {
    let connection = try open()
    let result = try connection.execute("SELECT $1::text", [PostgresValue(value, type: type == 23 ? 0 : type)])
    #expect(result.text(0, 0) == expected)
    #expect(try connection.execute("SELECT $1::text IS NULL", [PostgresValue(nil, type: type)]).text(0, 0) == "t")
  }

  @Test func `a prepared command says its types and where its columns come from`() throws {
    let connection = try open()
    try connection.script("CREATE TEMP TABLE visits (id int, note text)")
    let table = try connection.execute("SELECT 'visits'::regclass::oid").integer(0, 0)
    try connection.prepare("p", "SELECT note, upper(note) FROM visits WHERE id = $1")
    let description = try connection.describe("p")
    #expect(description.parameterTypes == [23])
    #expect(description.columnCount == 2)
    #expect(Int64(description.columnTable(0)) == table)
    #expect(description.columnNumber(0) == 2)
    #expect(description.columnTable(1) == 0)
    #expect(try connection.execute(prepared: "p", [PostgresValue("1")]).rowCount == 0)
  }

  @Test(arguments: [
    ("INSERT INTO t SELECT generate_series(1, 3)", Int64?.some(3), "INSERT 0 3"), ("UPDATE t SET i = 2", 2, "UPDATE 2"),
    ("DELETE FROM t WHERE i = 9", 0, "DELETE 0"), ("TRUNCATE t", nil, "TRUNCATE TABLE"),
  ])
  func `the tag counts what the command changed`(_ sql: String, _ count: Int64?, _ tag: String) throws {
    let connection = try open()
    try connection.script("CREATE TEMP TABLE t (i int); INSERT INTO t VALUES (1), (2)")
    let result = try connection.execute(sql)
    #expect(result.commandCount == count)
    #expect(result.commandTag == tag)
  }

  @Test func `notices come in order and once`() throws {
    let connection = try open()
    try connection.script("DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two' USING ERRCODE = 'AS001'; END $$")
    let notices = connection.takeNotices()
    #expect(notices.map(\.message) == ["one", "two"])
    #expect(notices.map(\.sqlstate) == ["00000", "AS001"])
    #expect(connection.takeNotices().isEmpty)
  }

  @Test func `an error or a notice longer than is looked through says only that`() throws {
    let connection = try open()
    for field in ["MESSAGE", "DETAIL", "HINT"] {
      let raise = "RAISE EXCEPTION USING ERRCODE = 'AS001', \(field) = repeat('x', 17 << 20)"
      let error = try #require(throws: PostgresError.self) { try connection.script("DO $$ BEGIN \(raise); END $$") }
      #expect(error.sqlstate == "53000")
      #expect(error.said.joined().utf8.count < 100)
    }
    try connection.script("DO $$ BEGIN RAISE NOTICE USING MESSAGE = repeat('x', 17 << 20); END $$")
    #expect(connection.lostNotices == 1)
    #expect(connection.takeNotices().isEmpty)
  }

  /// In a process of its own: the memory of this one is that of every test that runs beside.
  @Test func `what is notified is not kept`() async throws {
    let host = try #require(try PostgresServer.shared.get()["host"])
    await #expect(processExitsWith: .success) { [host = host as String] in
      let connection = try PostgresConnection(PostgresServer.parameters(host: host))
      let before = try residentBytes()
      try connection.script("LISTEN a")
      let sent = "pg_notify('a', repeat('x', 7900) || i) FROM generate_series(1, 30000) AS i"
      try connection.script("SELECT count(*) FROM (SELECT \(sent)) AS sent")
      try connection.send("SELECT 1")
      while try connection.nextResult() != nil {}
      #expect(try residentBytes() - before < 100 << 20)
    }
  }

  @Test func `rows can be taken one by one`() throws {
    let connection = try open()
    try connection.send("SELECT generate_series(1, 1000)")
    connection.setSingleRowMode()
    var (rows, ends) = (0, 0)
    while let result = try connection.nextResult() {
      if result.status == .singleRow { rows += result.rowCount } else { ends += 1 }
    }
    #expect(rows == 1000)
    #expect(ends == 1)
  }

  @Test func `in a pipeline an error skips its group and no more`() throws {
    let connection = try open()
    try connection.enterPipeline()
    for sql in ["SELECT 1", "SELECT 1/0", "SELECT 3"] { try connection.send(sql) }
    try connection.sync()
    try connection.send("SELECT 4")
    try connection.sync()
    var seen: [PostgresResult.Status] = []
    var syncs = 0
    while syncs < 2 {
      while let result = try connection.nextResult() {
        seen.append(result.status)
        if result.status == .pipelineSync {
          syncs += 1
          break
        }
      }
    }
    #expect(seen == [.rows, .error, .pipelineAborted, .pipelineSync, .rows, .pipelineSync])
    try connection.exitPipeline()
    #expect(try connection.execute("SELECT 5").integer(0, 0) == 5)
  }

  @Test func `a long pipeline does not block both sides`() throws {
    let connection = try open()
    try connection.enterPipeline()
    let count = 3000
    for index in 0..<count {
      try connection.send("SELECT repeat('x', 2000), $1::text", [PostgresValue(String(repeating: "y", count: 500))])
      if index % 100 == 99 { try connection.sync() }
    }
    var rows = 0
    var syncs = 0
    while syncs < count / 100 {
      guard let result = try connection.nextResult() else { continue }
      if result.status == .rows { rows += 1 }
      if result.status == .pipelineSync { syncs += 1 }
    }
    try connection.exitPipeline()
    #expect(rows == count)
  }

  @Test func `copy goes in and out`() throws {
    let connection = try open()
    try connection.script("CREATE TEMP TABLE t (i int, s text)")
    let into = try connection.execute("COPY t FROM STDIN")
    #expect(into.status == .copyIn)
    try connection.putCopy(Array("1\ta\n2\tb\n".utf8))
    try connection.endCopy()
    var tags: [String] = []
    while let result = try connection.nextResult() { tags.append(result.commandTag) }
    #expect(tags == ["COPY 2"])
    let out = try connection.execute("COPY t TO STDOUT")
    #expect(out.status == .copyOut)
    var lines: [String] = []
    while let line = try connection.nextCopyLine() { lines.append(String(decoding: line, as: UTF8.self)) }
    while try connection.nextResult() != nil {}
    #expect(lines == ["1\ta\n", "2\tb\n"])
  }

  @Test func `a running command is cancelled from another thread`() throws {
    let connection = try open()
    let canceller = try connection.canceller()
    try connection.send("SELECT pg_sleep(60)")
    // A cancel that arrives before the command has begun is lost.
    let done = DispatchSemaphore(value: 0)
    let threads = DispatchGroup()
    DispatchQueue.global().async(group: threads) {
      repeat { canceller.cancel() } while done.wait(timeout: .now() + .milliseconds(20)) == .timedOut
    }
    let result = try connection.nextResult()
    done.signal()
    threads.wait()
    let state = result?.error?.sqlstate
    #expect(state == "57014")
    while try connection.nextResult() != nil {}
    #expect(try connection.execute("SELECT 1").integer(0, 0) == 1)
  }

  @Test func `the transaction's state is known`() throws {
    let connection = try open()
    #expect(connection.transactionStatus == .idle)
    try connection.script("BEGIN")
    #expect(connection.transactionStatus == .inTransaction)
    #expect(throws: PostgresError.self) { _ = try connection.execute("SELECT 1/0") }
    #expect(connection.transactionStatus == .failed)
    try connection.script("ROLLBACK")
    #expect(connection.transactionStatus == .idle)
  }
}

private func residentBytes() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return (Int(status[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
