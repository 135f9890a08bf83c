public import AuditTrail
import SQLite

/// Is the ledger whole.
extension Ledger {
  /// What does not hold, one sentence each; none where the ledger is whole.
  public borrowing func problems() throws(AssayError) -> [String] {
    var problems = try changes()
    for (sentence, sql) in Self.checks {
      if let count = try rows(sql).first?.first?.integer, count > 0 { problems.append("\(sentence): \(count).") }
    }
    return problems
  }

  /// What another program changed, one sentence each: every row is compared with the digests that were kept when rows were
  /// written, and every index with the rows, for queries may go by an index alone. None where every row is what this program
  /// wrote, and none is missing.
  public borrowing func changes() throws(AssayError) -> [String] {
    try readAtOnce(2) { (ledger, number) throws(AssayError) in
      number == 0 ? try ledger.damages() : try ledger.changedRows()
    }.flatMap(\.self)
  }

  private borrowing func damages() throws(AssayError) -> [String] {
    var damages: [String] = []
    try query("PRAGMA integrity_check") { row in
      if let text = row.first?.text, text != "ok" { damages.append("The file is damaged: \(text).") }
    }
    return damages
  }

  private borrowing func changedRows() throws(AssayError) -> [String] {
    do {
      let isReading = database.isInTransaction
      if !isReading { try database.execute("BEGIN") }
      let (changes, areSumsChanged) = try seals.changes(in: database)
      if !isReading { try database.execute("COMMIT") }
      var sentences = try sentences(changes)
      if areSumsChanged { sentences.append("The digests that the ledger keeps of its rows were changed.") }
      return sentences
    } catch let error as SQLiteError {
      throw Self.failure(error, path: path)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "An unknown failure in checking a ledger.", at: Place(path))
    }
  }

  private borrowing func sentences(_ changes: [LedgerSeals.Change]) throws(AssayError) -> [String] {
    guard !changes.isEmpty else { return [] }
    var paths: [Int64: String] = [:]
    for row in try rows("SELECT id, path FROM archives") { paths[row[0].integer ?? 0] = row[1].text }
    return changes.map { change in
      let place = change.part == 0 ? "" : " of \(paths[change.part] ?? "an archive that the ledger does not list")"
      let counts =
        change.written == change.present
        ? "\(change.present) rows, and not all are as they were written"
        : "\(change.present) rows, and \(change.written) were written"
      return "The table `\(change.table)`\(place) holds \(counts)."
    }
  }

  /// Fails where another program changed what was read from archives: nothing is measured of it then. What a replay wrote itself
  /// it compares before it uses it again.
  public borrowing func requireRecordsUnchanged() throws(AssayError) {
    let names = Set(seals.tables.map(\.name)).subtracting(Self.replayTables + ["meta"])
    let changes: [LedgerSeals.Change]
    do { changes = try seals.changes(in: database, only: names).rows } catch {
      throw Self.failure(error, path: path)
    }
    guard let first = try sentences(changes).first else { return }
    throw AssayError(
      .changedLedger,
      "The ledger is not as Assay wrote it: \(first) Nothing of it is measured; `assay ledger fsck` lists everything. Make the "
        + "ledger again with `assay ingest`.", at: Place(path))
  }

  /// Fails where another program changed the ledger: no evidence is drawn from it then.
  public borrowing func requireUnchanged() throws(AssayError) {
    let changes = try changes()
    guard let first = changes.first else { return }
    let rest = changes.count > 1 ? " (and \(changes.count - 1) more)" : ""
    throw AssayError(
      .changedLedger,
      "The ledger is not as Assay wrote it: \(first)\(rest) `assay ledger fsck` lists everything. Make the ledger again "
        + "with `assay ingest`; `assay report --no-check` reports it as it is, and says so.", at: Place(path))
  }

  /// Each counts what must not be.
  private static let checks = [
    (
      "Archives whose entries are not accepted, rejected or blank",
      "SELECT count(*) FROM archives WHERE entries <> accepted + rejected + blank"
    ),
    (
      "Archives whose rejected entries are not all kept",
      "SELECT count(*) FROM archives a WHERE rejected <> (SELECT count(*) FROM rejected r WHERE r.archive = a.id)"
    ),
    ("Statements without a session", "SELECT count(*) FROM statements WHERE session NOT IN (SELECT id FROM sessions)"),
    ("Statements without a text", "SELECT count(*) FROM statements WHERE text NOT IN (SELECT id FROM texts)"),
    (
      "Statements that the roll-up does not count",
      "SELECT abs((SELECT count(*) FROM statements) - (SELECT coalesce(sum(statements), 0) FROM rollup))"
    ),
    (
      "Verdicts of statements that are not there",
      "SELECT count(*) FROM verdicts WHERE statement NOT IN (SELECT id FROM statements)"
    ),
    (
      "Verdicts without a measurement",
      "SELECT count(*) FROM verdicts WHERE statement NOT IN (SELECT statement FROM measurements)"
    ),
  ]
}
