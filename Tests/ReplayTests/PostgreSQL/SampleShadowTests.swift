import Foundation
import Postgres
import SQLite
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// The sample's shadows: each PostgreSQL script makes the tables and rows of its SQLite twin.
@Suite(.disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct SampleShadowTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../samples/shadow").standardizedFileURL

  private func script(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
  }

  /// What is compared of each column: how often it is there, its least and greatest value, and the length of all.
  private func query(_ table: String, _ columns: [String]) -> String {
    let parts = columns.map { column in
      let text = "CAST(\(column) AS TEXT)"
      return "count(\(column)), min(\(text)), max(\(text)), sum(length(\(text)))"
    }
    return "SELECT \(parts.joined(separator: ", ")) FROM \(table)"
  }

  @Test(arguments: ["clinic", "staging"])
  func `both scripts make the same rows`(_ name: String) throws {
    let sqlite = try SQLiteDatabase.inMemory()
    try sqlite.execute(script("\(name).sql"))
    let pool = try SharedCluster.cluster.pool(script("\(name).postgresql.sql"))
    defer { pool.close() }
    let postgres = try PostgresConnection(pool.take().connection)
    var tables: [String: [String]] = [:]
    var names = try sqlite.prepare(
      "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')")
    while try names.step() { tables[names.text(0), default: []].append(names.text(1)) }
    #expect(tables.count == 15)
    for (table, columns) in tables.sorted(by: { $0.key < $1.key }) {
      let query = query(table, columns)
      var row = try sqlite.prepare(query)
      try #require(try row.step())
      let other = try postgres.execute(query)
      for index in 0..<(columns.count * 4) {
        #expect(row.text(index) == other.text(0, index), "\(table).\(columns[index / 4])")
      }
    }
    // Whole, where it is small.
    guard name == "staging" else { return }
    for (table, columns) in tables where columns.first == "id" {
      let query = "SELECT \(columns.joined(separator: ", ")) FROM \(table) ORDER BY id"
      var rows = try sqlite.prepare(query)
      let others = try postgres.execute(query)
      var index = 0
      while try rows.step() {
        for column in columns.indices where rows.text(column) != others.text(index, column) {
          Issue.record("\(table) row \(index + 1): \(columns[column]) differs")
        }
        index += 1
      }
      #expect(index == others.rowCount, "\(table)")
    }
  }
}
