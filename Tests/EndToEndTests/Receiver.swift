import Foundation
import Testing

/// A program that takes exported records on a free port of the loopback until the value is gone.
final class Receiver: Sendable {
  let folder: String
  let port: Int
  private let process: Process

  /// The server of `Tests/export/receiver.py`; `isEncrypted` needs the certificate of ``makeCertificate(in:)``.
  static func http(in folder: Folder, isEncrypted: Bool = false) throws -> Receiver {
    try folder.makeFolder("receiver")
    let script = repository.appending(path: "Tests/export/receiver.py").path
    let keys = isEncrypted ? [folder("cert.pem"), folder("key.pem")] : []
    return try Receiver("/usr/bin/python3", [script, folder("receiver")] + keys, folder("receiver"))
  }

  /// Debian's rsyslogd, which writes messages as they come into `received`.
  static func syslog(in folder: Folder, isEncrypted: Bool) throws -> Receiver {
    try folder.makeFolder("receiver")
    let path = folder("receiver")
    let (tls, driver) =
      isEncrypted
      ? (
        " defaultNetstreamDriver=\"ossl\" defaultNetstreamDriverCAFile=\"\(folder("cert.pem"))\""
          + " defaultNetstreamDriverCertFile=\"\(folder("cert.pem"))\" defaultNetstreamDriverKeyFile=\"\(folder("key.pem"))\"",
        " StreamDriver.Name=\"ossl\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\""
      ) : ("", "")
    try folder.write(
      "receiver/conf",
      """
      global(workDirectory="\(path)" maxMessageSize="64k"\(tls))
      module(load="imtcp"\(driver))
      input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="\(path)/port")
      template(name="raw" type="string" string="%rawmsg%\\n")
      action(type="omfile" file="\(path)/received" template="raw")

      """)
    return try Receiver("/usr/sbin/rsyslogd", ["-n", "-f", "\(path)/conf", "-i", "\(path)/pid"], path)
  }

  private init(_ program: String, _ arguments: [String], _ folder: String) throws {
    self.folder = folder
    process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    var port: Int?
    for _ in 0..<Int(patience * 20) where port == nil && process.isRunning {
      let text = try? String(contentsOfFile: "\(folder)/port", encoding: .utf8)
      port = text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
      if port == nil { usleep(50_000) }
    }
    self.port = try #require(port, "\(program) did not say its port")
  }

  /// A child may inherit that its parent's thread takes no SIGTERM.
  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// The lines of a file of the receiver's folder.
  func lines(_ name: String) -> [String] {
    let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
    // Not by lines' ends as Unicode has them: what was sent may hold others.
    return text.utf8.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Waits until a file has so many different lines; gives all of them.
  func lines(_ name: String, atLeast count: Int) -> [String] {
    for _ in 0..<Int(patience * 20) {
      let found = lines(name)
      if Set(found).count >= count { return found }
      usleep(50_000)
    }
    return lines(name)
  }

  /// Says how the next requests are answered.
  func behave(_ steps: String...) throws {
    try steps.joined(separator: "\n").write(to: URL(filePath: "\(folder)/steps"), atomically: true, encoding: .utf8)
  }

  /// Refuses what holds the text.
  func refuse(_ text: String) throws {
    try text.write(to: URL(filePath: "\(folder)/refused"), atomically: true, encoding: .utf8)
  }

  /// A self-signed certificate for the loopback, as `cert.pem` with `key.pem`.
  static func makeCertificate(in folder: Folder) throws {
    let made = try run(
      URL(filePath: "/usr/bin/openssl"),
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem",
        "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
      ], in: folder)
    try #require(made.status == 0, "\(made)")
  }
}
