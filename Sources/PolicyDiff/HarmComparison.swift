import AuditTrail
import Ledger
import Policies

/// What counts as harm on each connection at each time, by one side of a diff.
struct HarmInForce {
  /// `nil`: the standard thresholds.
  private let policies: PolicySet?

  init(_ policies: PolicySet?) { self.policies = policies }

  func harm(at time: Timestamp, on connection: Connection) -> Harm {
    guard let policies else { return .standard }
    guard let version = policies.version(at: time) else { return .standard }
    return version.harm.harm(on: connection)
  }

  /// Whether what counts as harm on the row's connection changes between its first and last statement.
  func changes(during row: Traffic.Row, _ traffic: Traffic) -> Bool {
    let between = borders.filter { row.first < $0 && $0 <= row.last }
    guard !between.isEmpty, let connection = traffic.contexts[row.key.context]?.connection else { return false }
    let before = harm(at: row.first, on: connection)
    return between.contains { harm(at: $0, on: connection) != before }
  }

  /// The borders between its versions.
  var borders: [Timestamp] { policies?.versions.compactMap(\.effective) ?? [] }
}

extension Comparison {
  /// The harm both sides are graded by: the old side's, or the new one's where the old says nothing of harm.
  var harmInForce: HarmInForce { HarmInForce(old.harmPolicies ?? new.harmPolicies) }

  /// Whether both sides say what is harmful, and say it differently somewhere in the traffic.
  var changesHarm: Bool {
    guard let before = old.harmPolicies, let after = new.harmPolicies,
      let first = traffic.first, let last = traffic.last
    else { return false }
    let (left, right) = (HarmInForce(before), HarmInForce(after))
    let times = [first] + (left.borders + right.borders).filter { first < $0 && $0 <= last }
    return Set(traffic.contexts.values.map(\.connection)).contains { connection in
      times.contains { left.harm(at: $0, on: connection) != right.harm(at: $0, on: connection) }
    }
  }

  /// The verdicts that the new side's harm would flip, the most frequent first.
  func harmFlips(_ ledger: borrowing Ledger) throws(AssayError) -> [HarmFlip] {
    let (before, after) = (HarmInForce(old.harmPolicies), HarmInForce(new.harmPolicies))
    struct Key: Hashable {
      var from: VerdictName
      var to: VerdictName
      var text: Int64
    }
    struct Found {
      var count: Int64 = 0
      var example: StatementPlace
    }
    var counts: [Key: Found] = [:]
    var all = (traffic.entries + traffic.scripts.flatMap { $0 }).filter(\.isSelected)
    let isTimed = all.contains { before.changes(during: $0.row, traffic) || after.changes(during: $0.row, traffic) }
    if traffic.entries.isEmpty || isTimed && !traffic.isTimeless { all = try traffic.everyStatement(ledger) }
    try forEachGraded(ledger, all, \.self) { occurrence, graded, places in
      guard let graded, graded.isConclusive, let context = traffic.contexts[occurrence.key.context],
        let place = places.examples.first
      else { return }
      let decision = traffic.decisions[occurrence.key.decision] ?? Decision(action: .observed)
      func verdict(_ harms: HarmInForce) -> VerdictName {
        let harm = harms.harm(at: occurrence.row.first, on: context.connection)
        return self.verdict(graded, decision, occurrence.outcome, harm)
      }
      let (from, to) = (verdict(before), verdict(after))
      guard from != to else { return }
      let key = Key(from: from, to: to, text: occurrence.key.text)
      var found = counts[key] ?? Found(example: place)
      found.count += occurrence.row.statements
      found.example = min(found.example, place)
      counts[key] = found
    }
    let shapes = try readShapes(ledger, ofTexts: Set(counts.keys.map(\.text)))
    let names = try ledger.sessionKeys(Set(counts.values.map(\.example.session)))
    var flips: [String: (flip: HarmFlip, example: StatementPlace)] = [:]
    for (key, found) in counts.sorted(by: { $0.key.text < $1.key.text }) {
      let shape = shapes[key.text] ?? ("", "")
      let name = "\(key.from.rawValue) \(key.to.rawValue) \(shape.fingerprint)"
      var (flip, example) =
        flips[name]
        ?? (
          HarmFlip(
            from: key.from, to: key.to, fingerprint: shape.fingerprint, sql: shape.sql, count: 0, example: ""),
          found.example
        )
      flip.count += found.count
      example = min(example, found.example)
      flip.example = "\(names[example.session] ?? "")/\(example.sequence)"
      flips[name] = (flip, example)
    }
    return flips.values.map(\.flip).sorted { left, right in
      left.count == right.count
        ? (left.fingerprint, left.from.rawValue, left.to.rawValue)
          < (right.fingerprint, right.from.rawValue, right.to.rawValue) : left.count > right.count
    }
  }

