import AuditTrail
import Evidence
import Policies
import JSONReader

/// `machine/evidence.json`: the whole model for programs. The items of the populations stay in their CSV files, which it
/// names with their digests.
struct EvidenceJSON {
  static let format = "assay.evidence/1"

  let model: EvidenceModel
  /// The package's files that are written already, by path.
  let files: [String: PackageFile]

  var bytes: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.member("format", Self.format)
    json.member("facts_sha256", files[FactsJSON.path]?.sha256)
    PackageHeader(model).write(to: &json)
    scope(&json)
    json.array("tests", model.tests) { json, test in write(test, to: &json) }
    json.array("frameworks", model.frameworks, Self.framework)
    json.array("exceptions", model.exceptions, Self.exception)
    figures(&json)
    replay(&json)
    json.member("limitations", model.limitations)
    json.array("orphaned_responses", model.orphanedResponses, Self.response)
    json.endObject()
    return json.bytes + [0x0A]
  }

  private func scope(_ json: inout JSONWriter) {
    json.array("archives", model.inputs) { json, input in
      json.member("path", portable(input.path))
      json.member("format", input.format)
      json.member("sha256", input.sha256)
      json.member("bytes", input.bytes)
      json.member("entries", input.entries)
      json.member("accepted", input.accepted)
      json.member("rejected", input.rejected)
      json.member("blank", input.blank)
      json.member("duplicates", input.duplicates)
      json.member("source", input.source)
      json.member("seal", input.seal.rawValue)
      json.member("signature_key", input.signatureKey)
      json.member("flags", input.flags)
      json.member("notes", input.notes)
      json.member("first", input.first)
      json.member("last", input.last)
    }
    json.array("side_files", model.sideFiles, Self.source)
    json.array("files", model.files, Self.source)
    json.array("extractions", model.facts.plan.sideFiles.extractions) { json, extraction in
      json.member("name", extraction.name)
      json.member("path", portable(extraction.path))
      json.member("sha256", extraction.sha256)
      json.member("rows", extraction.rows)
      json.member("system", extraction.system)
      json.member("query", extraction.query)
      json.member("extracted_by", extraction.extractedBy)
      json.member("extracted_at", extraction.extractedAt)
      json.member("sidecar_sha256", extraction.sidecarSHA256)
    }
    json.array("choices", model.choices) { json, choice in
      json.member("name", choice.name)
      json.member("value", choice.value)
      json.member("shipped", choice.shipped)
      json.member("as_shipped", choice.isAsShipped)
      json.member("previous", choice.previous)
    }
    json.member("seals", model.seals)
    json.array("connections", model.connections) { json, connection in
      json.member("name", connection.name)
      json.member("environment", connection.environment)
      json.member("in_scope", connection.inScope)
      json.member("approval_required", connection.approvalRequired)
      json.member("sessions", connection.sessions)
      json.member("statements", connection.statements)
    }
    json.array("shadows", model.shadows) { json, shadow in
      json.member("connection", shadow.connection)
      json.member("engine", shadow.engine)
      json.member("source", portable(shadow.source))
      json.member("image_sha256", shadow.imageSHA256)
      json.member("marker_sha256", shadow.markerSHA256)
      json.member("mode", shadow.mode)
      json.member("basis", shadow.basis.rawValue)
      json.member("as_of", shadow.asOf)
      json.member("measured", shadow.measured)
      Self.share("fidelity", shadow.fidelity, &json)
    }
    json.key("thresholds")
    if let thresholds = model.thresholds {
      json.beginObject()
      json.member("source", thresholds.source)
      json.member("lines", thresholds.lines)
      json.member("approved_by", thresholds.approvedBy)
      json.member("approved_at", thresholds.approvedAt)
      json.member("not_the_approved_files", thresholds.otherFiles)
      json.endObject()
    } else {
      json.null()
    }
    json.array("policies", model.policies) { json, policy in
      json.member("policy", policy.policy)
      json.member("version", policy.version)
      json.member("from", policy.from)
      json.member("until", policy.until)
      json.member("basis", policy.basis.rawValue)
      json.member("actor", policy.actor)
      json.member("approved_by", policy.approvedBy)
      json.member("statements", policy.statements)
    }
    Self.assessment("completeness", model.completeness, &json)
    Self.assessment("integrity", model.integrity, &json)
  }

  private func figures(_ json: inout JSONWriter) {
    json.key("coverage")
    json.beginObject()
    json.array("sources", model.coverage.sources) { json, source in
      json.member("source", source.source)
      json.member("hours", source.hours)
      json.member("active", source.active)
      json.member("nil_proven", source.nilProven)
      json.member("gap", source.gap)
      json.member("unproven", source.unproven)
      json.member("covered_percent", source.covered.percent(decimals: 4))
    }
    json.array("gaps", model.coverage.gaps) { json, gap in
      json.member("source", gap.source)
      json.member("state", gap.state.rawValue)
      json.member("start", gap.start)
      json.member("end", gap.end)
      json.member("hours", gap.hours)
      json.member("reason", gap.reason)
    }
    json.endObject()
    json.array("tie_outs", model.tieOuts) { json, equation in
      json.member("id", equation.id)
      json.member("title", equation.title)
      json.member("left", equation.left)
      json.member("left_value", equation.leftValue)
      json.member("right", equation.right)
      json.member("right_value", equation.rightValue)
      json.member("difference", equation.difference)
      json.member("holds", equation.holds)
    }
    json.array("decisions_by_week", model.decisionsByWeek) { json, week in
      json.member("week", week.label)
      json.member("monday", week.monday)
      for count in week.counts { json.member(count.action.rawValue, count.statements) }
    }
  }

  private func replay(_ json: inout JSONWriter) {
    let grading = model.grading
    json.key("replay")
    json.beginObject()
    json.member("statements", grading.statements)
    json.member("not_replayed", grading.notReplayed)
    json.array("verdicts", grading.verdicts) { json, count in
      json.member("verdict", count.verdict.rawValue)
      json.member("meaning", count.verdict.phrase)
      json.member("statements", count.statements)
      json.member("units", count.units)
    }
    json.array("inconclusive", grading.inconclusive) { json, count in
      json.member("reason", count.reason)
      json.member("statements", count.statements)
    }
    json.key("false_allow")
    json.beginObject()
    json.member("evaluated", grading.falseAllowEvaluated)
    json.member("evaluation_unknown", grading.falseAllowEvaluationUnknown)
    json.endObject()
    json.key("matrix")
    json.beginObject()
    for name in [
      VerdictName.confirmedBlock, .confirmedReview, .falseAllow, .confirmedAllow, .falseBlock, .needlessReview,
    ] {
      json.member(name.rawValue, Int64(grading.units.all[name]))
    }
    json.endObject()
    json.key("fates")
    json.beginObject()
    for kind in HarmKind.allCases {
      json.key(kind.rawValue)
      json.beginObject()
      for fate in Fate.allCases {
        json.member(fate.rawValue, Int64(grading.units.all.fates[kind]?[fate] ?? 0))
      }
      json.endObject()
    }
    json.endObject()
    json.array("metrics", grading.metrics, Self.metric)
    validation(&json)
    json.array("findings", model.findings) { json, finding in
      json.member("kind", finding.kind)
      json.member("session", finding.session)
      json.member("sequence", finding.sequence)
      json.member("time", finding.time)
      json.member("user", finding.user)
      json.member("connection", finding.connection)
      json.member("detail", finding.detail)
    }
    json.endObject()
  }

  private func validation(_ json: inout JSONWriter) {
    json.key("tool_validation")
    guard let validation = model.facts.plan.validation else { return json.null() }
    json.beginObject()
    json.member("corpus", validation.corpus)
    json.member("corpus_sha256", validation.corpusSHA256)
    json.member("measuring_revision", validation.measuringRevision)
    json.array("runs", validation.runs) { json, run in
      json.member("engine", run.engine)
      json.member("server_version", run.serverVersion)
      json.member("cases", run.cases)
      json.member("statements", run.statements)
      json.member("right", run.right)
    }
    json.endObject()
  }
}
