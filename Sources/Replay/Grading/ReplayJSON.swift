import AuditTrail
import JSONReader
import Ledger
import Policies

extension ReplayReport {
  /// The report as `replay --json` prints it: one JSON object, without a line end.
  public var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("statements")
    json.integer(statements)
    json.key("sessions")
    json.beginObject()
    json.key("measured")
    json.integer(sessionsMeasured)
    json.key("reused")
    json.integer(sessionsReused)
    json.endObject()
    json.key("not_sampled")
    json.integer(notSampled)
    json.key("sample")
    write(sample: &json)
    json.key("verdicts")
    json.beginObject()
    for name in VerdictName.allCases {
      json.key(name.rawValue)
      json.integer(verdicts[name] ?? 0)
    }
    json.endObject()
    json.key("inconclusive")
    json.beginObject()
    for (reason, count) in inconclusive.sorted(by: { $0.key < $1.key }) {
      json.key(reason)
      json.integer(count)
    }
    json.endObject()
    json.key("metrics")
    json.beginObject()
    write(metrics: units.evaluated, &json)
    write(grouped: &json)
    json.endObject()
    json.key("metrics_all")
    json.beginObject()
    write(metrics: units.all, &json)
    json.endObject()
    json.key("fates")
    write(fates: &json)
    json.key("rules")
    json.beginArray()
    for rule in rules { write(rule, &json) }
    json.endArray()
    json.key("shadow")
    write(shadow: &json)
    json.key("false_allow")
    json.beginObject()
    json.key("evaluated")
    json.integer(falseAllowEvaluated)
    json.key("evaluation_unknown")
    json.integer(falseAllowUnknown)
    json.endObject()
    json.key("identities")
    write(identities: &json)
    json.key("fidelity")
    write(fidelity: &json)
    json.key("schema_gaps")
    write(gaps: &json)
    json.key("findings")
    json.beginObject()
    for kind in Self.findingKinds {
      json.key(kind)
      json.integer(findings[kind] ?? 0)
    }
    json.endObject()
    json.endObject()
    return json.bytes
  }

  private func write(sample json: inout JSONWriter) {
    guard let sample else { return json.null() }
    json.beginObject()
    json.key("population")
    json.integer(sample.sample.population)
    json.key("taken")
    json.integer(sample.sample.taken)
    json.key("seed")
    json.unsigned(sample.sample.seed)
    json.key("graded")
    json.integer(sample.graded)
    json.key("deviations")
    json.integer(sample.deviations)
    json.key("confidence")
    json.double(0.95)
    json.key("upper_limit")
    write(sample.upperLimit, &json)
    json.endObject()
  }

  private func write(metrics matrix: ConfusionMatrix, _ json: inout JSONWriter) {
    json.key("units")
    json.integer(matrix.units)
    for (name, share) in [
      ("recall", matrix.recall), ("prevented", matrix.prevented), ("precision", matrix.precision),
      ("specificity", matrix.specificity),
    ] {
      json.key(name)
      write(share, &json)
    }
    json.key("balanced_accuracy")
    write(matrix.balancedAccuracy, &json)
    json.key("coverage")
    write(matrix.coverage, &json)
    json.key("recall_bounds")
    if let bounds = matrix.recallBounds {
      json.beginObject()
      json.key("low")
      write(bounds.low, &json)
      json.key("high")
      write(bounds.high, &json)
      json.endObject()
    } else {
      json.null()
    }
    write(moreOf: matrix, &json)
  }

  /// Harmful units by kind and fate, every one of both among them.
  private func write(fates json: inout JSONWriter) {
    json.beginObject()
    for kind in HarmKind.allCases {
      json.key(kind.rawValue)
      json.beginObject()
      for fate in Fate.allCases {
        json.key(fate.rawValue)
        json.integer(units.all.fates[kind]?[fate] ?? 0)
      }
      json.endObject()
    }
    json.endObject()
  }

  /// A share with both of its numbers. A full population has no sampling error: the interval stands only beside a sample.
  func write(_ share: Proportion, _ json: inout JSONWriter) {
    let interval = sample == nil ? nil : share.interval
    json.beginObject()
    json.key("value")
    write(share.value, &json)
    json.key("low")
    write(interval?.low, &json)
    json.key("high")
    write(interval?.high, &json)
    json.key("count")
    json.integer(share.count)
    json.key("total")
    json.integer(share.total)
    json.endObject()
  }

  /// Cut to four digits, as percentages are cut: more would show the platform's rounding, not the measurement.
  func write(_ value: Double?, _ json: inout JSONWriter) {
    guard let value else { return json.null() }
    json.double((value * 10_000 + 1e-6).rounded(.down) / 10_000)
  }

  private func write(_ rule: RuleTally, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("rule")
    json.string(rule.rule)
    json.key("policy")
    json.string(rule.policy)
    json.key("statements")
    json.integer(rule.statements)
    json.key("verdicts")
    json.beginObject()
    for name in VerdictName.allCases {
      guard let count = rule.verdicts[name] else { continue }
      json.key(name.rawValue)
      json.integer(count)
    }
    json.endObject()
    json.key("rows_saved")
    json.integer(rule.rowsSaved)
    json.key("precision")
    write(rule.units.all.precision, &json)
    json.endObject()
  }

  /// One shadow as an object; several as the first of them with the others under `more`.
  private func write(shadow json: inout JSONWriter) {
    guard let first = shadows.first else { return json.null() }
    json.beginObject()
    json.key("engine")
    json.string(first.engine)
    json.key("source")
    json.string(first.source)
    json.key("mode")
    json.string(first.mode)
    json.key("basis")
    json.string(first.basis.rawValue)
    json.key("as_of")
    json.string(first.asOf?.description)
    json.key("image_sha256")
    json.string(first.imageSHA256)
    if shadows.count > 1 {
      json.key("more")
      json.strings(shadows.dropFirst().map { "\($0.connection): \($0.source)" })
    }
    json.endObject()
  }
}
