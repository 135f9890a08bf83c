import Foundation
import Glibc
import SQLite
import Testing

struct SQLiteTests {
  @Test func `every kind of value comes back as it was bound`() throws {
    let database = try SQLiteDatabase.inMemory()
    var statement = try database.prepare("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7")
    let bytes: [UInt8] = [0x78, 0x00, 0xff]
    try statement.bind(1, Int64.min)
    try statement.bind(2, 0.5)
    try statement.bindNull(3)
    try statement.bind(4, "grün")
    try statement.bind(5, blob: bytes.span)
    try statement.bind(6, "")
    try statement.bind(7, blob: bytes[1..<1])
    #expect(try statement.step())
    #expect(statement.int64(0) == .min)
    #expect(statement.double(1) == 0.5)
    #expect(statement.isNull(2) && statement.optionalText(2) == nil && statement.optionalInt64(2) == nil)
    #expect(statement.text(3) == "grün")
    #expect(statement.bytes(4) == bytes)
    #expect(statement.type(5) == .text && statement.text(5).isEmpty)
    #expect(statement.type(6) == .blob && statement.bytes(6).isEmpty)
    #expect(statement.withBytes(3) { $0.count } == 5)
    #expect(try !statement.step())
    #expect(statement.columnCount == 7 && statement.parameterCount == 7)
  }

  @Test(arguments: ["", "-journal", "-wal", "-shm"])
  func `a pipe is refused and never waited for, also where a journal is looked for`(ending: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/file.db"
    if !ending.isEmpty {
      try SQLiteDatabase(path: path, access: .readWriteCreate).execute("CREATE TABLE t (a)")
    }
    let made = unsafe mkfifo(path + ending, 0o600)
    try #require(made == 0)
    for access in [SQLiteAccess.readOnly, .readWrite, .readWriteCreate, .immutable] {
      #expect(throws: SQLiteError.self) { try SQLiteDatabase(path: path, access: access).execute("SELECT * FROM t") }
    }
  }

