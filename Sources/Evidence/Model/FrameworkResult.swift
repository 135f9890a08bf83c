public import AuditTrail

/// A framework's controls with the evidence for each.
public struct FrameworkResult: Sendable, Hashable {
  /// The catalog's id, such as `soc2-2017`.
  public let id: String
  /// The framework's name.
  public let title: String
  /// The catalog's version.
  public let version: String
  /// Where the list of controls comes from.
  public let source: String
  /// When the catalog was last checked against it.
  public let date: CivilDate
  /// What to keep in mind with the mapping.
  public let note: String
  /// The controls in scope, in the catalog's order.
  public let controls: [ControlResult]
  /// The controls the catalog names as out of scope, each with its reason.
  public let outOfScope: [ControlOutOfScope]

  /// A framework's result.
  public init(
    id: String, title: String, version: String, source: String, date: CivilDate, note: String,
    controls: [ControlResult], outOfScope: [ControlOutOfScope]
  ) {
    self.id = id
    self.title = title
    self.version = version
    self.source = source
    self.date = date
    self.note = note
    self.controls = controls
    self.outOfScope = outOfScope
  }
}

/// A control with the tests that support it.
public struct ControlResult: Sendable, Hashable {
  /// The framework's id.
  public let framework: String
  /// The control's id, such as `CC6.1`, `A.8.15` or `AC-6(9)`.
  public let control: String
  /// A title in our own words.
  public let title: String
  /// The worst of its tests; `not_run` where no test supports it.
  public let status: TestStatus
  /// The tests that support it, in order, each with how.
  public let mappings: [ControlMapping]
  /// What each of those tests came to by the limits of this control, in the same order; `nil` where one was not run.
  public internal(set) var conclusions: [Conclusion?] = []
  /// The limits of this control that each was judged by, in words: its own, and those that the test by itself is not judged by.
  var limits: [[String]] = []
  /// Whether FedRAMP's CR26 lists it for assessment in every year.
  public let annualCore: Bool
  /// Why it is in scope.
  public let reason: String

  /// A control's result.
  public init(
    framework: String, control: String, title: String, status: TestStatus, mappings: [ControlMapping],
    annualCore: Bool = false, reason: String
  ) {
    self.framework = framework
    self.control = control
    self.title = title
    self.status = status
    self.mappings = mappings
    self.annualCore = annualCore
    self.reason = reason
  }

  /// What the test came to by this control's limits; `nil` where it was not run.
  public func conclusion(_ mapping: ControlMapping) -> Conclusion? {
    place(mapping).flatMap { conclusions.indices.contains($0) ? conclusions[$0] : nil }
  }

  /// The limits that the test was judged by for this control, in words: the control's own, and those by which the test is not
  /// judged by itself.
  public func limits(_ mapping: ControlMapping) -> [String] {
    place(mapping).flatMap { limits.indices.contains($0) ? limits[$0] : nil } ?? []
  }

  private func place(_ mapping: ControlMapping) -> Int? { mappings.firstIndex { $0.test == mapping.test } }

  /// The ids of the tests that support it.
  public var tests: [TestID] { mappings.map(\.test) }

  /// How the tests relate to it, together; never equivalence. `nil` where none supports it.
  public var relation: String? {
    if mappings.isEmpty { return nil }
    return mappings.contains { $0.partial == nil } ? "supports" : "supports in part"
  }

  /// Whether it is met by tests that were performed, whatever they found.
  public var isPerformed: Bool {
    status == .pass && !mappings.isEmpty && mappings.allSatisfy { $0.shows == .performed }
  }
}

/// A control that a catalog names as out of scope.
public struct ControlOutOfScope: Sendable, Hashable {
  /// The control's id.
  public let control: String
  /// A title in our own words.
  public let title: String
  /// Why it is out of scope.
  public let reason: String

  /// A control out of scope.
  public init(control: String, title: String, reason: String) {
    self.control = control
    self.title = title
    self.reason = reason
  }
}
