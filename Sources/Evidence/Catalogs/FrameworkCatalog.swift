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

  /// The controls in scope that the test supports.
  func controls(supportedBy test: TestID) -> [ControlReference] {
    controls.filter { $0.inScope && $0.tests.contains(test) }.map {
      ControlReference(framework: id, control: $0.id)
    }
  }

  /// Each control in scope with the worst of its tests.
  func result(_ tests: [TestResult]) -> FrameworkResult {
    let statuses = Dictionary(tests.map { ($0.id, $0.status) }, uniquingKeysWith: { first, _ in first })
    return FrameworkResult(
      id: id, title: title, version: version, source: source, date: date, note: note,
      controls: controls.filter(\.inScope).map { control in
        ControlResult(
          framework: id, control: control.id, title: control.title,
          status: .worst(control.tests.map { statuses[$0] ?? .notRun }), tests: control.tests,
          annualCore: control.annualCore, reason: control.reason)
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
  /// The tests that support it, sorted; none is reported as `not_run`.
  public var tests: [TestID]
  /// Whether it is reported.
  public var inScope: Bool
  /// Why it is in scope, or not.
  public var reason: String
  /// Whether FedRAMP's CR26 lists it for assessment in every year.
  public var annualCore: Bool
}
