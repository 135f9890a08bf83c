import AuditTrail
import Evidence

extension PackageComparison {
  /// How the page begins.
  static let pageStart = "# What changed since "

  /// The comparison in a sentence or two: what a reader asks first.
  package var headline: String {
    let tests = [
      (count(.worse), "worse"), (count(.better), "better"), (count(.changed), "changed otherwise"),
      (count(.same), "the same"),
      (count(.new), "new"), (count(.gone), "gone"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return
      "Since \(then.period), of \(counted(self.tests.count, "test")): \(tests.joined(separator: ", ")). Of the kinds of "
      + "exceptions \(grouped(kinds(.new).count)) are new, \(grouped(kinds(.recurring).count)) recur and "
      + "\(grouped(kinds(.gone).count)) are gone. \(counted(controls.count, "control")) "
      + "\(controls.count == 1 ? "has" : "have") another status."
  }

  /// The comparison as a page.
  package var markdown: [UInt8] {
    var page = MarkdownWriter()
    page.heading(1, Self.pageStart.dropFirst(2) + MarkdownText.escaped(then.period))
    page.paragraph(MarkdownText.escaped(headline))
    page.paragraph(
      "It compares what two finished packages state about management's automated tests; \(disclaimer) Nothing is judged again."
    )
    compared(&page)
    tests(&page)
    controls(&page)
    exceptions(&page)
    differences("Choices that differ", choices, "Choice", &page)
    differences("Program, catalogs and names that differ", versions, "What", &page)
    page.heading(2, "How kinds are told")
    page.paragraph(
      "Items of two periods are never the same ones. So exceptions are compared by what they are about and what lasts: the test, a "
        + "person, a connection, a rule, a shape of statements, a source. Sessions, statements, approvals, versions, times and "
        + "counts are left out. An exception is “new” where the earlier package has none of its kind, and “gone” where only the "
        + "earlier one has; that something was mended, no package shows.")
    return Array(wrappedProse(page.text).utf8)
  }

  private func compared(_ page: inout MarkdownWriter) {
    page.heading(2, "What was compared")
    page.grid(
      ["", "Then", "Now"],
      [
        row("Package", \.path), row("Period", \.period), row("First moment", \.header.start),
        row("Before", \.header.end), row("SHA-256 of the manifest", \.manifestSHA256),
        row("SHA-256 of all inputs", \.header.inputsSHA256), row("Program", \.header.toolVersion),
        row("Of", \.of),
      ])
    page.paragraph("Of the earlier package this was checked first:")
    page.list(StatedPackage.checked)
  }

  private func row(_ name: String, _ value: KeyPath<StatedPackage, String>) -> [String] {
    [name, MarkdownText.escaped(then[keyPath: value]), MarkdownText.escaped(now[keyPath: value])]
  }

  private func tests(_ page: inout MarkdownWriter) {
    page.heading(2, "Tests")
    page.grid(
      ["Test", "Change", "Then", "Now", "Items", "Exceptions"],
      tests.map { test in
        [
          MarkdownText.escaped("\(test.id) \(test.title)"), test.change.rawValue, phrase(test.then?.status),
          phrase(test.now?.status),
          "\(figure(test.then.map { $0.items ?? 0 })) → \(figure(test.now.map { $0.items ?? 0 }))",
          "\(figure(test.then?.exceptions)) → \(figure(test.now?.exceptions))",
        ]
      })
  }

  private func controls(_ page: inout MarkdownWriter) {
    page.heading(2, "Controls with another status")
    page.paragraph("\(counted(sameControls, "control")) \(sameControls == 1 ? "has" : "have") the same status.")
    guard !controls.isEmpty else { return }
    page.grid(
      ["Framework", "Control", "Title", "Change", "Then", "Now"],
      controls.map { control in
        [control.framework, control.control, control.title].map(MarkdownText.escaped)
          + [control.change.rawValue, phrase(control.then?.status), phrase(control.now?.status)]
      })
  }

  private func exceptions(_ page: inout MarkdownWriter) {
    for state in Kind.State.allCases {
      let kinds = kinds(state)
      page.heading(2, state.title)
      guard !kinds.isEmpty else {
        page.paragraph("None.")
        continue
      }
      page.grid(
        ["What", "Rating", "First seen", "Then", "Now", "Keep in mind"],
        kinds.map { kind in
          [
            "\(kind.id): " + MarkdownText.escaped(kind.about.joined(separator: ", ") + ". " + kind.shown.condition),
            MarkdownText.escaped(kind.shown.rating) + (kind.isAccepted ? ", accepted" : ""),
            MarkdownText.escaped(kind.since ?? ""), MarkdownText.escaped(Self.ids(kind.then)),
            MarkdownText.escaped(Self.ids(kind.now)), MarkdownText.escaped(kind.proviso ?? ""),
          ]
        })
    }
  }

  private func differences(_ title: String, _ list: [Difference], _ name: String, _ page: inout MarkdownWriter) {
    page.heading(2, title)
    guard !list.isEmpty else { return page.paragraph("None.") }
    page.grid(
      [name, "Then", "Now"],
      list.map { [$0.name, $0.then ?? "not stated", $0.now ?? "not stated"].map(MarkdownText.escaped) })
  }

  private func phrase(_ status: String?) -> String {
    guard let status else { return "not in it" }
    return TestStatus(rawValue: status)?.phrase ?? MarkdownText.escaped(status)
  }

  private func figure(_ count: (some BinaryInteger)?) -> String { count.map { grouped($0) } ?? "–" }

  /// Their ids, few of them: the table has all.
  private static func ids(_ exceptions: [StatedException]) -> String {
    let most = 5
    let shown = exceptions.prefix(most).map(\.id).joined(separator: " ")
    return exceptions.count > most ? "\(shown) and \(grouped(exceptions.count - most)) more" : shown
  }
}

extension StatedPackage {
  /// Whose it is.
  fileprivate var of: String { "\(header.organization), \(header.system)" }
}

extension PackageComparison.Kind {
  /// Whether somebody accepted all of what is shown of it.
  var isAccepted: Bool {
    (now.isEmpty ? then : now).allSatisfy { $0.status == ExceptionStatus.accepted.rawValue }
  }
}

extension PackageComparison.Kind.State {
  fileprivate var title: String {
    switch self {
    case .new: "New kinds of exceptions"
    case .recurring: "Kinds of exceptions that recur"
    case .gone: "Kinds of exceptions that are gone"
    }
  }
}
