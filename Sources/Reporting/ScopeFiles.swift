import AuditTrail
import Evidence

extension EvidenceModel {
  func inputDigestsFile() -> EvidenceFile {
    EvidenceFile(
      "custody/input-digests.csv",
      "Every archive and file that the report follows from. The sorted digests, each with a line feed, give inputs_sha256.",
      [
        Column("path", .text, "The file, as it was named."),
        Column(
          "format", .text,
          "Its format, or what it is: side file, configuration, policy, shadow, file that could not be read, …."),
        Column("sha256", .text, "The SHA-256 of the file as stored, in hex; empty where it was not there."),
        Column("bytes", .integer, "Its size as stored; empty for what is not an archive."),
        Column("entries", .integer, "Lines, or elements of arrays: accepted, rejected and blank together."),
        Column("accepted", .integer, "Entries that gave records."),
        Column("rejected", .integer, "Entries that could not be read."), Column("blank", .integer, "Blank entries."),
        Column("duplicates", .integer, "Records that another archive held already."),
        Column("source", .text, "The proxy and its instance."),
        Column("seal", .text, "valid, broken or none."),
        Column("signature_key", .text, "The hex SHA-256 of the key that signed the seal; empty where it is unsigned."),
        Column("first", .time, "The least record time, UTC."), Column("last", .time, "The greatest record time, UTC."),
        Column("flags", .text, "What the archive could not show, separated by blanks."),
        Column("notes", .text, "What the export lacks, in sentences."),
      ],
      inputs.map { input in
        [
          .text(portable(input.path)), .text(input.format), .text(input.sha256), .integer(input.bytes),
          .integer(input.entries), .integer(input.accepted), .integer(input.rejected), .integer(input.blank),
          .integer(input.duplicates), .text(input.source), .text(input.seal.rawValue), .text(input.signatureKey),
          .time(input.first), .time(input.last), .text(input.flags.joined(separator: " ")),
          .text(input.notes.joined(separator: " ")),
        ]
      }
        + files.map { file in
          [.text(portable(file.path)), .text(file.kind), .text(file.sha256)] + Array(repeating: .empty, count: 13)
        })
  }

  func sideFilesFile() -> EvidenceFile {
    EvidenceFile(
      "custody/side-files.csv", "Where each side file comes from, by the sidecar beside it.",
      [
        Column("name", .text, "Its name in the configuration."), Column("path", .text, "The file."),
        Column("sha256", .text, "Its SHA-256, in hex."), Column("rows", .integer, "Its rows, without the header."),
        Column("system", .text, "The system that it was extracted from; empty where no sidecar says it."),
        Column("query", .text, "What was asked of that system."),
        Column("extracted_by", .text, "Who extracted it."), Column("extracted_at", .time, "When, UTC."),
        Column("sidecar_sha256", .text, "The SHA-256 of the sidecar, in hex."),
      ],
      facts.plan.sideFiles.extractions.map { file in
        [
          .text(file.name), .text(portable(file.path)), .text(file.sha256), .integer(file.rows), .text(file.system),
          .text(file.query), .text(file.extractedBy), .time(file.extractedAt), .text(file.sidecarSHA256),
        ]
      })
  }

  func policiesFile() -> EvidenceFile {
    EvidenceFile(
      "policies/policy-versions.csv", "The policies in force over the period, in order of time.",
      [
        Column("policy", .text, "The policy."), Column("version", .text, "Its version."),
        Column("from", .time, "From when it was in force, UTC."),
        Column("until", .time, "The first moment at which it no longer was; empty where it still is."),
        Column("basis", .text, "evidenced (the archives show it) or declared (only the file says so)."),
        Column("actor", .text, "Who changed it."), Column("approved_by", .text, "Who approved the change."),
        Column("statements", .integer, "Statements in the period whose decision names this version."),
      ],
      policies.map { policy in
        [
          .text(policy.policy), .text(policy.version), .time(policy.from), .time(policy.until),
          .text(policy.basis.rawValue), .text(policy.actor), .text(policy.approvedBy), .integer(policy.statements),
        ]
      })
  }

