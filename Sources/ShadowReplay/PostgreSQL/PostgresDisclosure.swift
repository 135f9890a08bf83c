import AuditTrail
import Ledger

struct PostgresDisclosure {
  let clones: PostgresClones
  init(_ clones: PostgresClones) { self.clones = clones }
  func close() {}
  func add(to run: inout SessionRun, of statements: [StatementEntry], engine: String, _ isolation: PostgresIsolation)
    throws(AssayError)
  {}
}
