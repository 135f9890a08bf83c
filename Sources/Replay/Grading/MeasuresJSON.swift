import AuditTrail
import JSONReader
import Policies

/// The parts of `replay --json` that are next to the verdicts' counts.
extension ReplayReport {
  /// The matrices of a population and what can be said of them, inside `metrics` and `metrics_all`.
  func write(moreOf matrix: ConfusionMatrix, _ json: inout JSONWriter) {
    json.key("matthews")
    write(matrix.matthews, &json)
    json.key("mask_recall")
    write(matrix.maskRecall, &json)
    json.key("false_block_rate")
    write(matrix.falseBlocks, &json)
    json.key("held_back")
    write(heldBackOf: matrix, &json)
    json.key("matrix")
    write(matrix: matrix, &json)
    json.key("disclosure")
    json.beginObject()
    json.key("caught")
    write(matrix.disclosureCaught, &json)
    json.key("prevented")
    write(matrix.disclosurePrevented, &json)
    json.key("matrix")
    let disclosure = matrix.disclosure
    write(
      cells: [
        ("true_positives", disclosure.truePositives), ("false_negatives", disclosure.falseNegatives),
        ("false_positives", disclosure.falsePositives), ("true_negatives", disclosure.trueNegatives),
      ], &json)
    json.endObject()
  }

  /// What was blocked or sent for approval, by what it turned out to be.
  private func write(heldBackOf matrix: ConfusionMatrix, _ json: inout JSONWriter) {
    let parts = matrix.heldBackParts
    write(
      cells: [
        ("units", matrix.heldBack), ("harmful", parts.harmful), ("within_limits", parts.withinLimits),
        ("harmless", parts.harmless), ("would_have_failed", matrix[.mootBlock]),
      ], &json)
  }

  /// What one matrix over all decided units hides, inside `metrics`: rows, sessions and classes.
  func write(grouped json: inout JSONWriter) {
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
      json.integer(kind.units.all.units)
      json.key("matrix")
      write(matrix: kind.units.all, &json)
      for (name, share) in [
        ("recall", kind.units.all.recall), ("prevented", kind.units.all.prevented),
        ("precision", kind.units.all.precision), ("specificity", kind.units.all.specificity),
        ("coverage", kind.units.all.coverage),
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

  /// A matrix as its four cells, and how many units are next to it.
  func write(matrix: ConfusionMatrix, _ json: inout JSONWriter) {
    write(
      cells: [
        ("true_positives", matrix.truePositives), ("false_negatives", matrix.falseNegatives),
        ("false_positives", matrix.falsePositives), ("true_negatives", matrix.trueNegatives), ("beside", matrix.beside),
      ], &json)
  }

  private func write(cells: [(name: String, count: Int)], _ json: inout JSONWriter) {
    json.beginObject()
    for (name, count) in cells {
      json.key(name)
      json.integer(count)
    }
    json.endObject()
  }
}
