import AuditTrail
import Foundation
import Glibc
import MariaDB
import Synchronization
import ThrowAwayServers

/// A throw-away MariaDB server in a private folder: on a Unix socket alone, gone at the end.
///
/// Nobody else reaches it: it listens on no network, and the socket's folder is closed to other users. Its processes run
/// behind a ``ServerSandbox``.
final class MariaDBServer: Sendable {
  /// The server's all-powerful account, which never runs a recorded text.
  static let administrator = "root"

  let folder: ClusterFolder
  let sandbox: ServerSandbox
  private let process: ServerProcess
  private let isStopped = Mutex(false)
  private let closingNumber = Mutex<Int?>(nil)

  private init(_ folder: ClusterFolder, _ sandbox: ServerSandbox, _ process: ServerProcess) {
    (self.folder, self.sandbox, self.process) = (folder, sandbox, process)
  }

  /// Where it listens.
  var socket: String { Self.socket(of: folder) }

  private static func socket(of folder: ClusterFolder) -> String { folder.sockets + "/s" }

  /// A connection as one of its accounts.
  func login(as user: String, to database: String? = nil) throws(MariaDBError) -> MariaDB {
    try MariaDB(socket: socket, user: user, database: database)
  }

  // MARK: Start

  /// How the files of every server of ours are made; small, for each session has a copy.
  static let storage = [
    "--innodb-data-file-path=ibdata1:3M:autoextend", "--innodb-autoextend-increment=1", "--innodb-log-file-size=8M",
  ]

  /// What a measurement needs, no way out, and nothing that changes counters by itself.
  ///
  /// Source: MariaDB 10.11, "Server System Variables"; measured in `mariadb-effects.md` 1, 2 and 4.
  private static func options(_ folder: ClusterFolder) -> [String] {
    let nowhere = folder.sockets + "/none"
    return [
      "--no-defaults", "--datadir=\(folder.data)", "--socket=\(socket(of: folder))", "--pid-file=\(folder.sockets)/pid",
      "--skip-networking", "--skip-name-resolve", "--skip-symbolic-links", "--secure-file-priv=\(nowhere)",
      "--plugin-dir=\(nowhere)", "--tmpdir=\(folder.sockets)", "--local-infile=OFF", "--event-scheduler=OFF",
      "--skip-log-bin", "--skip-slave-start",
      "--userstat=1", "--performance-schema=ON", "--performance-schema-max-index-stat=0",
      "--performance-schema-consumer-events-statements-current=OFF", "--innodb-stats-auto-recalc=0",
      "--innodb-stats-persistent=1", "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
      "--innodb-buffer-pool-size=64M", "--innodb-buffer-pool-dump-at-shutdown=0",
      "--innodb-buffer-pool-load-at-startup=0",
      "--innodb-lock-wait-timeout=5", "--lock-wait-timeout=5", "--table-open-cache=10000",
      "--table-open-cache-instances=1",
      "--table-definition-cache=10000", "--open-files-limit=30000", "--max-connections=20",
      "--max-statement-time=0", "--sysdate-is-now", "--default-time-zone=+00:00", "--character-set-server=utf8mb4",
      "--default-storage-engine=InnoDB", "--key-buffer-size=1M", "--aria-pagecache-buffer-size=8M",
      "--query-cache-type=OFF", "--query-cache-size=0", "--thread-stack=512K", "--max-allowed-packet=256M",
      "--log-warnings=1", "--lower-case-table-names=0",
    ] + storage
  }

  /// Makes the system tables of a new server and starts it.
  ///
  /// - Throws: `unavailable` where it does not start.
  static func found(_ programs: MariaDBPrograms) throws(AssayError) -> MariaDBServer {
    let user = try ServerUser.forThisProcess(["mysql", "nobody"])
    return try bringUp(user) { (folder, underWay) throws(AssayError) in
      let process = Program.process(
        try user.command(
          programs.installer,
          [
            "--no-defaults", "--datadir=\(folder.data)", "--auth-root-authentication-method=normal", "--skip-test-db",
            "--skip-name-resolve",
          ] + storage))
      process.environment?["TMPDIR"] = folder.sockets
      process.environment?["HOME"] = folder.sockets
      process.standardError = try serverLog(folder)
      try underWay.start(ServerProcess(process))
      process.waitUntilExit()
      guard process.terminationReason == .exit, process.terminationStatus == 0 else {
        throw startFailure("The throw-away server could not be made (mariadb-install-db)", folder)
      }
      return try ServerSandbox(programs.server, user, folder)
    }
  }

