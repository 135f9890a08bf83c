import Archives
import AuditTrail
import Foundation

/// How many sessions are open at once: a proxy writes them interleaved.
private let openAtOnce = 16

/// Writes a sealed archive of that many sessions, interleaved, in flat memory.
func writeArchive(to path: String, sessions: Int, _ make: (Int) -> WorkloadSession) throws {
  guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
  else {
    throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: path])
  }
  var writer = NativeArchiveWriter(
    header: ArchiveHeader(proxyName: "benchmark", version: "1", environment: "production"))
  var next = 0
  while next < sessions {
    let open = (next..<min(next + openAtOnce, sessions)).map(make)
    next += open.count
    for session in open {
      if let approval = session.approval { writer.append(.approval(approval)) }
      writer.append(.opening(session.opening))
    }
    for position in 0..<(open.map(\.statements.count).max() ?? 0) {
      for session in open where position < session.statements.count {
        writer.append(.statement(session.statements[position]))
      }
    }
    for session in open {
      let end = session.statements.last?.time ?? session.opening.time
      writer.append(
        .closing(
          SessionClosing(
            session: session.opening.session, time: end.adding(nanoseconds: 2_000_000_000),
            statements: Int64(session.statements.count))))
    }
    if writer.pendingBytes > 1 << 22 { try file.write(contentsOf: Data(writer.takeBytes())) }
  }
  _ = writer.seal()
  try file.write(contentsOf: Data(writer.takeBytes()))
  try file.close()
}

extension ArchiveHeader {
  /// A header of one proxy instance.
  init(proxyName: String, version: String, environment: String) {
    self.init(proxyName: proxyName, proxyVersion: version, instance: "\(proxyName)-1", environment: environment)
  }
}
