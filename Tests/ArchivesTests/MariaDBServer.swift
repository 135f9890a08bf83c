import Foundation

/// A MariaDB with server_audit and the general query log, on a socket in a folder of its own; gone with ``stop()``.
struct MariaDBServer {
  private static let program = "/usr/sbin/mariadbd"
  private static let plugin = "/usr/lib/mysql/plugin/server_audit.so"

  /// Whether what it takes is installed.
  static var isInstalled: Bool {
    [program, plugin, "/usr/bin/mariadb-install-db", "/usr/bin/mariadb"].allSatisfy(FileManager.default.fileExists)
  }

  let folder: URL
  private let process: Process

  var auditLog: String { folder.appending(path: "audit.log").path }
  var generalLog: String { folder.appending(path: "general.log").path }
  private var socket: String { folder.appending(path: "s").path }

  /// Starts one, as an unprivileged user where the tests run as root.
  static func start() throws -> MariaDBServer {
    let folder = FileManager.default.temporaryDirectory.appending(path: "mdb-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let data = folder.appending(path: "data").path
    var user: [String] = []
    if getuid() == 0 {
      user = ["--user=nobody"]
      try run("/bin/chown", ["nobody", folder.path])
    }
    try run(
      "/usr/bin/mariadb-install-db",
      ["--no-defaults", "--datadir=\(data)", "--auth-root-authentication-method=normal", "--skip-test-db"] + user,
      temporary: folder.path)
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments =
      [
        "--no-defaults", "--datadir=\(data)", "--socket=\(folder.appending(path: "s").path)",
        "--pid-file=\(folder.appending(path: "pid").path)", "--skip-networking", "--plugin-load-add=server_audit",
        "--server_audit_logging=ON", "--server_audit_events=CONNECT,QUERY,TABLE",
        "--server_audit_query_log_limit=1048576", "--server_audit_file_rotate_size=1000000000",
        "--server_audit_file_path=\(folder.appending(path: "audit.log").path)", "--general-log=1",
        "--general-log-file=\(folder.appending(path: "general.log").path)",
        "--log-error=\(folder.appending(path: "error.log").path)", "--innodb-buffer-pool-size=16M",
        "--innodb-log-file-size=4M", "--performance-schema=OFF", "--default-time-zone=+00:00",
      ] + user
    process.environment = ["TZ": "UTC", "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TMPDIR": folder.path]
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    let server = MariaDBServer(folder: folder, process: process)
    for _ in 0..<6_000 where process.isRunning {
      if (try? server.client("root", "SELECT 1")) == 0 { return server }
      usleep(100_000)
    }
    let said = (try? String(contentsOfFile: folder.appending(path: "error.log").path, encoding: .utf8)) ?? ""
    server.stop()
    throw Failure(what: "MariaDB did not start: \(said.suffix(1000))")
  }

  /// Sends a script as a user; gives the client's status.
  @discardableResult
  func client(_ user: String, password: String? = nil, _ script: String) throws -> Int32 {
    let input = Pipe()
    let client = Process()
    client.executableURL = URL(filePath: "/usr/bin/mariadb")
    client.arguments =
      ["--no-defaults", "--default-character-set=utf8mb4", "--force", "--skip-reconnect", "-S", socket, "-u", user]
      + (password.map { ["-p\($0)"] } ?? [])
    client.standardInput = input
    (client.standardOutput, client.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try client.run()
    // A login that fails reads nothing; the script is short enough to wait in the pipe.
    try? input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
    try input.fileHandleForWriting.close()
    client.waitUntilExit()
    return client.terminationStatus
  }

  /// Ends it, its logs whole; the folder stays until ``remove()``.
  func end() {
    process.terminate()
    process.waitUntilExit()
  }

  /// Ends it and removes all that it wrote.
  func stop() {
    if process.isRunning { end() }
    try? FileManager.default.removeItem(at: folder)
  }

  private struct Failure: Error { let what: String }

  private static func run(_ program: String, _ arguments: [String], temporary: String? = nil) throws {
    let process = Process()
    // The folder for temporary files may be one that the unprivileged user cannot write.
    if let temporary {
      process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": temporary]) { _, new in new }
    }
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(what: "\(program) ended with \(process.terminationStatus)")
    }
  }
}
