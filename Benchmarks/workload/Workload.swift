import AuditTrail
import Foundation

/// Writes what the benchmarks run on: the same arguments give the same bytes.
@main
struct Workload {
  private static let usage = """
    usage: benchmark-workload ingest STATEMENTS FILE
           benchmark-workload replay STATEMENTS FOLDER
           benchmark-workload traffic STATEMENTS FILE

    ingest writes a sealed native archive; replay writes archive.jsonl and shadow.sql; traffic writes an archive of 20,000
    distinct statements.

    """

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let statements = Int(arguments[2]), statements >= 50 else {
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
    let path = arguments[3]
    switch arguments[1] {
    case "ingest":
      var traffic = ProductionTraffic()
      try writeArchive(to: path, sessions: statements / 50) { traffic.session(number: $0) }
    case "traffic":
      var traffic = PolicyTraffic()
      try writeArchive(to: path, sessions: statements / 50) { traffic.session(number: $0) }
    case "replay":
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(ShadowTraffic.shadowScript.utf8).write(to: URL(filePath: path + "/shadow.sql"))
      var traffic = ShadowTraffic()
      try writeArchive(to: path + "/archive.jsonl", sessions: statements / 50) { traffic.session(number: $0) }
    default:
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
  }
}

/// One session as the workloads make it: an opening, its statements in order, perhaps an approval.
struct WorkloadSession {
  var opening: SessionOpening
  var approval: Approval?
  var statements: [StatementRecord]
}
