import AuditTrail
import Evidence

extension EvidenceModel {
  func controlMatrixFile() -> EvidenceFile {
    var rows: [[Cell]] = []
    for framework in frameworks {
      for control in framework.controls {
        let head: [Cell] = [
          .text(framework.id), .text(framework.version), .text(control.control), .text(control.title),
          .text(control.status.rawValue), .text(control.phrase),
        ]
        let tail: [Cell] = [.flag(control.annualCore), .text(control.reason)]
        if control.mappings.isEmpty {
          rows.append(head + [.empty, .empty, .empty] + tail + [.empty, .empty, .empty, .empty])
        }
        for mapping in control.mappings {
          let test: [Cell] = [
            .text(mapping.test.rawValue), .text((control.conclusion(mapping)?.status ?? .notRun).rawValue),
            .text(mapping.relation),
          ]
          let limits = control.limits(mapping)
          let own: [Cell] = [
            .text(mapping.shows.rawValue), .text(mapping.clause), .text(mapping.reservations),
            limits.isEmpty ? .empty : .text(limits.joined(separator: "; ")),
          ]
          rows.append(head + test + tail + own)
        }
      }
    }
    return EvidenceFile(
      "controls/control-matrix.csv", "Every control in scope with each test that supports it, one pair a row.",
      [
        Column("framework", .text, "The catalog's id."),
        Column("catalog_version", .text, "The catalog's version."),
        Column("control", .text, "The control's id."),
        Column("control_title", .text, "Its title in our own words; no quotation of the framework."),
        Column(
          "control_status", .text,
          "The worst of what its tests mean for it; not_run where no test supports it, pass where performing one is enough."
        ),
        Column("result", .text, "The control's status in words."),
        Column("test", .text, "A test that supports it; empty where there is none."),
        Column("test_status", .text, "That test's status, by the control's own limits."),
        Column("relation", .text, "How the test relates to the control: it supports it, or supports it in part."),
        Column("annual_core", .flag, "Whether FedRAMP CR26 lists the control for assessment in every year."),
        Column("reason", .text, "Why the control is in scope."),
        Column("shows", .text, "outcome: met by finding nothing; performed: met by having been performed."),
        Column("clause", .text, "The clause of the control that the test supports, in our own words."),
        Column(
          "reservations", .text, "Why it supports that in part only, or what is not shown; empty where nothing is."),
        Column(
          "judged_by", .text,
          "The limits that the test was judged by for this control, if they are its own or others than the test's."),
      ], rows)
  }

  func frameworksFile() -> EvidenceFile {
    EvidenceFile(
      "controls/frameworks.csv", "The control catalogs that the report uses.",
      [
        Column("framework", .text, "The catalog's id."),
        Column("title", .text, "The framework's name."),
        Column("catalog_version", .text, "The catalog's version."),
        Column("source", .text, "Where the list of controls comes from."),
        Column("checked", .date, "When the catalog was last checked against it."),
        Column("controls", .integer, "Controls in scope."),
        Column("out_of_scope", .integer, "Controls the catalog names as out of scope."),
      ],
      frameworks.map { framework in
        [
          .text(framework.id), .text(framework.title), .text(framework.version), .text(framework.source),
          .date(framework.date), .integer(framework.controls.count), .integer(framework.outOfScope.count),
        ]
      })
  }

  func resultsFile() -> EvidenceFile {
    EvidenceFile(
      "metrics/results.csv", "Every test's result.",
      [
        Column("test", .text, "The test's id."),
        Column("title", .text, "Its name."),
        Column("status", .text, "Its operating result."),
        Column("result", .text, "The status in words."),
        Column("design_status", .text, "Its design result; not_run where the test does not assess design."),
        Column("population", .integer, "Items in the population."),
        Column("tested", .integer, "Items that were tested."),
        Column("passed", .integer, "Items without exception."),
        Column("failed", .integer, "Items with at least one exception, accepted ones among them."),
        Column("inconclusive", .integer, "Items that the data cannot decide."),
        Column("exceptions", .integer, "Exceptions noted; an item may have several."),
        Column("open_exceptions", .integer, "Exceptions that nobody accepted."),
        Column("conclusion", .text, "The result in a sentence."),
        Column("remedy", .text, "What would make it testable; empty for a test that could be decided."),
        Column("limits", .text, "The limits that it was judged by; a control with one of its own is judged by that."),
      ],
      tests.map { test in
        [
          .text(test.id.rawValue), .text(test.title), .text(test.status.rawValue), .text(test.status.phrase),
          .text(test.design.status.rawValue), .integer(test.population.count), .integer(test.tested),
          .integer(test.passed), .integer(test.failed), .integer(test.inconclusive), .integer(test.exceptions.count),
          .integer(test.exceptions.count { $0.status == .open }), .text(test.conclusion.sentence), .text(test.remedy),
          test.limitWords.isEmpty ? .empty : .text(test.limitWords.joined(separator: "; ")),
        ]
      })
  }

