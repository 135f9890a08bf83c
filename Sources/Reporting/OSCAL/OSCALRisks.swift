import AuditTrail
import Digests
import Evidence

extension OSCALResults {
  /// How many texts a risk quotes; the list of exceptions holds all.
  private static let quoted = 5

  /// The tests with a risk, at most one each: those that noted an exception, that failed, or that failed by the limit of a
  /// control.
  var risky: [TestedOrNot] {
    let related = Set(
      frameworks.flatMap(\.controls).flatMap { $0.objectives(known) }.flatMap(\.tests)
        .filter { $0.status == .fail || $0.status == .passWithAccepted }.map(\.mapping.test))
    return tested.filter {
      $0.result?.exceptions.isEmpty == false || $0.status == .fail || related.contains($0.id)
    }
  }

  /// The test's risk: its exceptions, with counts, acceptances and answers.
  func risk(_ test: TestedOrNot) -> OSCALNode {
    let exceptions = test.result?.exceptions ?? []
    let open = exceptions.filter { $0.status == .open }
    let isAccepted = !exceptions.isEmpty && open.isEmpty && test.status != .fail
    return .object([
      "uuid": .uuid(names.risk(test.id)),
      "title": .line(
        "\(test.title): \(counted(exceptions.count, "exception")), \(open.count) open"),
      "description": .prose([test.result?.conclusion.sentence ?? "This report did not run the test."]),
      "statement": .prose(statement(exceptions)),
      "props": .list(
        [.prop("test", test.id.rawValue)] + exceptionProps(exceptions) + [
          .prop("events", Set(exceptions.map(\.event)).count)
        ]
          + Rating.allCases.map { rating in .prop("rated-\(rating.rawValue)", exceptions.count { $0.rating == rating })
          }),
      "links": .list(
        exceptions.isEmpty
          ? []
          : [
            .object([
              "href": .reference(names.resource(OSCALResources.exceptionsPath)), "rel": .token("reference"),
              "text": .line("Every exception with its id and its place in the archives"),
            ])
          ]),
      "status": .token(isAccepted ? "deviation-approved" : "open"),
      "origins": .list([.origin(model)]),
      "mitigating-factors": .list(mitigatingFactors(test.id, exceptions)),
      "deadline": open.compactMap { $0.response?.due }.min().flatMap(deadline),
      "remediations": .list(remediations(test.id, open)),
      "related-observations": .list([.object(["observation-uuid": .uuid(names.observation(test.id))])]),
    ])
  }

  private func statement(_ exceptions: [ExceptionNoted]) -> [String] {
    guard let gravest = exceptions.first else { return ["A limit was not kept; the finding names it."] }
    let criteria = groups(exceptions, by: { ExactText($0.criteria) }).map { $0[0].criteria }
    let rest = criteria.count - Self.quoted
    return criteria.prefix(Self.quoted).map { "Expected: \($0)" }
      + (rest > 0 ? ["And \(rest) more, in the list of exceptions."] : [])
      + ["The gravest, \(gravest.id), rated \(gravest.rating.rawValue): \(gravest.condition)"]
  }

  /// The acceptances; one factor for those with the same text.
  private func mitigatingFactors(_ test: TestID, _ exceptions: [ExceptionNoted]) -> [OSCALNode] {
    let given = exceptions.filter { $0.acceptance != nil }
    return groups(given) { exception in
      exception.acceptance.map { Said(text: ExactText($0.reason), by: ExactText($0.by), day: $0.on) }
    }.enumerated().map { number, group in
      .object([
        "uuid": .uuid(names.uuid("acceptance", test.rawValue, String(number))),
        "description": group[0].acceptance.map {
          .said("Accepted by \($0.by) on \($0.on): \($0.reason)")
        },
        "props": .list([.prop("exceptions-accepted", group.count)]),
      ])
    }
  }

  /// Management's answers to open exceptions; one remediation for those with the same text.
  private func remediations(_ test: TestID, _ open: [ExceptionNoted]) -> [OSCALNode] {
    let answered = open.filter { $0.response != nil }
    let groups = groups(answered) { exception in
      exception.response.map { Said(text: ExactText($0.text), by: $0.owner.map { ExactText($0) }, day: $0.due) }
    }
    return groups.enumerated().compactMap { number, group in
      group[0].response.map { answer in
        .object([
          "uuid": .uuid(names.uuid("response", test.rawValue, String(number))),
          "lifecycle": .token("planned"),
          "title": .line("Management's answer to \(counted(group.count, "exception")), which no test covers"),
          "description": .said(answer.text),
          "props": .list(
            [.prop("exceptions", group.count)] + (answer.owner.map { [.prop("owner", $0)] } ?? [])
              + (answer.due.map { [.prop("due", $0.description)] } ?? [])
              + group.prefix(Self.quoted).map { .prop("exception", $0.id) }),
        ])
      }
    }
  }

  /// The day's last second; `nil` for a year that OSCAL cannot write. The answer's property still names the day.
  private func deadline(_ due: CivilDate) -> OSCALNode? {
    let time = due.start.adding(nanoseconds: 86_399_000_000_000)
    return OSCALNode.isWritable(time) && time.date == due ? .moment(time) : nil
  }
}

/// A text with who said it, and a day; equal where every byte is.
private struct Said: Hashable {
  let text: ExactText
  let by: ExactText?
  let day: CivilDate?
}

/// The elements in groups of equal keys, each in the place of its first.
private func groups<Element, Key: Hashable>(_ elements: [Element], by key: (Element) -> Key) -> [[Element]] {
  var places: [Key: Int] = [:]
  var groups: [[Element]] = []
  for element in elements {
    let key = key(element)
    if let place = places[key] {
      groups[place].append(element)
    } else {
      places[key] = groups.count
      groups.append([element])
    }
  }
  return groups
}
