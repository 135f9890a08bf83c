import AuditTrail
import Evidence
import Export
import Foundation
import JSONReader
import Ledger

/// Sends what the ledger holds, once or again and again.
struct ExportSending {
  let plan: ExportPlan
  let address: SinkAddress
  let letters: String
  let configuration: Configuration?
  let console: Console

  /// Sends what the ledger holds now; gives the counts.
  func once(_ ledger: borrowing Ledger, _ run: inout ExportRun) throws -> ExportCounts {
    try configuration?.applyMappings(to: ledger)
    let state = try ledger.exportState()
    guard state.isFinished else { throw unfinished(ledger) }
    return try send(ledger, state, &run)
  }

  /// Sends what there is, and then what comes, until the process is ended. While another process writes, it waits.
  func follow(
    _ ledger: borrowing Ledger, _ run: inout ExportRun, every seconds: Int, _ report: (ExportCounts) -> Void
  ) throws {
    var seen: [UInt8]?
    while true {
      do {
        let state = try ledger.exportState()
        if state.isFinished, state.content != seen {
          try configuration?.applyMappings(to: ledger)
          let counts = try send(ledger, state, &run)
          if counts.total > 0 || counts.refused > 0 { report(counts) }
          seen = state.content
        }
      } catch let error as AssayError where error.code == .inUse {
        // The next look finds it free, or waits again.
      }
      Thread.sleep(forTimeInterval: Double(seconds))
    }
  }

  private func send(_ ledger: borrowing Ledger, _ state: ExportState, _ run: inout ExportRun) throws -> ExportCounts {
    let model = try evidence(ledger)
    let begin = try plan.cursor.map { (name) throws(AssayError) in try ledger.exportCursor(name).position } ?? 0
    let total = console.showsProgress ? try ledger.statementCount(after: begin, upTo: state.last) : 0
    let progress = ProgressLine(console, "Exporting", total: total, unit: "statements")
    defer { progress.end() }
    return try run.send(ledger, upTo: state.last, model) { progress.update($0) }
  }

  private func evidence(_ ledger: borrowing Ledger) throws -> EvidenceModel? {
    guard plan.kinds.contains(where: \.isEvidence), let configuration else { return nil }
    let planning = EvidencePlanning(configuration: configuration)
    return try planning.evidence(ledger, try configuration.policies.map(loadPolicies))
  }

  private func unfinished(_ ledger: borrowing Ledger) -> AssayError {
    AssayError(
      .inUse, "Another assay reads archives into the ledger; run the command again when it has ended.",
      at: Place(ledger.path))
  }
}

extension ExportCommand {
  /// Says what an export came to.
  func report(
    _ counts: ExportCounts, _ schema: any EventSchema, _ address: SinkAddress, _ letters: String, waits plan: ExportPlan
  ) {
    common.console.document(document(counts, schema, address, letters, plan))
    // The records themselves are there.
    guard address != .standardOutput else { return }
    let parts = ExportKind.allCases.filter { plan.kinds.contains($0) }.map {
      "\(grouped(counts.delivered[$0, default: 0])) \($0.plural)"
    }
    common.console.say("\(schema.title) to \(address): \(parts.joined(separator: ", ")).")
    if counts.refused > 0 {
      common.console.say(
        "The sink refused \(counted(counts.refused, "record")); \(letters) holds them, with the reasons.")
    }
    if counts.isWaiting {
      common.console.say("Statements that have no verdict yet were not sent; `assay replay` grades them.")
    }
  }

  private func document(
    _ counts: ExportCounts, _ schema: any EventSchema, _ address: SinkAddress, _ letters: String, _ plan: ExportPlan
  ) -> [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    for (key, text) in [
      ("schema", self.schema.rawValue), ("schema_title", schema.title), ("sink", address.description),
      ("cursor", plan.cursor), ("dead_letters", counts.refused > 0 ? letters : nil),
    ] {
      json.key(key)
      json.string(text)
    }
    json.key("delivered")
    json.beginObject()
    for kind in ExportKind.allCases {
      json.key(kind.rawValue)
      json.integer(counts.delivered[kind, default: 0])
    }
    json.endObject()
    for (key, number) in [
      ("total", counts.total), ("refused", counts.refused), ("statements_read", counts.statements),
      ("retries", Int64(counts.tries)),
    ] {
      json.key(key)
      json.integer(number)
    }
    json.key("waiting")
    json.bool(counts.isWaiting)
    json.endObject()
    return json.bytes
  }
}