  func connectionsFile() -> EvidenceFile {
    EvidenceFile(
      "scope/connections.csv", "Connections that are in scope or were seen.",
      [
        Column("connection", .text, "Its name."), Column("environment", .text, "Its environment."),
        Column("in_scope", .flag, "Whether the configuration's scope names it."),
        Column("approval_required", .flag, "Whether the configuration says that its use needs approval."),
        Column("sessions", .integer, "Sessions in the period."),
        Column("statements", .integer, "Statements in the period."),
      ],
      connections.map { connection in
        [
          .text(connection.name), .text(connection.environment), .flag(connection.inScope),
          .flag(connection.approvalRequired), .integer(connection.sessions), .integer(connection.statements),
        ]
      })
  }

  func straddlingFile() -> EvidenceFile {
    EvidenceFile(
      "scope/straddling-sessions.csv",
      "Sessions that reach over a bound of the period. Tests look at what is inside; the rest belongs to another package.",
      [
        Column("proxy", .text, "The proxy's product name."), Column("session", .text, "The session's key."),
        Column("user", .text, "Who."), Column("connection", .text, "Where."),
        Column("opened", .time, "When it began, UTC."),
        Column("closed", .time, "When it ended, UTC; empty where its end is not recorded."),
        Column("statements_before", .integer, "Statements before the period."),
        Column("statements", .integer, "Statements in the period."),
        Column("statements_after", .integer, "Statements after the period."),
      ],
      (facts.straddling ?? []).map { session in
        [
          .text(session.proxy), .text(session.session), .text(session.user), .text(session.connection),
          .time(session.opened), .time(session.closed), .integer(session.before), .integer(session.inside),
          .integer(session.after),
        ]
      })
  }

  func shadowsFile() -> EvidenceFile {
    EvidenceFile(
      "replay/shadows.csv", "The shadows that statements were replayed on; never production.",
      [
        Column("connection", .text, "The connection it stands for."), Column("engine", .text, "Its engine."),
        Column("source", .text, "Where it came from."),
        Column(
          "image_sha256", .text,
          "The SHA-256 of the image every clone was made from, in hex; of a database of a running server, that of its schema and row counts."
        ),
        Column("marker_sha256", .text, "The SHA-256 of the marker of a running server's database, in hex; else empty."),
        Column("mode", .text, "session (a fresh clone each) or history."),
        Column("basis", .text, "What its rows are: copy, masked_copy, synthetic or schema_only."),
        Column("as_of", .time, "The moment it is a copy of, UTC."),
        Column("measured", .integer, "Statements measured on it."),
        Column("reproduced", .integer, "Comparable statements whose recorded row count the shadow reproduced."),
        Column("comparable", .integer, "Statements with a recorded row count that can be compared."),
      ],
      shadows.map { shadow in
        [
          .text(shadow.connection), .text(shadow.engine), .text(portable(shadow.source)), .text(shadow.imageSHA256),
          .text(shadow.markerSHA256), .text(shadow.mode), .text(shadow.basis.rawValue), .time(shadow.asOf),
          .integer(shadow.measured),
          .integer(shadow.fidelity.numerator), .integer(shadow.fidelity.denominator),
        ]
      })
  }

  func findingsFile() -> EvidenceFile {
    EvidenceFile(
      "replay/findings.csv", "What sessions did that no single verdict shows, such as approved_harm.",
      [
        Column("finding", .text, "approved_harm, accumulated_harm, …."), Column("session", .text, "The session."),
        Column("sequence", .integer, "The statement's number in it."), Column("time", .time, "When, UTC."),
        Column("user", .text, "Who."), Column("connection", .text, "Where."),
        Column("detail", .text, "What people should know, without literals."),
      ],
      findings.map { finding in
        [
          .text(finding.kind), .text(finding.session), .integer(finding.sequence), .time(finding.time),
          .text(finding.user), .text(finding.connection), .text(finding.detail),
        ]
      })
  }
}
