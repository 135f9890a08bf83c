import AuditTrail
import Evidence

/// What changed from one finished package to another, by what the two state.
package struct PackageComparison: Sendable {
  /// How one value became another.
  enum Change: String, Sendable {
    case same, better, worse
    /// Neither is known: it could not be tested before, or cannot be now.
    case changed
    /// Only one of the packages has it.
    case new, gone
  }

  /// A test in both packages.
  struct TestChange: Sendable {
    let id: String
    let then: StatedPackage.Test?
    let now: StatedPackage.Test?
    var change: Change { Change(from: then?.status, to: now?.status) }
    var title: String { now?.title ?? then?.title ?? "" }
  }

  /// A control in both packages.
  struct ControlChange: Sendable {
    let then: StatedPackage.Control?
    let now: StatedPackage.Control?
    var change: Change { Change(from: then?.status, to: now?.status) }
    var framework: String { now?.framework ?? then?.framework ?? "" }
    var control: String { now?.control ?? then?.control ?? "" }
    var title: String { now?.title ?? then?.title ?? "" }
  }

  /// A kind of exception, with those of each package.
  struct Kind: Sendable {
    enum State: String, Sendable, CaseIterable { case new, recurring, gone }

    let id: String
    let about: [String]
    let then: [StatedException]
    let now: [StatedException]
    /// Why it may be new, or gone, without anything having come about or been mended; `nil` where nothing says so.
    var proviso: String?

    var state: State { then.isEmpty ? .new : now.isEmpty ? .gone : .recurring }
    /// The gravest of the later ones, or of the earlier ones where it is gone.
    var shown: StatedException { now.first ?? then[0] }
    var test: String { shown.test }
    /// When it was first seen in the earlier package; in the later one where it is new.
    var since: String? { (then.isEmpty ? now : then).compactMap(\.firstSeen).min() }
  }

  /// Something that is stated otherwise; `nil` where one of the packages does not state it.
  struct Difference: Sendable {
    let name: String
    let then: String?
    let now: String?
  }

  let then: StatedPackage
  let now: StatedPackage
  /// Every test that either has, in order.
  let tests: [TestChange]
  /// Controls with another status, in order of framework and control.
  let controls: [ControlChange]
  /// How many controls have the same status.
  let sameControls: Int
  /// New ones, recurring ones, then gone ones; each gravest first.
  let kinds: [Kind]
  /// Choices that differ.
  let choices: [Difference]
  /// The program, catalogs, organisation and system, where they differ.
  let versions: [Difference]

  /// Compares what two packages state.
  package init(then: StatedPackage, now: StatedPackage) {
    (self.then, self.now) = (then, now)
    tests = Set(then.tests.keys).union(now.tests.keys).sorted().map {
      TestChange(id: $0, then: then.tests[$0], now: now.tests[$0])
    }
    let all = Set(then.controls.keys).union(now.controls.keys).sorted().map {
      ControlChange(then: then.controls[$0], now: now.controls[$0])
    }
    controls = all.filter { $0.change != .same }
    sameControls = all.count - controls.count
    kinds = Self.kinds(then, now)
    choices = Self.differences(then.choices, now.choices)
    versions = Self.differences(Self.versions(then.header), Self.versions(now.header))
  }

  /// How many tests changed so.
  func count(_ change: Change) -> Int { tests.count { $0.change == change } }

  /// The kinds of a state.
  func kinds(_ state: Kind.State) -> [Kind] { kinds.filter { $0.state == state } }

  private static func kinds(_ then: StatedPackage, _ now: StatedPackage) -> [Kind] {
    let earlier = Dictionary(grouping: then.exceptions, by: \.kind)
    let later = Dictionary(grouping: now.exceptions, by: \.kind)
    let kinds = Set(earlier.keys).union(later.keys).map { name in
      var kind = Kind(id: name.id, about: name.about, then: earlier[name] ?? [], now: later[name] ?? [])
      kind.proviso = proviso(kind, then, now)
      return kind
    }
    let ratings = Rating.allCases.map(\.rawValue)
    func order(_ kind: Kind) -> (Int, Int, String, String) {
      (
        Kind.State.allCases.firstIndex(of: kind.state) ?? 0, ratings.firstIndex(of: kind.shown.rating) ?? ratings.count,
        kind.test, kind.id
      )
    }
    return kinds.sorted { order($0) < order($1) }
  }

  /// What else than a change of the thing itself may make a kind new or gone.
  private static func proviso(_ kind: Kind, _ then: StatedPackage, _ now: StatedPackage) -> String? {
    let other: StatedPackage
    let verb: String
    switch kind.state {
    case .recurring: return nil
    case .new: (other, verb) = (then, "was")
    case .gone: (other, verb) = (now, "is")
    }
    guard let test = other.tests[kind.test] else { return "\(other.period) does not have \(kind.test)." }
    switch TestStatus(rawValue: test.status) {
    case .notRun: return "\(kind.test) \(verb) not run in \(other.period)."
    case .inconclusive: return "\(kind.test) could not decide all of its items in \(other.period)."
    case .fail, .passWithAccepted, .pass, .notApplicable, nil: break
    }
    if other.withoutRows.contains(kind.test) {
      return "The package of \(other.period) does not say which items its exceptions are about."
    }
    if let connection = kind.shown.connection, !other.connections.contains(connection) {
      return "\(connection) \(verb) not in scope and not seen in \(other.period)."
    }
    return nil
  }

  private static func versions(_ header: PackageHeader) -> [String: String] {
    var versions = ["program": header.toolVersion, "organization": header.organization, "system": header.system]
    for catalog in header.catalogs { versions["catalog \(catalog.id)"] = catalog.version }
    return versions
  }

  private static func differences(_ then: [String: String], _ now: [String: String]) -> [Difference] {
    Set(then.keys).union(now.keys).sorted().filter { then[$0] != now[$0] }.map {
      Difference(name: $0, then: then[$0], now: now[$0])
    }
  }
}

extension PackageComparison.Change {
  /// How a status became another.
  fileprivate init(from then: String?, to now: String?) {
    guard let then else {
      self = .new
      return
    }
    guard let now else {
      self = .gone
      return
    }
    guard then != now else {
      self = .same
      return
    }
    // Only what was decided both times got better or worse: from or to what could not be tested, nobody knows.
    guard let before = TestStatus(rawValue: then)?.merit, let after = TestStatus(rawValue: now)?.merit else {
      self = .changed
      return
    }
    self = after > before ? .better : .worse
  }
}

extension TestStatus {
  /// How good it is, among those that say that the test was decided; `nil` for others.
  fileprivate var merit: Int? {
    switch self {
    case .fail: 0
    case .passWithAccepted: 1
    case .pass: 2
    case .inconclusive, .notRun, .notApplicable: nil
    }
  }
}
