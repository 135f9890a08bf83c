import AuditTrail
import Foundation

/// Writes what the benchmarks run on: the same arguments give the same bytes.
@main
struct Workload {
  private static let usage = """
    usage: benchmark-workload ingest STATEMENTS FILE
           benchmark-workload replay STATEMENTS FOLDER
           benchmark-workload replay-postgresql STATEMENTS FOLDER
           benchmark-workload quarter STATEMENTS FOLDER
           benchmark-workload traffic STATEMENTS FILE
           benchmark-workload facts TEXTS FOLDER
           benchmark-workload analyze TIMES FILE

    ingest writes a sealed native archive; replay writes archive.jsonl and shadow.sql, with 50 statements a
    session for SQLite and 20 for PostgreSQL; quarter is replay with all sessions in one quarter; traffic writes an archive of 20,000
    distinct statements; facts writes distinct texts, a line each: values.sql of few shapes, shapes.sql of a shape each.
    analyze draws the facts of each line of a file.

    """

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let statements = Int(arguments[2]),
      statements >= (arguments[1] == "analyze" ? 1 : 50)
    else {
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
    case "replay", "replay-postgresql", "quarter":
      let engine: ShadowTraffic.Engine = arguments[1] == "replay-postgresql" ? .postgresql : .sqlite
      let statementsASession = engine == .sqlite ? 50 : 20
      // Twice the mean pause: 90 days for all sessions.
      let longest = arguments[1] == "quarter" ? 2 * 90 * 86_400 / (statements / statementsASession) : 300
      var traffic = ShadowTraffic(engine, statementsASession: statementsASession, longestPause: max(2, longest))
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(ShadowTraffic.shadowScript(engine).utf8).write(to: URL(filePath: path + "/shadow.sql"))
      try writeArchive(to: path + "/archive.jsonl", sessions: statements / traffic.statementsASession) {
        traffic.session(number: $0)
      }
    case "facts":
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for isOwnShape in [false, true] {
        let file = path + (isOwnShape ? "/shapes.sql" : "/values.sql")
        try Data(FactsTexts.lines(statements, isOwnShape: isOwnShape).utf8).write(to: URL(filePath: file))
      }
    case "analyze":
      try FactsTexts.analyze([UInt8](Data(contentsOf: URL(filePath: path))), times: statements)
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
