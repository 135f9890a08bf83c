public import AuditTrail
import Digests
import SQLite

/// How far a sink was sent what the ledger holds.
public struct ExportCursor: Sendable, Hashable {
  /// The row's id; 0 before it is stored.
  public var id: Int64 = 0
  /// What names it: the sink, and what is sent there.
  public let name: String
  /// The last statement that was taken or refused, by its row id.
  public var position: Int64 = 0
  /// How many records were taken, ever.
  public var delivered: Int64 = 0
  /// How many were refused, ever.
  public var refused: Int64 = 0

  /// A cursor at the beginning.
  public init(name: String) { self.name = name }
}

/// What there is to send at one moment.
public struct ExportState: Sendable, Hashable {
  /// Whether all that was read is concluded; while another process reads archives it is not.
  public let isFinished: Bool
  /// The last statement, by its row id.
  public let last: Int64
  /// A digest of everything but the cursors.
  public let content: [UInt8]
}

extension Ledger {
  /// What there is to send now.
  public borrowing func exportState() throws(AssayError) -> ExportState {
    try atOneMoment { () throws(AssayError) in
      var content: [String?] = []
      try query("SELECT name, part, digest FROM seals WHERE name NOT IN ('', 'export_cursors', 'exported_conclusions')")
      {
        content += [$0[0].text, $0[1].integer.map(String.init), $0[2].bytes.map(Hex.encode)]
      }
      let last = try rows("SELECT coalesce(max(id), 0) FROM statements").first?.first?.integer
      let finished = try rows("SELECT value FROM meta WHERE key = 'finished'").first?.first?.text
      return ExportState(
        isFinished: finished == "1", last: last ?? 0, content: SHA256Digest(of: packed(content)).bytes)
    }
  }

  /// How many statements lie behind one and up to another.
  public borrowing func statementCount(after first: Int64, upTo last: Int64) throws(AssayError) -> Int64 {
    let sql = """
      SELECT count(*) FROM statements WHERE id > ?1 AND id <= ?2 AND session NOT IN (SELECT session FROM witnesses)
      """
    return try rows(sql, [.integer(first), .integer(last)]).first?.first?.integer ?? 0
  }

  /// The cursor of that name; one at the beginning where there is none.
  public borrowing func exportCursor(_ name: String) throws(AssayError) -> ExportCursor {
    var cursor = ExportCursor(name: name)
    let sql = "SELECT id, position, delivered, refused FROM export_cursors WHERE name = ?1"
    guard let row = try rows(sql, [.text(name)]).first else { return cursor }
    cursor.id = row[0].integer ?? 0
    (cursor.position, cursor.delivered) = (row[1].integer ?? 0, row[2].integer ?? 0)
    cursor.refused = row[3].integer ?? 0
    return cursor
  }

  /// The digest under which a conclusion was sent last; `nil` where it never was.
  public borrowing func exportedConclusion(_ uid: String, by cursor: ExportCursor) throws(AssayError) -> [UInt8]? {
    try rows(
      "SELECT digest FROM exported_conclusions WHERE cursor = ?1 AND uid = ?2", [.integer(cursor.id), .text(uid)]
    ).first?.first?.bytes
  }

  /// Stores the cursor, and the conclusions that were sent since, in one transaction. Another process may write the ledger
  /// between two of them; throws `in_use` where one writes for longer than a few seconds.
  public borrowing func store(
    _ cursor: inout ExportCursor, conclusions: [(uid: String, digest: [UInt8])] = []
  ) throws(AssayError) {
    try requireWritable()
    do {
      try begin()
      try write(
        """
        INSERT INTO export_cursors (name, position, delivered, refused) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (name) DO UPDATE SET position = ?2, delivered = ?3, refused = ?4
        """,
        [.text(cursor.name), .integer(cursor.position), .integer(cursor.delivered), .integer(cursor.refused)])
      if cursor.id == 0 {
        var find = try database.prepare("SELECT id FROM export_cursors WHERE name = ?1")
        try find.bind(1, cursor.name)
        if try find.step() { cursor.id = find.int64(0) }
      }
      for conclusion in conclusions {
        try write(
          "INSERT OR REPLACE INTO exported_conclusions VALUES (?1, ?2, ?3)",
          [.integer(cursor.id), .text(conclusion.uid), .bytes(conclusion.digest)])
      }
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Puts a cursor back to the beginning: everything is sent again.
  public borrowing func restart(_ cursor: inout ExportCursor) throws(AssayError) {
    try requireWritable()
    do {
      try begin()
      try write("DELETE FROM exported_conclusions WHERE cursor = ?1", [.integer(cursor.id)])
      try write("DELETE FROM export_cursors WHERE id = ?1", [.integer(cursor.id)])
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
    cursor = ExportCursor(name: cursor.name)
  }
}