  func exceptionsFile() -> EvidenceFile {
    EvidenceFile(
      "exceptions/exceptions.csv", "Every exception of every test, gravest first, accepted ones among them.",
      [
        Column("exception", .text, "The exception's id: the same item has the same id in every run."),
        Column("event", .text, "What happened once, of which several tests may note an exception."),
        Column("test", .text, "The test."),
        Column(
          "rating", .text,
          "high, moderate or low: by the program's table (ratings.yaml, shipped with it), or the configuration's `ratings:`, which the first page lists."
        ),
        Column(
          "severity", .text,
          "S0 to S4: how grave the measured effect on data is; empty where none was measured. The rating counts."),
        Column("status", .text, "open or accepted."),
        Column("condition", .text, "What is."),
        Column("criteria", .text, "What should be."),
        Column("user", .text, "The identity."),
        Column("connection", .text, "The connection."),
        Column("first_seen", .time, "Its earliest time, UTC."),
        Column("last_seen", .time, "Its latest time, UTC."),
        Column("cause", .text, "Why it came about, as far as the data says."),
        Column("effect", .text, "What it led to, or could."),
        Column("item", .text, "The item's key within its test."),
        Column("session", .text, "The session, when it is about one."),
        Column("sequence", .integer, "The statement's number in the session."),
        Column(
          "controls", .text,
          "The controls that the test supports and by whose own limits it is an exception, as framework and control, separated by “; ”."
        ),
        Column("archive", .text, "The archive that holds it."),
        Column("archive_sha256", .text, "That archive's SHA-256, in hex."),
        Column("entry", .integer, "The entry in that archive, counted from 1."),
        Column("accepted_by", .text, "Who accepted it; empty while it is open."),
        Column("accepted_on", .date, "When."),
        Column("acceptance_reason", .text, "Why."),
        Column("response", .text, "Management's answer, which no test covers."),
        Column("response_owner", .text, "Who sees to it."),
        Column("response_due", .date, "Until when."),
        Column("kind", .text, "What kind of thing it is about: exceptions of two periods of one kind have the same."),
        Column(
          "noted_before", .text,
          "The earlier periods in which one of its kind was noted, by the packages that `previous:` names; empty where none was."
        ),
      ], exceptions.map(\.row))
  }

  func responsesFile() -> EvidenceFile {
    EvidenceFile(
      "exceptions/orphaned-responses.csv", "Responses of management to exceptions that this report does not hold.",
      [
        Column("exception", .text, "The id that the response names."),
        Column("response", .text, "Management's answer."),
        Column("response_owner", .text, "Who sees to it."),
        Column("response_due", .date, "Until when."),
      ],
      orphanedResponses.map { [.text($0.exception), .text($0.text), .text($0.owner), .date($0.due)] })
  }
}

extension ExceptionNoted {
  fileprivate var row: [Cell] {
    [
      .text(id), .text(event), .text(test.rawValue), .text(rating.rawValue), .text(severity?.name),
      .text(status.rawValue), .text(condition), .text(criteria), .text(item.user), .text(item.connection),
      .time(firstSeen), .time(lastSeen), .text(cause), .text(effect), .text(item.key), .text(item.session),
      .integer(item.sequence), .text(controls.map { "\($0.framework) \($0.control)" }.joined(separator: "; ")),
      .text(item.archive.map(portable)), .text(item.archiveSHA256), .integer(item.entry), .text(acceptance?.by),
      .date(acceptance?.on), .text(acceptance?.reason), .text(response?.text), .text(response?.owner),
      .date(response?.due), .text(kind?.id), notedBefore.isEmpty ? .empty : .text(notedBefore.joined(separator: "; ")),
    ]
  }
}
