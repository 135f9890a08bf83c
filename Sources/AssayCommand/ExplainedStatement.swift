import AuditTrail
import JSONReader
import Ledger
import Policies
import Replay
import SQLAnalysis
import Sensitivity

/// A statement with its facts, decision, effect, verdict and where it was read.
struct ExplainedStatement {
  let session: SessionEntry
  let statement: StatementEntry
  let showLiterals: Bool
  var facts: Facts?
  var graded: GradedStatement?
  var policy: String?
  var explanation: Explanation?
  var source: (archive: String, entry: Int64)?
  /// What detectors recognised in the output that the archive holds of the session.
  var recordedOutput: [OutputFinding] = []

  private var sql: String {
    showLiterals ? statement.sql : redactingLiterals(in: facts?.normalized ?? SQLAnalysis.redact(statement.sql))
  }

  private func shown(_ effect: Effect) -> Effect { showLiterals ? effect : effect.renaming { redactingNames(in: $0) } }

  /// The document of `--json`.
  var json: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("statement")
    json.string("\(session.key)/\(statement.sequence)")
    json.key("session")
    json.string(session.key)
    json.key("seq")
    json.integer(statement.sequence)
    json.key("time")
    json.string(statement.time.description)
    json.key("sql")
    json.string(sql)
    json.key("identity")
    json.string(session.identity?.user)
    json.key("identity_kind")
    json.string(session.identity?.kind.rawValue)
    json.key("connection")
    json.string(session.connection.name)
    writeFacts(&json)
    writeDecision(&json)
    writeVerdict(&json)
    json.key("recorded_output")
    json.beginObject()
    for found in recordedOutput {
      json.key(found.detector)
      json.integer(found.count)
    }
    json.endObject()
    json.key("provenance")
    json.beginObject()
    json.key("archive")
    json.string(source?.archive)
    json.key("entry")
    json.integer(source?.entry)
    json.key("flags")
    json.strings(statement.completeness.flagNames)
    json.endObject()
    json.endObject()
    return json.bytes
  }

  private func writeFacts(_ json: inout JSONWriter) {
    json.key("facts")
    guard let facts else { return json.null() }
    json.beginObject()
    json.key("parsed")
    json.bool(facts.parsed)
    json.key("fingerprint")
    json.string(facts.fingerprint)
    json.key("commands")
    json.beginArray()
    for command in facts.commands {
      json.beginObject()
      for (key, values) in [
        ("kinds", command.kinds.map(\.rawValue).sorted()), ("reads", command.reads.map(\.description)),
        ("writes", command.writes.map(\.description)), ("outputs", command.outputs.map(\.description)),
        ("objects", command.objects.map { "\($0.type) \($0.name)" }), ("functions", command.functions),
      ] {
        json.key(key)
        json.strings(values)
      }
      json.key("where")
      json.string(command.predicate.rawValue)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private func writeDecision(_ json: inout JSONWriter) {
    json.key("decision")
    json.beginObject()
    json.key("action")
    json.string(statement.decision.action.rawValue)
    json.key("rule")
    json.string(statement.decision.rule)
    json.key("policy")
    json.string(statement.decision.policy)
    json.key("policy_version")
    json.string(statement.decision.policyVersion)
    json.key("masked")
    json.strings(statement.decision.masked)
    json.key("outcome")
    json.string(statement.outcome.rawValue)
    json.key("approved")
    json.bool(statement.approved)
    json.endObject()
    json.key("policy_decision")
    guard let explanation else { return json.null() }
    json.beginObject()
    json.key("policy")
    json.string(policy)
    json.key("action")
    json.string(explanation.decision.action.rawValue)
    json.key("rule")
    json.string(explanation.decision.rule)
    json.key("maybe")
    json.bool(explanation.decision.maybe)
    json.key("rules")
    json.beginArray()
    for rule in explanation.rules {
      json.beginObject()
      json.key("rule")
      json.string(rule.rule)
      json.key("place")
      json.string(rule.place.description)
      json.key("action")
      json.string(rule.action.rawValue)
      json.key("applies")
      json.string(rule.applies.word)
      json.key("because")
      json.strings(rule.deciding.map { "\($0.path): \($0.expected) (\($0.holds.word))" })
      json.key("decided_by")
      json.beginArray()
      for predicate in rule.deciding {
        json.beginObject()
        for (key, value) in [
          ("predicate", predicate.path), ("expected", predicate.expected), ("holds", predicate.holds.word),
          ("place", predicate.place.description),
        ] {
          json.key(key)
          json.string(value)
        }
        json.endObject()
      }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private func writeVerdict(_ json: inout JSONWriter) {
    json.key("verdict")
    guard let graded else { return json.null() }
    json.beginObject()
    writeMembers(of: graded.verdict, &json)
    json.key("effect")
    json.strings(effectLines(shown(graded.effect)))
    json.endObject()
  }

  /// The same for people.
  var text: String {
    var lines = ["\(printable(session.key))/\(statement.sequence)  \(statement.time)", "", "  \(printable(sql))", ""]
    if let facts {
      let told = facts.commands.map { command in
        let predicate = command.predicate == .none ? "" : ", where \(command.predicate.rawValue)"
        return command.kinds.map(\.rawValue).sorted().joined(separator: " ") + predicate
      }
      lines.append("Says       " + (facts.parsed ? "" : "(not parsed) ") + told.joined(separator: "; "))
    }
    let who = session.identity.map { "\($0.user) (\($0.kind.rawValue))" } ?? "nobody named"
    lines.append("Who        \(printable(who)) on \(printable(session.connection.name))")
    let rule = statement.decision.rule.map { " by rule \($0)" } ?? ""
    lines.append("Decided    \(statement.decision.action.rawValue)\(printable(rule)); \(statement.outcome.rawValue)")
    if let graded {
      let reason = graded.verdict.reason.map { " (\($0))" } ?? ""
      lines.append(
        "Verdict    \(graded.verdict.name.rawValue)\(reason): \(graded.verdict.name.phrase); "
          + "\(graded.verdict.severity.name), confidence \(graded.verdict.confidence.rawValue)")
      for line in effectLines(shown(graded.effect)) { lines.append("           \(printable(line))") }
    } else {
      lines.append("Verdict    none: it was not replayed; run `assay replay`")
    }
    if !statement.completeness.isEmpty {
      lines.append("Not shown  \(statement.completeness.flagNames.joined(separator: ", "))")
    }
    if !recordedOutput.isEmpty {
      let found = recordedOutput.map { "\(grouped($0.count)) \($0.detector)" }.joined(separator: ", ")
      lines.append("Output     the archive's own record of the session's output shows \(found)")
    }
    if let source { lines.append("Read from  \(printable(source.archive)) entry \(source.entry)") }
    guard let explanation, let policy else { return lines.joined(separator: "\n") }
    let decided = explanation.decision.rule.map { " by \($0)" } ?? ", no rule matched"
    lines += ["", "Policy \(printable(policy)) decides: \(explanation.decision.action.rawValue)\(decided)", ""]
    var table = TextTable([
      ("rule", .left), ("applies", .left), ("calls for", .left), ("because", .left), ("at", .left),
    ])
    for rule in explanation.rules {
      let why = rule.deciding.map { "\($0.path) is \($0.holds.word): \($0.expected)" }.joined(separator: "; ")
      // Where the predicate stands that decided; the rule itself where it has none.
      let place = rule.deciding.first?.place ?? rule.place
      table.add([
        rule.rule, rule.applies.word, rule.action.rawValue, why.isEmpty ? "it applies to everything" : why,
        place.description,
      ])
    }
    return lines.joined(separator: "\n") + "\n" + table.text
  }
}

extension Truth {
  /// `yes`, `no` or `unknown`.
  fileprivate var word: String {
    switch self {
    case .yes: "yes"
    case .no: "no"
    case .unknown: "unknown"
    }
  }
}

/// What a shadow measured, one sentence each.
func effectLines(_ effect: Effect) -> [String] {
  var lines: [String] = []
  switch effect.execution {
  case .ran: break
  case .failed(let code, let missing):
    lines.append(
      "on the shadow it failed: \(code)" + (missing.map { " (\($0) is not there)" } ?? "")
        + (effect.leavesChanges ? "; what it had changed by then stays" : ""))
  case .notRun(let reason): lines.append("it was not run on a shadow: \(reason.rawValue)")
  }
  for (name, table) in effect.tables.sorted(by: { $0.key < $1.key }) {
    let parts = [(table.inserted, "inserted"), (table.updated, "updated"), (table.deleted, "deleted")].filter {
      $0.0 > 0
    }
    guard !parts.isEmpty else { continue }
    let before = table.before.map { " of \(grouped($0))" } ?? ""
    lines.append("\(name): " + parts.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", ") + before)
  }
  lines += effect.dropped.map { "dropped \($0.type) \($0.name)" + ($0.rows.map { ", \(grouped($0)) rows" } ?? "") }
  lines += effect.truncated.map { "emptied \($0)" } + effect.altered + effect.escalated.map { "gained \($0)" }
  lines += effect.refused.map { "refused: \($0)" } + [effect.estimate?.phrase].compactMap(\.self)
  if effect.leak != .none {
    let form = effect.leakForm.map { " (\($0.rawValue))" } ?? ""
    lines.append("\(effect.leak.rawValue) leak of \(effect.leakedColumns.joined(separator: ", "))\(form)")
  }
  if effect.tookEffect, !effect.kept { lines.append("undone afterwards") }
  if lines.isEmpty { lines.append("nothing changed; \(counted(effect.rowsReturned, "row")) returned") }
  return lines
}
