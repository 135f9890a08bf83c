import AuditTrail
import Foundation
import Postgres
import Testing
import ThrowAwayServers

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

@Suite(.serialized) struct PostgresClusterTests {
  @Test func `a cluster listens on its socket only, keeps others out, and leaves nothing behind`() throws {
    let cluster = try PostgresCluster.start()
    defer { cluster.stop() }
    let server = try PostgresConnection(cluster.admin)
    #expect(try server.execute("SHOW listen_addresses").text(0, 0) == "")
    #expect(try server.execute("SHOW fsync").text(0, 0) == "off")
    #expect(try server.execute("SHOW log_min_error_statement").text(0, 0) == "panic")
    for path in [cluster.folder.data, cluster.folder.sockets] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
      #expect(mode?.intValue == 0o700)
    }
    cluster.stop()
    #expect(!FileManager.default.fileExists(atPath: cluster.folder.path))
    #expect(throws: PostgresError.self) { _ = try PostgresConnection(cluster.admin) }
  }

  /// The wall behind the wall: what even a superuser of the server may not do.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/bwrap"), "bubblewrap is not installed"))
  func `a cluster's server starts no program and reads no file of others, even as its superuser`() throws {
    let cluster = try PostgresCluster.start()
    defer { cluster.stop() }
    #expect(cluster.sandbox.isClosed)
    let server = try PostgresConnection(cluster.admin)
    for command in [
      "COPY (SELECT 1) TO PROGRAM 'true'", "COPY (SELECT 1) TO PROGRAM '/usr/bin/setpriv --version'",
      "COPY (SELECT 1) TO PROGRAM '\(cluster.programs.path("pg_ctl")) --version'",
      "SELECT pg_read_file('/etc/hostname')", "SELECT pg_read_file('\(cluster.folder.path)/owner')",
      "SELECT pg_ls_dir('/home')", "SELECT pg_ls_dir('/proc')", "COPY (SELECT 1) TO '/tmp/assay-must-not-exist'",
      "SELECT lo_export(lo_from_bytea(0, 'x'), '/usr/lib/assay-must-not-exist')",
      "CREATE EXTENSION dblink; SELECT dblink_connect('host=127.0.0.1 port=1')",
    ] {
      #expect(throws: PostgresError.self, "\(command)") { try server.script(command) }
    }
    #expect(!FileManager.default.fileExists(atPath: "/tmp/assay-must-not-exist"))
    #expect(try server.execute("SELECT 1").text(0, 0) == "1")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/bwrap"), "bubblewrap is not installed"))
  func `a cluster's server sees no process but its own, and none of them outlives it`() throws {
    let cluster = try PostgresCluster.start()
    defer { cluster.stop() }
    let server = try PostgresConnection(cluster.admin)
    #expect(try server.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)").text(0, 0) == "1")
    let processes = ProcessIdentity.working(in: cluster.folder.data)
    #expect(processes.count > 2)
    // Killed without a word to the others, as a crash would.
    let first = try #require(processes.min { $0.started < $1.started })
    kill(first.number, SIGKILL)
    for _ in 0..<60_000 where processes.contains(where: { $0.isRunning }) { Thread.sleep(forTimeInterval: 0.01) }
    #expect(!processes.contains { $0.isRunning })
  }

  /// Another program is in pg_restore's place and says what it sees.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/bwrap"), "bubblewrap is not installed"))
  func `what reads an archive sees that archive, no other file and no network`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-restore-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(
      at: folder.appending(path: "bin"), withIntermediateDirectories: true)
    for (name, program) in [("bin/pg_restore", "/bin/ls")] {
      try FileManager.default.copyItem(atPath: program, toPath: folder.appending(path: name).path)
    }
    let archive = folder.appending(path: "dump").path
    for path in [archive, archive + "-of-others"] { try Data("PGDMP".utf8).write(to: URL(filePath: path)) }
    let wall = try RestoreSandbox(ServerPrograms(folder: folder.appending(path: "bin").path, version: 15))
    #expect(wall.isClosed)
    func seen(_ options: [String]) throws -> [Substring] {
      let command = wall.restore(archive, options)
      return try Program.run(command[0], Array(command.dropFirst())).output.split(separator: "\n")
    }
    #expect(try seen(["-1"]) == [archive[...]])
    #expect(try Set(seen(["-1", "/"])).isDisjoint(with: ["bin", "home", "proc", "root", "sys", "var"]))
    #expect(try !seen(["-1", folder.path]).contains("dump-of-others"))
  }

  @Test func `what a killed process left is stopped and removed by the next start`() throws {
    let abandoned = try PostgresCluster.start()
    let servers = ProcessIdentity.working(in: abandoned.folder.data)
    #expect(!servers.isEmpty)
    // The owner's number was given to another process since.
    try Data("\(ProcessInfo.processInfo.processIdentifier) 1\n".utf8).write(
      to: URL(filePath: abandoned.folder.path + "/owner"))
    let next = try PostgresCluster.start()
    defer { next.stop() }
    #expect(!servers.contains { $0.isRunning })
    #expect(!FileManager.default.fileExists(atPath: abandoned.folder.path))
    abandoned.stop()
    #expect(FileManager.default.fileExists(atPath: next.folder.path))
  }

  @Test func `a machine without a server is told which package to install`() throws {
    let error = #expect(throws: AssayError.self) {
      try ServerPrograms.find(searchPath: ["/nonexistent"], packaged: "/nonexistent")
    }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("package postgresql") == true)
  }
}
