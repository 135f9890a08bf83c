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

  /// The borders between its versions.
  var borders: [Timestamp] { policies?.versions.compactMap(\.effective) ?? [] }
}

extension Comparison {
  /// The harm both sides are graded by: the old side's, or the new one's where the old says nothing of harm.
  var harmInForce: HarmInForce { HarmInForce(old.harmPolicies ?? new.harmPolicies) }

  /// Whether both sides say what is harmful, and say it differently somewhere in the traffic.
  var changesHarm: Bool {
    guard let before = old.harmPolicies, let after = new.harmPolicies,
      let first = traffic.rows.map(\.first).min(), let last = traffic.rows.map(\.last).max()
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
    var counts: [Key: (count: Int64, example: String)] = [:]
    try forEachGraded(ledger, try traffic.occurrences(ledger, ofTexts: nil, inScripts: nil), \.self) {
      occurrence, graded in
      guard let graded, graded.isConclusive, let context = traffic.contexts[occurrence.key.context] else { return }
      let action = traffic.decisions[occurrence.key.decision]?.action ?? .observed
      let from = verdict(graded, action, before.harm(at: occurrence.time, on: context.connection))
      let to = verdict(graded, action, after.harm(at: occurrence.time, on: context.connection))
      guard from != to else { return }
      let key = Key(from: from, to: to, text: occurrence.key.text)
      counts[key, default: (0, occurrence.name)].count += 1
    }
    let shapes = try readShapes(ledger, ofTexts: Set(counts.keys.map(\.text)))
    var flips: [String: HarmFlip] = [:]
    for (key, found) in counts {
      let shape = shapes[key.text] ?? ("", "")
      let name = "\(key.from.rawValue) \(key.to.rawValue) \(shape.fingerprint)"
      var flip =
        flips[name]
        ?? HarmFlip(
          from: key.from, to: key.to, fingerprint: shape.fingerprint, sql: shape.sql, count: 0, example: found.example)
      flip.count += found.count
      flip.example = min(flip.example, found.example)
      flips[name] = flip
    }
    return flips.values.sorted { left, right in
      left.count == right.count
        ? (left.fingerprint, left.from.rawValue, left.to.rawValue)
          < (right.fingerprint, right.from.rawValue, right.to.rawValue) : left.count > right.count
    }
  }

  /// The verdict that an action gets by some harm.
  private func verdict(_ graded: GradedStatement, _ action: Action, _ harm: Harm) -> VerdictName {
    let harmfulness = Harmfulness(graded, harm)
    let discloses = assess(graded.effect, harm: harm).discloses
    let isHarmful = harmfulness == .harmful || discloses
    switch action {
    case .observed: return .ungraded
    case .allow, .mask:
      let wasDone = graded.effect.kept
      if harmfulness == .harmful, wasDone { return .falseAllow }
      return discloses ? .maskLeak : action == .mask ? .confirmedMask : .confirmedAllow
    case .review: return isHarmful || harmfulness == .withinLimits ? .confirmedReview : .needlessReview
    case .block:
      if graded.verdict.name == .mootBlock { return .mootBlock }
      return isHarmful ? .confirmedBlock : harmfulness == .withinLimits ? .debatableBlock : .falseBlock
    }
  }

  /// Calls `body` with each element and what was measured for its statement, session by session.
  func forEachGraded<Element>(
    _ ledger: borrowing Ledger, _ elements: [Element], _ occurrence: (Element) -> Traffic.Occurrence,
    _ body: (Element, GradedStatement?) -> Void
  ) throws(AssayError) {
    var session: Int64?
    var graded: [Int64: GradedStatement] = [:]
    for element in elements {
      let found = occurrence(element)
      if found.session != session {
        graded = try ledger.graded(session: found.session)
        session = found.session
      }
      body(element, graded[found.id])
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
