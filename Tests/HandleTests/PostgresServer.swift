import Foundation
import Glibc
import Postgres

/// A throw-away PostgreSQL server for the tests of this process: a Unix socket in a private folder, no network, no fsync.
///
/// It is started when first asked for. A small shell waits for this process to end, however it ends, and then stops the
/// server and removes the folder.
enum PostgresServer {
  /// Set where the machine has no PostgreSQL on purpose; then tests that need one are skipped, saying so.
  static let isAbsentOnPurpose = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil

  /// How the server is reached as its superuser, or why there is none.
  static let shared = Result { try start() }

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  private static func start() throws -> PostgresParameters {
    guard let binaries = binaries() else {
      throw Missing(
        description:
          "no PostgreSQL server is installed: apt-get install postgresql, or set ASSAY_TEST_WITHOUT_POSTGRESQL=1")
    }
    let folder = "/tmp/assay-handle-\(getpid())"
    let script = """
      set -e
      cd /
      umask 077
      mkdir '\(folder)'
      as=""
      if [ "$(id -u)" = 0 ]; then chown postgres '\(folder)'; as="runuser -u postgres --"; fi
      $as '\(binaries)/initdb' -D '\(folder)/data' -U postgres -A trust -E UTF8 --locale=C --no-sync >'\(folder)/log' 2>&1
      $as '\(binaries)/pg_ctl' -D '\(folder)/data' -w -l '\(folder)/server.log' \
        -o "-c listen_addresses='' -c unix_socket_directories='\(folder)' -c fsync=off" start >/dev/null 2>&1 </dev/null
      (
        trap '' INT TERM HUP
        while kill -0 \(getpid()) 2>/dev/null; do sleep 0.2; done
        $as '\(binaries)/pg_ctl' -D '\(folder)/data' -m immediate stop
        rm -rf '\(folder)'
      ) >/dev/null 2>&1 </dev/null &
      """
    // Not `Process`: it waits until the server, which inherits its socket, has ended too.
    guard unsafe system(script) == 0 else {
      let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
      throw Missing(description: "the PostgreSQL server did not start: \(log.suffix(500))")
    }
    return parameters(host: folder)
  }

  /// How the server whose socket is in a folder is reached.
  static func parameters(host folder: String) -> PostgresParameters {
    PostgresParameters(["host": folder, "user": "postgres", "dbname": "postgres"])
  }

  private static func binaries() -> String? {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let folders =
      versions.compactMap { Int($0) }.sorted(by: >).map { "\(root)/\($0)/bin" } + ["/usr/bin", "/usr/local/bin"]
    return folders.first { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }
  }
}
