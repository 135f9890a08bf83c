import Foundation
import Glibc
import Postgres
import ThrowAwayServers

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// Set where the machine has no PostgreSQL on purpose.
let postgresIsAbsentOnPurpose = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil

extension PostgresCluster {
  /// How a user's own client would connect as the superuser: names mean what is in the schema `public` too.
  func client(_ database: String) -> PostgresParameters {
    admin.with(["dbname": database, "options": "-c timezone=UTC"])
  }
}

/// One throw-away cluster for all tests that leave nothing on it but databases of their own; it goes with the process.
enum SharedCluster {
  private static let started = Result {
    let cluster = try ScriptCluster()
    atexit { closeShadows() }
    return cluster
  }

  /// The cluster, or why there is none.
  static var cluster: ScriptCluster {
    get throws { try started.get() }
  }
}
