import ArgumentParser
import AuditTrail
import GoldenCorpus
import JSONReader
import Policies

/// `assay selftest`: the golden corpus built into the binary, for whoever must trust it.
struct SelftestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Run the labelled cases that this program carries, and say whether all are right.",
    discussion: """
      Each case is a schema, a recorded session, and what must be measured and concluded of every statement. They run on \
      SQLite in memory: no file, no network, no ledger. Status 1 when one is wrong.

      Example: assay selftest
      """)

  @OptionGroup var common: CommonOptions

  func run() throws {
    let result = try CorpusRun.onSQLite()
    common.console.document(result.json)
    common.console.say(result.text)
    if !result.failures.isEmpty { throw CheckFailed(status: ExitStatus.checkFailed) }
  }
}

extension CorpusRun {
  /// Cases that this run leaves out, since they need a server.
  private var leftOut: Int { GoldenCorpus.files.count { $0.engine != "sqlite" } }

  fileprivate var text: String {
    var table = TextTable([("verdict", .left), ("expected", .right), ("given", .right), ("right", .right)])
    for name in VerdictName.allCases {
      guard let tally = verdicts[name] else { continue }
      table.add([name.rawValue, grouped(tally.expected), grouped(tally.given), grouped(tally.right)])
    }
    var effects = TextTable([("effect", .left), ("held back", .right), ("let through", .right)])
    effects.add(["harmful", grouped(matrix.truePositives), grouped(matrix.falseNegatives)])
    effects.add(["harmless", grouped(matrix.falsePositives), grouped(matrix.trueNegatives)])
    var lines = [
      "Golden corpus \(GoldenCorpus.version), sha256 \(GoldenCorpus.digest)", "",
      table.text, "", "Recorded decisions of the corpus against measured effects, in units:", effects.text, "",
      "\(counted(cases, "case")) of \(counted(files, "file")) on SQLite, \(counted(statements, "statement")): "
        + "\(grouped(right)) right, \(grouped(statements - right)) wrong.",
    ]
    if leftOut > 0 {
      lines.append("\(counted(leftOut, "file")) left out: their shadow is a PostgreSQL server (`make test` runs them).")
    }
    for failure in failures {
      lines.append(
        "WRONG \(failure.file): \(failure.name): statement \(failure.statement): \(failure.mismatch.what): expected "
          + "\(failure.mismatch.expected), got \(failure.mismatch.actual)")
    }
    return lines.joined(separator: "\n")
  }

  fileprivate var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("version")
    json.string(GoldenCorpus.version)
    json.key("sha256")
    json.string(GoldenCorpus.digest)
    json.key("engine")
    json.string("sqlite")
    for (key, value) in [
      ("files", files), ("files_left_out", leftOut), ("cases", cases), ("statements", statements), ("right", right),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.key("verdicts")
    json.beginObject()
    for name in VerdictName.allCases {
      let tally = verdicts[name]
      json.key(name.rawValue)
      json.beginObject()
      for (key, value) in [("expected", tally?.expected), ("given", tally?.given), ("right", tally?.right)] {
        json.key(key)
        json.integer(value ?? 0)
      }
      json.endObject()
    }
    json.endObject()
    json.key("matrix")
    json.beginObject()
    for (key, value) in [
      ("true_positives", matrix.truePositives), ("false_negatives", matrix.falseNegatives),
      ("false_positives", matrix.falsePositives), ("true_negatives", matrix.trueNegatives), ("beside", matrix.beside),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.endObject()
    json.key("wrong")
    json.beginArray()
    for failure in failures {
      json.beginObject()
      for (key, value) in [
        ("file", failure.file), ("case", failure.name), ("what", failure.mismatch.what),
        ("expected", failure.mismatch.expected), ("actual", failure.mismatch.actual),
      ] {
        json.key(key)
        json.string(value)
      }
      json.key("statement")
      json.integer(failure.statement)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
