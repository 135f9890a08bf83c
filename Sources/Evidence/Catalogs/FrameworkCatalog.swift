public import AuditTrail

/// A framework's controls with the tests that support them, as a catalog file states them.
public struct FrameworkCatalog: Sendable, Hashable, Codable {
  /// Its id, such as `soc2-2017`; the file has the same name.
  public var id: String
  /// The framework's name.
  public var title: String
  /// The catalog's version.
  public var version: String
  /// Where the list of controls comes from.
  public var source: String
  /// When it was last checked against that.
  public var date: CivilDate
  /// What to keep in mind with the mapping.
  public var note: String
  /// The controls, in the file's order.
  public var controls: [CatalogControl]

  /// The controls in scope that the test supports, each with how.
  func mappings(of test: TestID) -> [(control: ControlReference, mapping: ControlMapping)] {
    controls.filter(\.inScope).flatMap { control in
      control.mappings.filter { $0.test == test }.map { (ControlReference(framework: id, control: control.id), $0) }
    }
  }

  /// Each control in scope with the worst of its tests, each judged by the control's own limits, which `limits` says in words.
  func result(
    limits: (ControlMapping) -> [String] = { _ in [] }, _ judged: (ControlMapping) -> Conclusion?
  ) -> FrameworkResult {
    FrameworkResult(
      id: id, title: title, version: version, source: source, date: date, note: note,
      controls: controls.filter(\.inScope).map { control in
        let conclusions = control.mappings.map(judged)
        var result = ControlResult(
          framework: id, control: control.id, title: control.title,
          status: .worst(zip(control.mappings, conclusions).map { $0.status($1?.status ?? .notRun) }),
          mappings: control.mappings, annualCore: control.annualCore, reason: control.reason)
        result.conclusions = conclusions
        result.limits = control.mappings.map(limits)
        return result
      },
      outOfScope: controls.filter { !$0.inScope }.map {
        ControlOutOfScope(control: $0.id, title: $0.title, reason: $0.reason)
      })
  }
}

/// A control of a catalog.
public struct CatalogControl: Sendable, Hashable, Codable {
  /// Its id, as the framework writes it.
  public var id: String
  /// A title in our own words.
  public var title: String
  /// The tests that support it, in their order, each with how; none is reported as `not_run`.
  public var mappings: [ControlMapping]
  /// Whether it is reported.
  public var inScope: Bool
  /// Why it is in scope, or not.
  public var reason: String
  /// Whether FedRAMP's CR26 lists it for assessment in every year.
  public var annualCore: Bool

  /// The ids of the tests that support it.
  public var tests: [TestID] { mappings.map(\.test) }
}

/// How a test supports a control. It never covers all of it.
public struct ControlMapping: Sendable, Hashable, Codable {
  /// What of the test meets the control.
  public enum Shows: String, Sendable, Hashable, Codable, CaseIterable {
    /// That it found nothing: the control restricts or prevents.
    case outcome
    /// That it was performed, whatever it found: the control asks for monitoring or assessment.
    case performed
  }

  /// The test.
  public var test: TestID
  /// What of it meets the control.
  public var shows: Shows
  /// The clause of the control that it supports, in one sentence.
  public var clause: String
  /// Why it supports that in part only; `nil` where it does not.
  public var partial: String?
  /// The limits that the control asks for, by the names of ``TestLimit``; the test's own hold for all others.
  public var limits: [String: Int64] = [:]
  /// What is not shown, and without which the control cannot be concluded on; `nil` where nothing lacks.
  public var lacks: String?

  /// A mapping.
  public init(test: TestID, shows: Shows = .outcome, clause: String, partial: String? = nil, lacks: String? = nil) {
    (self.test, self.shows, self.clause, self.partial, self.lacks) = (test, shows, clause, partial, lacks)
  }

  /// How the test relates to the control; never equivalence.
  public var relation: String { partial == nil ? "supports" : "supports in part" }

  /// What the test's status means for the control. A test that could not be decided performs nothing.
  func status(_ test: TestStatus) -> TestStatus {
    switch test {
    case .notRun, .notApplicable, .inconclusive: test
    // What was found stands, whatever else would be needed to conclude that nothing is wrong.
    case .fail where shows == .outcome: .fail
    case .pass, .passWithAccepted, .fail: lacks != nil ? .inconclusive : shows == .performed ? .pass : test
    }
  }
}

extension TestID {
  /// Whether it shows something of this program and its report, and of no control of the organisation.
  public var isToolAssurance: Bool { self == .t41 || self == .t42 }
}
