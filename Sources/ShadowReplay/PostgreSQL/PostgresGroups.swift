import Ledger

extension PostgresSessionRun {
  /// How many statements from here on may run in one group; 1 where the next one runs alone.
  func groupLength(_ statements: [StatementEntry], from position: Int) -> Int { 1 }

  /// Runs a group; gives how many of its statements are measured.
  func measureGroup(_ statements: [StatementEntry], from position: Int, count: Int) throws -> Int { 0 }
}
