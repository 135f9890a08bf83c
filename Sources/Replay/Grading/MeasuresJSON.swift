import JSONReader
import Policies

/// The parts of `replay --json` that stand beside the verdicts' counts.
extension ReplayReport {
  /// The matrix of all units and what can be said of it, inside `metrics`.
  func write(moreMetrics json: inout JSONWriter) {
    json.key("matthews")
    write(matrix.matthews, &json)
    json.key("mask_recall")
    write(matrix.maskRecall, &json)
    json.key("matrix")
    write(matrix: matrix, &json)
    json.key("recall_by_rows")
    json.beginObject()
    json.key("value")
    write(groups.rowRecall, &json)
    json.key("rows_stopped")
    json.integer(groups.rowsStopped)
    json.key("rows_missed")
    json.integer(groups.rowsMissed)
    json.endObject()
    json.key("recall_by_session")
    write(groups.sessions, &json)
    json.key("recall_by_class")
    write(groups.classes, &json)
  }

  /// The matrix of each kind of identity.
  func write(identities json: inout JSONWriter) {
    json.beginArray()
    for kind in groups.byKind {
      json.beginObject()
      json.key("kind")
      json.string(kind.name)
      json.key("units")
      json.integer(kind.matrix.units)
      json.key("matrix")
      write(matrix: kind.matrix, &json)
      for (name, share) in [
        ("recall", kind.matrix.recall), ("precision", kind.matrix.precision),
        ("specificity", kind.matrix.specificity), ("coverage", kind.matrix.coverage),
      ] {
        json.key(name)
        write(share, &json)
      }
      json.endObject()
    }
    json.endArray()
  }

  /// How far the archive's row counts and the shadow's agree.
  func write(fidelity json: inout JSONWriter) {
    json.beginObject()
    json.key("value")
    write(fidelity.share.value, &json)
    json.key("compared")
    json.integer(fidelity.compared)
    json.key("matching")
    json.integer(fidelity.matching)
    json.key("sessions_unmeasurable")
    json.integer(fidelity.unmeasurable)
    json.key("histogram")
    json.beginArray()
    for count in fidelity.histogram { json.integer(count) }
    json.endArray()
    json.key("lowest")
    json.beginArray()
    for session in fidelity.lowest {
      json.beginObject()
      json.key("session")
      json.string(session.key)
      json.key("value")
      write(Proportion(session.matching, of: session.compared).value, &json)
      json.key("compared")
      json.integer(session.compared)
      json.key("matching")
      json.integer(session.matching)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  /// What the shadow's schema lacks.
  func write(gaps json: inout JSONWriter) {
    json.beginArray()
    for gap in gaps.all {
      json.beginObject()
      json.key("object")
      json.string(gap.object)
      json.key("code")
      json.string(gap.code)
      json.key("statements")
      json.integer(gap.statements)
      json.key("example")
      json.string(gap.example)
      json.endObject()
    }
    json.endArray()
  }

  /// A matrix as its four cells, and how many units stand beside it.
  func write(matrix: ConfusionMatrix, _ json: inout JSONWriter) {
    json.beginObject()
    for (name, count) in [
      ("true_positives", matrix.truePositives), ("false_negatives", matrix.falseNegatives),
      ("false_positives", matrix.falsePositives), ("true_negatives", matrix.trueNegatives), ("beside", matrix.beside),
    ] {
      json.key(name)
      json.integer(count)
    }
    json.endObject()
  }
}
