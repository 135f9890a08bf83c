import AuditTrail
import Foundation
import Ledger
import Policies
import SQLAnalysis
import Testing

@testable import ShadowReplay

extension GoldenFile {
  /// The shadow of the file.
  func makeShadow() throws -> (shadow: SQLiteShadow, sensitive: [String]) {
    var rows = ProductionRows()
    for (table, count) in production ?? [:] { rows[table] = count }
    let shadow = try SQLiteShadow(script: shadow, path: "golden.sql", options: ShadowOptions(production: rows))
    return (shadow, sensitive ?? [])
  }
}

/// Measures and grades a session as the replay of a ledger does.
func graded(
  _ line: GoldenCase, _ replay: any SessionReplay
) throws -> (inputs: [GradeInput], verdicts: [Verdict]) {
  let entries = line.entries()
  let measured = try replay.measure(entries, engine: line.engineName)
  let grading = SessionGrading(session: line.session(), engine: "sqlite", asOf: nil)
  let inputs = grading.inputs(entries, measured)
  return (inputs, grading.verdicts(inputs, entries, entries.map { _ in .standard }))
}

@Test(arguments: GoldenFile.names)
func `every golden case is measured and graded as its file says`(_ name: String) throws {
  let file = try GoldenFile.read(name)
  let (shadow, sensitive) = try file.makeShadow()
  let replay = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0) })).open()
  for line in file.cases {
    let entries = line.entries()
    let measured = try replay.measure(entries, engine: line.engineName).map(\.effect)
    let (_, verdicts) = try graded(line, replay)
    for (index, statement) in line.statements.enumerated() {
      check(statement, measured[index], verdicts[index], "\(name): \(line.name): \(statement.sql)")
    }
  }
}

func check(_ statement: GoldenStatement, _ effect: Effect, _ verdict: Verdict, _ place: String) {
  let expected = statement.expect
  func same<Value: Equatable>(_ what: String, _ actual: Value, _ wanted: Value) {
    #expect(actual == wanted, "\(place): \(what)")
  }
  func counts(_ path: KeyPath<TableEffect, Int64>) -> [String: Int64] {
    effect.tables.mapValues { $0[keyPath: path] }.filter { $0.value != 0 }
  }
  func wanted(_ counts: [String: Int64]?) -> [String: Int64] { (counts ?? [:]).filter { $0.value != 0 } }
  same("verdict", verdict.name.rawValue, expected.verdict)
  if let reason = expected.reason { same("reason", verdict.reason, reason) }
  if let severity = expected.severity { same("severity", verdict.severity.name, severity) }
  if let confidence = expected.confidence { same("confidence", verdict.confidence.rawValue, confidence) }
  same("flags", verdict.flags, expected.flags ?? [])
  if let kept = expected.kept { same("kept", effect.kept, kept) }
  if expected.execution != nil || effect.refused.isEmpty {
    same("execution", effect.execution.words, expected.execution ?? "ran")
  }
  if let least = expected.deletedAtLeast {
    for (table, rows) in least {
      #expect((effect.tables[table]?.deleted ?? 0) >= rows, "\(place): deleted at least \(rows) of \(table)")
    }
  } else {
    same("deleted", counts(\.deleted), wanted(expected.deleted))
  }
  same("updated", counts(\.updated), wanted(expected.updated))
  same("inserted", counts(\.inserted), wanted(expected.inserted))
  if let unchanged = expected.unchanged { same("unchanged", counts(\.unchanged), unchanged) }
  if let restored = expected.restored { same("restored", counts(\.restored), restored) }
  for (table, rows) in expected.before ?? [:] { same("before \(table)", effect.tables[table]?.before, rows) }
  same("dropped", effect.dropped.map { "\($0.type) \($0.name)" }, expected.dropped ?? [])
  same("truncated", effect.truncated, expected.truncated ?? [])
  same("refused", effect.refused, expected.refused ?? [])
  same("escalated", effect.escalated, expected.escalated ?? [])
  if let mode = expected.mode { same("mode", effect.mode, mode) }
  if let altered = expected.altered { same("altered", effect.altered, altered) }
  if let empty = expected.empty { same("empty", effect.emptyTables, empty) }
  same("counted", effect.countedInProduction, expected.counted ?? [])
  same("leak", effect.leak.rawValue, expected.leak ?? "none")
  same("columns", effect.leakedColumns, expected.columns ?? [])
}

extension Execution {
  var words: String {
    switch self {
    case .ran: "ran"
    case .failed(let code, _): "failed \(code)"
    case .notRun(let reason): "not run: \(reason.rawValue)"
    }
  }
}

@Test func `there are golden cases enough, and none is named twice`() throws {
  let names = try GoldenFile.names.flatMap { name in try GoldenFile.read(name).cases.map { "\(name): \($0.name)" } }
  #expect(names.count >= 120)
  #expect(Set(names).count == names.count)
}

@Test func `no escape touched the machine`() throws {
  let file = try GoldenFile.read("escapes")
  let (shadow, sensitive) = try file.makeShadow()
  let replay = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0) })).open()
  for line in file.cases { _ = try graded(line, replay) }
  #expect(!FileManager.default.fileExists(atPath: "/tmp/assay-must-not-exist.db"))
}
