import AuditTrail
import Ledger
import Testing

@testable import Replay

/// What the search concludes from worlds, without any database: one statement reads one column.
struct LeakSearchTests {
  /// Worlds of one column. `own` is what the client sees with the column's own values, run by run; `changed` with others.
  private struct Worlds: LeakWorlds {
    let statements: [StatementEntry]
    let own, again, changed: [[String]]
    var flows: Bool? = true
    let isRepeatable = false

    func name(of column: Int) -> String { ["people.email", "everyone.email"][column] }
    func ancestors(of column: Int) -> [Int] { column == 0 ? [1] : [] }
    func hasValues(_ column: Int) -> Bool { true }
    func isRead(_ column: Int, by position: Int, in run: SessionRun) -> Bool { true }
    func flowsOut(_ column: Int, _ here: ObservedRows, _ position: Int, in run: SessionRun) -> Bool? { flows }
    func ordersRows(_ position: Int) -> Bool { false }
    func sendsElsewhere(_ position: Int) -> Bool { false }

    func run(
      upTo last: Int, in world: LeakWorld, of column: Int, observing plan: ObservationPlan
    ) throws(AssayError) -> SessionRun? {
      var run = SessionRun()
      switch world {
      case .own, .searched: run.observed[0] = observed(own)
      case .ownAgain: run.observed[0] = observed(again)
      case .changed: run.observed[0] = observed(changed)
      }
      return run
    }

    func observed(_ rows: [[String]]) -> ObservedRows {
      var result = ObservedRows()
      result.seen.columns = Array(repeating: RowHash.basis, count: rows.first?.count ?? 0)
      for row in rows {
        var hash = RowHash.basis
        for (column, cell) in row.enumerated() {
          let value = RowHash.hash(Array(cell.utf8), into: RowHash.basis)
          hash = RowHash.mix(hash, value)
          result.seen.add(cell: value, in: column)
          if cell.hasSuffix("@example.org") { result.verbatim.insert(0) }
        }
        result.seen.add(row: hash)
      }
      return result
    }
  }

  private func leak(_ own: [[String]], _ again: [[String]], _ changed: [[String]], flows: Bool? = true) throws -> Leak {
    try effect(own, again, changed, flows: flows).leak
  }

  private func effect(
    _ own: [[String]], _ again: [[String]], _ changed: [[String]], flows: Bool? = true, origins: Set<Int> = []
  ) throws -> Effect {
    let statement = StatementEntry(
      id: 1, session: 1, sequence: 1, time: Timestamp(nanoseconds: 1), textID: 1, sql: "SELECT", parameters: nil,
      decision: Decision(action: .allow), outcome: .ran, approval: nil, approved: false, result: nil, unit: nil,
      completeness: [])
    let worlds = Worlds(statements: [statement], own: own, again: again, changed: changed, flows: flows)
    var run = SessionRun()
    run.effects = [Effect(.ran)]
    run.observed[0] = worlds.observed(own)
    run.observed[0]?.origins = origins
    run.sensitiveReads[0] = [0]
    try LeakSearch(worlds: worlds).add(to: &run)
    return run.effects[0]
  }

  private static let (ana, ben, other) = ("ana@example.org", "ben@example.org", "xyz")

  @Test func `values that are in the rows are a raw leak, wherever the rows stand`() throws {
    let (ana, ben, other) = (Self.ana, Self.ben, Self.other)
    #expect(try leak([[ana], [ben]], [[ana], [ben]], [[other], [other]]) == .raw)
    // The same rows in another order, as after writes under load.
    #expect(try leak([[ana], [ben]], [[ben], [ana]], [[other], [other]]) == .raw)
    // Beside a value that is another each time.
    #expect(try leak([[ana, "1"], [ben, "2"]], [[ben, "3"], [ana, "4"]], [[other, "5"], [other, "6"]]) == .raw)
    // Another choice of rows each time.
    #expect(try leak([[ana]], [[ben]], [[other]]) == .raw)
  }

  @Test func `where an output does not hold still the text decides whether it shows the column`() throws {
    #expect(try leak([["1"]], [["2"]], [["3"]]) == .derived)
    #expect(try leak([["1"]], [["2"]], [["3"]], flows: nil) == .derived)
    #expect(try leak([["1"]], [["2"]], [["3"]], flows: false) == .none)
    #expect(try leak([["a", "1"]], [["a", "2"]], [["a", "3"]]) == .derived)
  }

  @Test func `what is another each time by itself says nothing of the column`() throws {
    #expect(try leak([[Self.ana]], [[Self.ben]], [["x"]], flows: false) == .none)
    #expect(try leak([["1"], ["2"]], [["2"], ["1"]], [["1"], ["2"]]) == .none)
  }

  @Test func `what an heir shows is of its ancestor's column too, and masked with that where it is asked for by that`()
    throws
  {
    let (ana, other) = (Self.ana, Self.other)
    let byItself = try effect([[ana]], [[ana]], [[other]])
    #expect(byItself.leakedColumns == ["everyone.email", "people.email"])
    #expect(byItself.unmaskableColumns == ["everyone.email"])
    let byAncestor = try effect([[ana]], [[ana]], [[other]], origins: [1])
    #expect(byAncestor.leakedColumns == ["everyone.email", "people.email"])
    #expect(byAncestor.unmaskableColumns == [])
  }

  @Test func `each text of a notice or an error is compared by itself`() {
    func told(_ own: [String], _ again: [String], _ changed: [String]) -> Leak? {
      func observed(_ texts: [String]) -> ObservedRows {
        var result = ObservedRows()
        for text in texts {
          let verbatim: Set<Int> = text.contains("@example.org") ? [0] : []
          result.texts.append(ObservedText(Array(text.utf8), verbatim: verbatim))
          result.verbatim.formUnion(verbatim)
        }
        return result
      }
      return observed(own).told(of: 0, again: observed(again), there: observed(changed))
    }
    #expect(told(["ana"], ["ana"], ["ana"]) == nil)
    #expect(told(["ana"], ["ana"], ["xyz"]) == .derived)
    #expect(told(["1", "ana"], ["2", "ana"], ["3", "xyz"]) == .derived)
    #expect(told(["1", "ana"], ["2", "ana"], ["3", "ana"]) == nil)
    #expect(told(["ana@example.org 1"], ["ana@example.org 2"], ["xyz 3"]) == .raw)
    // What stands there in any world is not the column's.
    #expect(told(["ana@example.org 1"], ["ana@example.org 2"], ["ana@example.org 3"]) == nil)
    // As many each time, and more in another world.
    #expect(told(["1"], ["2"], ["3", "4"]) == .derived)
    #expect(told(["1"], ["2", "3"], ["4", "5", "6"]) == nil)
  }
}
