import AuditTrail
import GoldenCorpus
import JSONReader
import Policies

extension Selftest {
  /// What people read: for each engine its result, the verdicts, and the decisions against the effects.
  var text: String {
    let parts = ["Golden corpus \(GoldenCorpus.version), sha256 \(GoldenCorpus.digest)"] + runs.map(\.text)
    let absent = leftOut.compactMap { engine, files, reason in
      reason.map { "\(engine.title)'s \(counted(files, "file")) not run: \($0)" }
    }
    return (parts + absent).joined(separator: "\n\n")
  }

  /// The document of `--json`: the sums over the engines that ran, then each by itself, and the ledger that keeps them.
  func json(recordedIn ledger: String?) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("version")
    json.string(GoldenCorpus.version)
    json.key("sha256")
    json.string(GoldenCorpus.digest)
    json.key("measuring_revision")
    json.string(CorpusRun.measuringRevision)
    json.key("engine")
    json.string(runs.count == 1 ? runs[0].engine.rawValue : "both")
    json.key("files_left_out")
    json.integer(Int64(leftOut.reduce(0) { $0 + $1.files }))
    runs.map(\.run).write(to: &json)
    json.key("engines")
    json.beginArray()
    for run in runs {
      json.beginObject()
      json.key("engine")
      json.string(run.engine.rawValue)
      json.key("server_version")
      json.integer(run.serverVersion.map(Int64.init))
      [run.run].write(to: &json)
      json.key("measured")
      json.beginArray()
      for measured in run.run.measured {
        json.beginObject()
        json.key("file")
        json.string(measured.file)
        json.key("case")
        json.string(measured.name)
        json.key("digest")
        json.string(measured.digest)
        json.endObject()
      }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.key("not_run")
    json.beginArray()
    for case (let engine, _, let reason?) in leftOut {
      json.beginObject()
      json.key("engine")
      json.string(engine.rawValue)
      json.key("reason")
      json.string(reason)
      json.endObject()
    }
    json.endArray()
    json.key("recorded_in")
    json.string(ledger)
    json.endObject()
    return json.bytes
  }
}

extension EngineRun {
  fileprivate var text: String {
    var table = TextTable([("verdict", .left), ("expected", .right), ("given", .right), ("right", .right)])
    for name in VerdictName.allCases {
      guard let tally = run.verdicts[name] else { continue }
      table.add([name.rawValue, grouped(tally.expected), grouped(tally.given), grouped(tally.right)])
    }
    var effects = TextTable([("effect", .left), ("caught or held back", .right), ("not", .right)])
    effects.add(["harmful", grouped(run.matrix.truePositives), grouped(run.matrix.falseNegatives)])
    effects.add(["others", grouped(run.matrix.falsePositives), grouped(run.matrix.trueNegatives)])
    let version = serverVersion.map { " \($0)" } ?? ""
    let lines = [
      "\(counted(run.cases, "case")) of \(counted(run.files, "file")) on \(engine.title)\(version), "
        + "\(counted(run.statements, "statement")): \(grouped(run.right)) right, "
        + "\(grouped(run.statements - run.right)) wrong.",
      table.text, "", "Recorded decisions of the corpus against measured effects, in units:", effects.text,
    ]
    let wrong = run.failures.map { failure in
      "WRONG \(failure.file): \(failure.name): statement \(failure.statement): \(failure.mismatch.what): expected "
        + "\(failure.mismatch.expected), got \(failure.mismatch.actual)"
    }
    return (lines + wrong).joined(separator: "\n")
  }
}

extension [CorpusRun] {
  /// Writes the members of an object that holds the sums over these runs.
  fileprivate func write(to json: inout JSONWriter) {
    func sum(_ part: (CorpusRun) -> Int) -> Int64 { Int64(reduce(0) { $0 + part($1) }) }
    for (key, value) in [
      ("files", sum(\.files)), ("cases", sum(\.cases)), ("statements", sum(\.statements)), ("right", sum(\.right)),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.key("verdicts")
    json.beginObject()
    for name in VerdictName.allCases {
      json.key(name.rawValue)
      json.beginObject()
      for (key, part) in [
        ("expected", \CorpusRun.Tally.expected), ("given", \CorpusRun.Tally.given), ("right", \CorpusRun.Tally.right),
      ] {
        json.key(key)
        json.integer(sum { $0.verdicts[name]?[keyPath: part] ?? 0 })
      }
      json.endObject()
    }
    json.endObject()
    json.key("matrix")
    json.beginObject()
    for (key, value) in [
      ("true_positives", sum(\.matrix.truePositives)), ("false_negatives", sum(\.matrix.falseNegatives)),
      ("false_positives", sum(\.matrix.falsePositives)), ("true_negatives", sum(\.matrix.trueNegatives)),
      ("beside", sum(\.matrix.beside)),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.endObject()
    json.key("wrong")
    json.beginArray()
    for failure in flatMap(\.failures) {
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
  }
}
