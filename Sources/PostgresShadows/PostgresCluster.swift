package import AuditTrail
import Foundation
import Glibc
package import Postgres
import Replay
import Synchronization
package import ThrowAwayServers

/// A throw-away PostgreSQL cluster: a server of our own on a Unix socket in a private folder, gone at the end.
///
/// Nobody else reaches it: it listens on no network, the socket's folder is closed to other users, and its superuser is
/// let in only where the operating system says that the client is us. Its processes run behind a ``ServerSandbox``.
package final class PostgresCluster: Sendable {
  /// The cluster's superuser.
  package static let superuser = "assay_admin"

  /// How its superuser connects, to the database `postgres`.
  package let admin: PostgresParameters
  /// The server's programs.
  package let programs: ServerPrograms
  package let folder: ClusterFolder
  /// The wall around its processes.
  package let sandbox: ServerSandbox
  private let server: ServerProcess
  private let isStopped = Mutex(false)

  private init(
    admin: PostgresParameters, programs: ServerPrograms, folder: ClusterFolder, sandbox: ServerSandbox,
    server: ServerProcess
  ) {
    self.admin = admin
    self.programs = programs
    self.folder = folder
    self.sandbox = sandbox
    self.server = server
  }

  /// Removes what dead processes left behind, then makes and starts a cluster.
  ///
  /// - Throws: `unavailable` where no server is installed or it does not start.
  package static func start() throws(AssayError) -> PostgresCluster {
    try ServerLimits.check()
    return try start(ServerPrograms.find())
  }

  package static func start(_ programs: ServerPrograms) throws(AssayError) -> PostgresCluster {
    let user = try ServerUser.forThisProcess()
    ClusterFolder.removeAbandoned()
    let underWay = StartingProcess()
    var made: ClusterFolder?
    let number = try OpenShadows.add { () throws(AssayError) in
      let folder = try ClusterFolder.make(for: user)
      made = folder
      return {
        underWay.stop()
        folder.stopServer()
        folder.remove()
      }
    }
    guard let folder = made else {
      throw AssayError(.internalFault, "The folder of a throw-away cluster was not made; please report this.")
    }
    defer { OpenShadows.remove(number) }
    do {
      try initialize(folder, programs, user, underWay)
      return try launch(folder, programs, user, underWay)
    } catch {
      folder.stopServer()
      folder.remove()
      throw error
    }
  }

  private static func initialize(
    _ folder: ClusterFolder, _ programs: ServerPrograms, _ user: ServerUser, _ underWay: StartingProcess
  ) throws(AssayError) {
    let process = Program.process(
      try user.command(
        programs.path("initdb"),
        [
          "--pgdata=\(folder.data)", "--username=\(superuser)", "--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8",
          "--auth=peer", "--no-sync", "--no-instructions",
        ]))
    let log = try logFile(folder)
    process.standardError = log
    try underWay.start(ServerProcess(process))
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw failure("The throw-away cluster could not be made (initdb)", folder)
    }
    let access = """
      local all \(superuser) peer map=assay
      local all all trust

      """
    let map = "assay \(quoted(user.client)) \(superuser)\n"
    for (name, text) in [("pg_hba.conf", access), ("pg_ident.conf", map)] {
      guard let file = FileHandle(forWritingAtPath: "\(folder.data)/\(name)"),
        (try? file.truncate(atOffset: 0)) != nil, (try? file.write(contentsOf: Data(text.utf8))) != nil
      else { throw failure("The throw-away cluster could not be set up", folder) }
      try? file.close()
    }
  }

  /// What a measurement needs and nothing that outlives it: no network, no disk safety, no log of statements, no
  /// background work that would change counters or hold the template.
  private static let settings = [
    "listen_addresses": "", "port": "5432", "unix_socket_permissions": "0700", "fsync": "off",
    "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
    "max_replication_slots": "0", "autovacuum": "off", "synchronize_seqscans": "off", "max_connections": "100",
    "max_prepared_transactions": "16",
    "shared_buffers": "128MB", "max_wal_size": "4GB", "checkpoint_timeout": "1d", "jit": "off",
    "logging_collector": "off", "log_destination": "stderr", "log_statement": "none", "log_min_messages": "fatal",
    "log_min_error_statement": "panic", "log_min_duration_statement": "-1", "log_connections": "off",
    "track_counts": "on", "timezone": "UTC", "log_timezone": "UTC", "max_worker_processes": "0",
    "max_parallel_workers": "0", "max_parallel_workers_per_gather": "0", "restart_after_crash": "on",
  ]

  private static func launch(
    _ folder: ClusterFolder, _ programs: ServerPrograms, _ user: ServerUser, _ underWay: StartingProcess
  ) throws(AssayError) -> PostgresCluster {
    let settings = settings.merging(["unix_socket_directories": folder.sockets]) { _, new in new }
    let sandbox = try ServerSandbox(programs.path("postgres"), user, folder)
    let process = try sandbox.server(
      ["-D", folder.data] + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] })
    process.standardError = try logFile(folder)
    let server = ServerProcess(process, isWalled: sandbox.isClosed)
    try underWay.start(server)
    let admin = PostgresParameters([
      "host": folder.sockets, "port": "5432", "user": superuser, "dbname": "postgres", "sslmode": "disable",
      "gssencmode": "disable", "client_encoding": "UTF8", "application_name": "assay", "connect_timeout": "10",
      "options": superuserOptions,
    ])
    for _ in 0..<1500 {
      if answers(admin) {
        if sandbox.isClosed, runsPrograms(admin) {
          server.end()
          throw failure("The wall around the throw-away cluster does not hold: its server can start programs", folder)
        }
        return PostgresCluster(admin: admin, programs: programs, folder: folder, sandbox: sandbox, server: server)
      }
      guard server.isRunning else { break }
      Thread.sleep(forTimeInterval: 0.02)
    }
    server.end([SIGKILL])
    throw failure("The throw-away cluster's server did not start", folder)
  }

  /// In place of PGOPTIONS, should the user have set it; names in our commands mean the server's own objects.
  package static let superuserOptions = "-c timezone=UTC -c search_path=pg_catalog,pg_temp"

  /// Whether even the superuser could start a program, which nobody else may ask for.
  private static func runsPrograms(_ admin: PostgresParameters) -> Bool {
    do {
      let server = try PostgresConnection(admin)
      try server.script("COPY (SELECT 1) TO PROGRAM ':'")
      return true
    } catch {
      return error.isConnectionLost
    }
  }

  private static func answers(_ admin: PostgresParameters) -> Bool {
    do {
      _ = try PostgresConnection(admin)
      return true
    } catch {
      return false
    }
  }

  private static func logFile(_ folder: ClusterFolder) throws(AssayError) -> FileHandle {
    if !FileManager.default.fileExists(atPath: folder.log) {
      _ = FileManager.default.createFile(
        atPath: folder.log, contents: nil, attributes: [.posixPermissions: 0o600])
    }
    guard let file = FileHandle(forWritingAtPath: folder.log), (try? file.seekToEnd()) != nil else {
      throw AssayError(.inputOutput, "The throw-away cluster's log could not be written.", at: Place(folder.log))
    }
    return file
  }

  /// A failure with the server's last words: they were spoken before any dump was read.
  private static func failure(_ message: String, _ folder: ClusterFolder) -> AssayError {
    let log = String(decoding: FileManager.default.contents(atPath: folder.log) ?? Data(), as: UTF8.self)
    let last = log.split(separator: "\n").last { $0.contains("FATAL") || $0.contains("error") }
    return AssayError(
      .unavailable, message + "; check the disk, the shared memory and the limits of this machine.",
      cause: last.map(String.init))
  }

  /// Stops the server and removes everything; again is a no-op. What runs on it fails.
  package func stop() {
    let isFirst = isStopped.withLock { stopped in
      defer { stopped = true }
      return !stopped
    }
    guard isFirst else { return }
    server.end()
    folder.remove()
  }
}