  /// The verdict that an action gets by some harm.
  private func verdict(
    _ graded: GradedStatement, _ decision: Decision, _ outcome: Outcome, _ harm: Harm
  ) -> VerdictName {
    let action = decision.action
    let harmfulness = Harmfulness(graded, harm, decision, outcome)
    let discloses = assess(graded.effect, harm: harm).discloses
    let isHarmful = harmfulness == .harmful || discloses
    switch action {
    case .observed: return .ungraded
    case .allow, .mask:
      if harmfulness == .harmful { return .falseAllow }
      return discloses ? .maskLeak : action == .mask ? .confirmedMask : .confirmedAllow
    case .review:
      return isHarmful ? .confirmedReview : harmfulness == .withinLimits ? .debatableReview : .needlessReview
    case .block:
      if graded.verdict.name == .mootBlock { return .mootBlock }
      return isHarmful ? .confirmedBlock : harmfulness == .withinLimits ? .debatableBlock : .falseBlock
    }
  }

  /// Calls `body` with each element, what was measured for its statements, and where they are.
  func forEachGraded<Element>(
    _ ledger: borrowing Ledger, _ elements: [Element], _ occurrence: (Element) -> Traffic.Occurrence,
    _ body: (Element, GradedStatement?, TrafficPlaces) -> Void
  ) throws(AssayError) {
    var single: [(id: Int64, place: StatementPlace, element: Element)] = []
    var entries: [Int64: Element] = [:]
    for element in elements {
      switch occurrence(element).source {
      case .statement(let id, let place): single.append((id, place, element))
      case .entry(let id): entries[id] = element
      }
    }
    try forEachGraded(ledger, entries, occurrence, body)
    single.sort { $0.place < $1.place }
    var session: Int64?
    var graded: [Int64: GradedStatement] = [:]
    for (id, place, element) in single {
      if place.session != session {
        graded = try ledger.graded(session: place.session)
        session = place.session
      }
      body(element, graded[id], TrafficPlaces(session: place.session, examples: [place]))
    }
  }

  private func forEachGraded<Element>(
    _ ledger: borrowing Ledger, _ entries: [Int64: Element], _ occurrence: (Element) -> Traffic.Occurrence,
    _ body: (Element, GradedStatement?, TrafficPlaces) -> Void
  ) throws(AssayError) {
    let effects = try ledger.effects(Set(entries.values.compactMap { occurrence($0).effect }))
    try ledger.forEachPlaces(ofEntries: entries.keys.sorted()) { id, places in
      guard let element = entries[id] else { return }
      let entry = occurrence(element)
      var graded: GradedStatement?
      if let effect = entry.effect.flatMap({ effects[$0] }), let verdict = entry.verdict {
        graded = GradedStatement(statement: 0, replay: nil, effect: effect, verdict: verdict)
      }
      body(element, graded, places)
    }
  }

  /// Fingerprint and shape of some texts, by text.
  func readShapes(
    _ ledger: borrowing Ledger, ofTexts texts: Set<Int64>
  ) throws(AssayError) -> [Int64: (fingerprint: String, sql: String)] {
    guard !texts.isEmpty else { return [:] }
    let list = "[" + texts.sorted().map(String.init).joined(separator: ",") + "]"
    var shapes: [Int64: (fingerprint: String, sql: String)] = [:]
    try ledger.query(
      """
      SELECT t.id, sh.fingerprint, sh.normalized FROM texts t JOIN shapes sh ON sh.id = t.shape
      WHERE t.id IN (SELECT value FROM json_each(?1))
      """, [.text(list)]
    ) { row in shapes[row[0].integer ?? 0] = (row[1].text ?? "", row[2].text ?? "") }
    return shapes
  }
}
