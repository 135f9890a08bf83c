import AuditTrail
import GoldenCorpus
import Ledger
import Testing

@testable import Replay

/// What is compared of what a client sees.
struct OutputObserverTests {
  private func observer(_ sql: String) -> OutputObserver {
    var observer = OutputObserver(GoldenStatement.plain(sql), key: { $0 }, values: [], canaries: [])
    observer.expect(columns: 1)
    return observer
  }

  private func seen(_ row: String, isPlan: Bool = true, connection: String = "") -> Observation {
    var observer = observer("EXPLAIN SELECT 1")
    observer.showsPlan = isPlan
    observer.connection = Array(connection.utf8)
    observer.observe(columns: 1) { _ in Array(row.utf8) }
    return observer.result.seen
  }

  @Test(arguments: [
    (
      "Seq Scan on visits  (cost=0.00..35.50 rows=2550 width=4) (actual time=0.011..0.012 rows=1 loops=1)",
      "Seq Scan on visits  (cost=0.00..97.30 rows=9100 width=4) (actual time=0.030..0.031 rows=1 loops=1)"
    ),
    ("Planning Time: 0.041 ms", "Planning Time: 1.2 ms"),
    ("\"Total Cost\": 35.50,\n \"Plan Rows\": 2550", "\"Total Cost\": 97.30,\n \"Plan Rows\": 9100"),
  ])
  func `what a plan estimates is not compared`(here: String, there: String) {
    #expect(seen(here) == seen(there))
    #expect(seen(here, isPlan: false) != seen(there, isPlan: false))
  }

  @Test func `what a plan shows of values is`() {
    #expect(seen("Filter: (ssn = '078-05-1101'::text)") != seen("Filter: (ssn = '078-05-1102'::text)"))
  }

  @Test func `the connection's number is not compared`() {
    #expect(seen("by 4711", isPlan: false, connection: "4711") == seen("by 4712", isPlan: false, connection: "4712"))
    #expect(
      seen("by 4711 a", isPlan: false, connection: "4711") != seen("by 4712 b", isPlan: false, connection: "4712"))
  }

  @Test func `a name of a column counts unless the statement holds it`() {
    var (here, there) = (observer("SELECT 1 AS one"), observer("SELECT 1 AS one"))
    here.observe(name: "one")
    there.observe(name: "one")
    #expect(here.result.told(of: 0, again: here.result, there: there.result) == nil)
    here.observe(name: "078-05-1101")
    there.observe(name: "078-05-1102")
    #expect(here.result.told(of: 0, again: here.result, there: there.result) == .derived)
  }
}