  @Test func `a journal that names another file is refused, and that file stays`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/file.db"
    try SQLiteDatabase(path: path, access: .readWriteCreate).execute("CREATE TABLE t (a)")
    let magic: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
    func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    // The head of a journal of no pages, and the record that names another journal.
    let other = try directory.write([1], "other")
    let name = Array(other.utf8)
    let head = magic + number(0) + number(0) + number(2) + number(512) + number(4096)
    let sum = name.reduce(0) { $0 + Int($1) }
    let record = number(0x4000_0000 / 4096 + 1) + name + number(name.count) + number(sum) + magic
    _ = try directory.write(head + [UInt8](repeating: 0, count: 512 - head.count) + record, "file.db-journal")
    // SQLite follows a link and looks beside what it leads to.
    let link = directory.path + "/link.db"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    for access in [SQLiteAccess.readOnly, .readWrite, .readWriteCreate, .immutable] {
      for name in [path, link] {
        #expect(throws: SQLiteError.self) { try SQLiteDatabase(path: name, access: access).execute("SELECT * FROM t") }
      }
    }
    #expect(FileManager.default.fileExists(atPath: other))
  }

  @Test func `a bound range of an array is that range`() throws {
    let database = try SQLiteDatabase.inMemory()
    var statement = try database.prepare("SELECT ?1")
    let line = Array("before,middle,after".utf8)
    try statement.bind(1, text: line[7..<13])
    #expect(try statement.step())
    #expect(statement.text(0) == "middle")
  }

  @Test func `a file's schema is not edited as data, and its views call nothing that reaches out`() throws {
    let database = try SQLiteDatabase.inMemory()
    try database.execute("CREATE TABLE t (a); CREATE VIEW v AS SELECT load_extension('x') AS a")
    #expect(throws: SQLiteError.self) {
      try database.execute("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (b)'")
    }
    let error = #expect(throws: SQLiteError.self) { try database.execute("SELECT a FROM v") }
    #expect(error?.message.contains("unsafe use") == true)
  }

  @Test func `a script runs command by command`() throws {
    let database = try SQLiteDatabase.inMemory()
    let script = Array("CREATE TABLE t(a); -- one;\n INSERT INTO t VALUES(';'); ; SELECT a FROM t;\n-- end".utf8)
    var offset = 0
    var ends: [Int] = []
    var texts: [String] = []
    while var statement = try database.prepareNext(in: script.span, at: &offset) {
      ends.append(offset)
      while try statement.step() { texts.append(statement.text(0)) }
    }
    #expect(ends == [18, 54, 73])
    #expect(texts == [";"])
    #expect(offset == script.count)
  }

  @Test func `a prepared statement says how much of the text it took`() throws {
    let database = try SQLiteDatabase.inMemory()
    let statement = try database.prepare(" SELECT 1; SELECT 2")
    #expect(statement.consumedBytes == 10)
    #expect(statement.isReadOnly && !statement.isExplain)
  }

  @Test(arguments: ["", "  ", "-- nothing", ";;", "SELECT 1\0; DROP TABLE t"])
  func `text without a command, or cut by a NUL, is an error`(sql: String) throws {
    let database = try SQLiteDatabase.inMemory()
    #expect(throws: SQLiteError.self) { _ = try database.prepare(sql) }
  }

  @Test func `a script that a NUL ends is gone through, and a NUL inside of it is an error before anything runs`()
    throws
  {
    let database = try SQLiteDatabase.inMemory()
    let script = Array("CREATE TABLE t (a);INSERT INTO t VALUES (1); -- more\n INSERT INTO t VALUES (2) ;\n\0".utf8)
    var (offset, commands) = (0, 0)
    while var command = try database.prepareNext(inTerminated: script.span, at: &offset) {
      while try command.step() {}
      commands += 1
    }
    #expect((commands, offset) == (3, script.count - 1))
    for wrong in ["", "INSERT INTO t VALUES (3)", "INSERT INTO t VALUES (3);\0 SELECT 1\0"] {
      var offset = 0
      #expect(throws: SQLiteError.self) {
        _ = try database.prepareNext(inTerminated: Array(wrong.utf8).span, at: &offset)
      }
      #expect(offset == 0)
    }
    var count = try database.prepare("SELECT count(*) FROM t")
    #expect(try count.step() && count.int64(0) == 2)
  }

  @Test func `parameters keep their names`() throws {
    let database = try SQLiteDatabase.inMemory()
    let statement = try database.prepare("SELECT $1, :b, ?, @c")
    #expect((1...4).map { statement.parameterName($0) } == ["$1", ":b", nil, "@c"])
    #expect(statement.parameterIndex("@c") == 4 && statement.parameterIndex("d") == nil)
  }

  @Test func `a column's origin is seen through a view`() throws {
    let database = try SQLiteDatabase.inMemory()
    try database.execute("CREATE TABLE p(ssn); CREATE VIEW v AS SELECT ssn AS x FROM p")
    let statement = try database.prepare("SELECT x, x || '' FROM v")
    #expect(statement.columnOrigin(0) == SQLiteColumnOrigin(database: "main", table: "p", column: "ssn"))
    #expect(statement.columnOrigin(1) == nil)
    #expect(statement.columnName(0) == "x")
  }

  @Test(arguments: [
    ("SELECT 'hidden 4711", "SQLITE_ERROR: unrecognized token: …"),
    ("SELECT 1 'a' 'hidden'", "SQLITE_ERROR: near …: syntax error"),
    ("SELECT * FROM hidden", "SQLITE_ERROR: no such table: hidden"),
    ("SELECT * FROM \"123-45-6789\"", "SQLITE_ERROR: no such table: …"),
    ("SELECT hidden FROM t", "SQLITE_ERROR: no such column: …"),
    ("INSERT INTO t(hidden) VALUES (1)", "SQLITE_ERROR: table t has no column named …"),
  ])
  func `a description names the fault and quotes nothing`(sql: String, expected: String) throws {
    let database = try SQLiteDatabase.inMemory()
    try database.execute("CREATE TABLE t(c)")
    let error = try #require(throws: SQLiteError.self) { try database.execute(sql) }
    let text = String(describing: error)
    #expect(text.hasPrefix(expected))
    #expect(!text.contains("4711") && !text.contains("6789"))
    #expect(!error.message.isEmpty)
  }

  @Test func `a constraint's name is in the description and the statement can run again`() throws {
    let database = try SQLiteDatabase.inMemory()
    try database.execute("CREATE TABLE t(c UNIQUE); INSERT INTO t VALUES ('hidden')")
    var insert = try database.prepare("INSERT INTO t VALUES (?)")
    try insert.bind(1, "hidden")
    let error = try #require(throws: SQLiteError.self) { try insert.run() }
    #expect(String(describing: error) == "SQLITE_CONSTRAINT_UNIQUE: UNIQUE constraint failed: t.c")
    try insert.bind(1, "other")
    try insert.run()
    #expect(database.changes == 1 && database.lastInsertRowID == 2 && database.totalChanges == 2)
  }

  @Test func `an error knows its place in the text`() throws {
    let database = try SQLiteDatabase.inMemory()
    let error = try #require(throws: SQLiteError.self) { try database.execute("SELECT 1 FROM FROM") }
    #expect(error.offset == 14 && error.primaryCode == 1 && database.errorOffset == 14)
  }

  @Test func `an image opens as a writable copy`() throws {
    let source = try SQLiteDatabase.inMemory()
    try source.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)")
    let image = try source.serialize()
    let copy = try SQLiteDatabase.inMemory()
    try copy.deserialize(image)
    try copy.execute("INSERT INTO t SELECT randomblob(3000) FROM t a, t b, t c, t d, t e, t f, t g")
    #expect(try count(copy) == 130)
    #expect(try count(source) == 2)
  }

  @Test func `a transaction is undone by rollback and kept by commit`() throws {
    let database = try SQLiteDatabase.inMemory()
    try database.execute("CREATE TABLE t(a)")
    try database.begin()
    try database.execute("INSERT INTO t VALUES (1)")
    #expect(database.isInTransaction == true)
    try database.rollback()
    try database.rollback()
    #expect(try count(database) == 0)
    try database.begin()
    try database.execute("INSERT INTO t VALUES (1)")
    try database.commit()
    #expect(try count(database) == 1)
  }

  @Test func `a statement keeps its database open`() throws {
    var statement = try SQLiteDatabase.inMemory().prepare("SELECT 42")
    #expect(try statement.step())
    #expect(statement.int64(0) == 42)
  }

  @Test func `a missing file is an error unless it may be created`() throws {
    let missing = "/nonexistent-directory/x.db"
    for access in [SQLiteAccess.readOnly, .readWrite, .readWriteCreate] {
      let error = try #require(throws: SQLiteError.self) { _ = try SQLiteDatabase(path: missing, access: access) }
      #expect(error.name.hasPrefix("SQLITE_CANTOPEN"))
    }
    #expect(throws: SQLiteError.self) { _ = try SQLiteDatabase(path: "", access: .readWriteCreate) }
    #expect(throws: SQLiteError.self) { _ = try SQLiteDatabase(path: "file::memory:", access: .readWrite) }
  }

  @Test func `limits hold`() throws {
    let database = try SQLiteDatabase.inMemory()
    for limit in SQLiteLimit.allCases { #expect(database.setLimit(limit, to: -1) > 0) }
    database.setLimit(.sqlLength, to: 20)
    let error = try #require(throws: SQLiteError.self) { try database.execute("SELECT 1 + 2 + 3 + 4 + 5 + 6") }
    #expect(error.name == "SQLITE_TOOBIG")
  }

  private func count(_ database: borrowing SQLiteDatabase) throws -> Int64 {
    var statement = try database.prepare("SELECT count(*) FROM t")
    try statement.step()
    return statement.int64(0)
  }
}