  /// Starts a server on a copy of the files of one that is stopped.
  static func duplicate(of base: MariaDBServer) throws(AssayError) -> MariaDBServer {
    let user = try ServerUser.forThisProcess(["mysql", "nobody"])
    return try bringUp(user) { (folder, _) throws(AssayError) in
      let copied = try Program.run("/bin/cp", ["-a", "--reflink=auto", base.folder.data + "/.", folder.data])
      guard copied.status == 0 else {
        throw AssayError(
          .inputOutput, "The shadow could not be copied; check the disk and its space.", at: Place(folder.data))
      }
      return try base.sandbox.around(folder)
    }
  }

  private static func bringUp(
    _ user: ServerUser, _ prepare: (ClusterFolder, StartingProcess) throws(AssayError) -> ServerSandbox
  ) throws(AssayError) -> MariaDBServer {
    let underWay = StartingProcess()
    var made: ClusterFolder?
    let number = try OpenShadows.add { () throws(AssayError) in
      let folder = try ClusterFolder.make(for: user, of: "mariadb")
      made = folder
      return {
        underWay.stop()
        folder.stopServer()
        folder.remove()
      }
    }
    defer { OpenShadows.remove(number) }
    guard let folder = made else {
      throw AssayError(.internalFault, "The folder of a throw-away server was not made; please report this.")
    }
    do {
      let sandbox = try prepare(folder, underWay)
      let server = try startProcess(folder, sandbox, underWay)
      server.closingNumber.withLock { $0 = OpenShadows.add { server.tearDown() } }
      return server
    } catch {
      folder.stopServer()
      folder.remove()
      throw error
    }
  }

  private static func startProcess(
    _ folder: ClusterFolder, _ sandbox: ServerSandbox, _ underWay: StartingProcess
  ) throws(AssayError) -> MariaDBServer {
    let nowhere = folder.sockets + "/none"
    try? FileManager.default.createDirectory(
      atPath: nowhere, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    let process = try sandbox.server(options(folder))
    process.standardError = try serverLog(folder)
    let running = ServerProcess(process, isWalled: sandbox.isClosed)
    try underWay.start(running)
    let server = MariaDBServer(folder, sandbox, running)
    for _ in 0..<6000 {
      if server.isListening() { return server }
      guard running.isRunning else { break }
      Thread.sleep(forTimeInterval: 0.005)
    }
    running.end([SIGKILL])
    throw startFailure("The throw-away server did not start", folder)
  }

  private func isListening() -> Bool {
    guard FileManager.default.fileExists(atPath: socket) else { return false }
    do {
      _ = try login(as: Self.administrator)
      return true
    } catch {
      return false
    }
  }

  private static func serverLog(_ folder: ClusterFolder) throws(AssayError) -> FileHandle {
    if !FileManager.default.fileExists(atPath: folder.log) {
      _ = FileManager.default.createFile(atPath: folder.log, contents: nil, attributes: [.posixPermissions: 0o600])
    }
    guard let file = FileHandle(forWritingAtPath: folder.log), (try? file.seekToEnd()) != nil else {
      throw AssayError(.inputOutput, "The throw-away server's log could not be written.", at: Place(folder.log))
    }
    return file
  }

  /// A failure with the server's last words: they were spoken before any dump was read.
  private static func startFailure(_ message: String, _ folder: ClusterFolder) -> AssayError {
    let log = String(decoding: FileManager.default.contents(atPath: folder.log) ?? Data(), as: UTF8.self)
    let last = log.split(separator: "\n").last { $0.contains("[ERROR]") && !$0.contains("Aborting") }
    return AssayError(
      .unavailable, message + "; check the disk, the memory and the limits of this machine.",
      cause: last.map(String.init))
  }

  // MARK: End

  /// Ends the server in order, so that its files may be copied.
  func stopInOrder() { process.end([SIGTERM, SIGKILL]) }

  /// Ends the server and removes everything; again is a no-op. What runs on it fails.
  func tearDown() {
    let isFirst = isStopped.withLock { stopped in
      defer { stopped = true }
      return !stopped
    }
    guard isFirst else { return }
    if let number = closingNumber.withLock({ $0 }) { OpenShadows.remove(number) }
    process.end([SIGKILL])
    folder.remove()
  }

  /// Whether its process runs.
  var isRunning: Bool { process.isRunning }

  /// Ends it at once, and leaves its files: whoever waits for an answer is told that the connection is lost.
  func cutOff() { process.end([SIGKILL]) }
}
