import AuditTrail

/// What was counted of statements, held against the populations of statements.
extension FactsAgree {
  /// What the queries left out, where the events show it.
  mutating func holdExclusions() throws(AssayError) {
    for test in TestID.allCases where ![.t15, .t16, .t42].contains(test) {
      if ![.t09, .t10, .t11, .t13, .t20, .t30, .t39].contains(test) {
        hold("drawn.\(test.rawValue).parameters", Int64(facts[test].parameters.count), 0)
      }
      if ![.t01, .t14, .t23, .t28, .t31, .t34, .t35, .t37].contains(test) {
        hold("drawn.\(test.rawValue).exclusions", Int64(facts[test].exclusions.count), 0)
      }
    }
    for test in [TestID.t15, .t16] { hold("drawn.\(test.rawValue).parameters", Int64(facts[test].parameters.count), 0) }
    var archives: Int64 = 0
    try items(.t01).forEach { archives += $0.cell("archive_sha256") == .empty ? 0 : 1 }
    hold(.t01, [(ArchiveIntegrity.outsideReason, Int64(facts[.t41].rows.count) - archives, nil)])
    try holdUnapproved()
    try holdChanges()
    try holdReviews()
    try holdPlaces()
    try holdDeletions()
  }

  /// T-34: each archive that was read lies in a place of the inventory, in several, or in none.
  private mutating func holdPlaces() throws(AssayError) {
    var read: Int64 = 0
    try items(.t34).forEach { read &+= $0.integer("archives_read") ?? 0 }
    let archives = Int64(facts.inputs.count)
    let isGiven = facts.plan.sideFiles.holds(EncryptedAtRest.register)
    let least = isGiven ? max(0, archives &- read) : 0
    hold(.t34, [(EncryptedAtRest.unlistedReason, least, isGiven && read > 0 ? max(least, archives &- 1) : least)])
  }

  /// T-39: the statements that it names are those of T-19, where that holds them.
  private mutating func holdDeletions() throws(AssayError) {
    let shared = ["connection", "user", "archive_sha256", "entry"]
    var named: [[Cell]: [Cell]] = [:]
    try items(.t39).forEach { item in
      named[[item.cell("proxy"), item.cell("session"), item.cell("sequence")]] = (["done_at"] + shared).map(item.cell)
    }
    guard !named.isEmpty else { return }
    try items(.t19).forEach { item in
      guard let own = named[[item.cell("proxy"), item.cell("session"), item.cell("sequence")]],
        own != (["time"] + shared).map(item.cell)
      else { return }
      contradict("populations/T-39.csv: \(item.statementKey)", "another statement", "as in populations/T-19.csv")
    }
  }

  mutating func hold(_ test: TestID, _ reasons: [(name: String, least: Int64, most: Int64?)]) {
    let path = "drawn.\(test.rawValue).exclusions"
    var rest = facts[test].exclusions
    for reason in reasons {
      let stated = rest.firstIndex { $0.reason == reason.name }.map { rest.remove(at: $0).count } ?? 0
      hold("\(path): \(reason.name)", stated, reason.least, reason.most, named: path)
    }
    for other in rest { contradict(path, other.reason, "no such reason, once") }
  }

  /// T-28: its items are the reviews of T-19 that ran, or may have, and its exclusions the others.
  private mutating func holdReviews() throws(AssayError) {
    let shared = ["unit", "verdict", "severity", "rows_destroyed", "harmful", "kind", "fate", "outcome", "fingerprint"]
    var known: [[Cell]: [Cell]] = [:]
    var left: [Outcome: Int64] = [:]
    try items(.t19).forEach { item in
      guard item.text("action") == Action.review.rawValue, let outcome = item.text("outcome").flatMap(Outcome.init)
      else { return }
      guard [.ran, .unknown].contains(outcome) else { return left[outcome, default: 0] += 1 }
      known[[item.cell("proxy"), item.cell("session"), item.cell("sequence")]] = shared.map(item.cell)
    }
    hold("populations/T-28.csv: items", Int64(facts[.t28].rows.count), Int64(known.count))
    try items(.t28).forEach { item in
      let own = known[[item.cell("proxy"), item.cell("session"), item.cell("sequence")]]
      if own != shared.map(item.cell) {
        contradict("populations/T-28.csv: \(item.statementKey)", "another statement", "as in populations/T-19.csv")
      }
    }
    hold(
      .t28,
      [
        (ApprovedHarmDisposed.notRunReason, left[.notRun] ?? 0, nil),
        (ApprovedHarmDisposed.unapprovedReason, left[.ranUnapproved] ?? 0, nil),
      ])
  }

  /// T-14: what did not run on a connection that needs approval, and reviews that did not run elsewhere.
  private mutating func holdUnapproved() throws(AssayError) {
    let names = Set(context.plan.connections.filter(\.approvalRequired).map { Cell.shown($0.name) })
    var count = names.reduce(0) { $0 + (seen.notRun[$1] ?? 0) }
    try items(.t19).forEach { item in
      guard item.text("outcome") == Outcome.notRun.rawValue, item.text("action") == Action.review.rawValue else {
        return
      }
      if !names.contains(item.cell("connection")) { count += 1 }
    }
    let unlisted = facts.unlistedDays.reduce(0) { $0 &+ ($1.action == .review ? $1.statements : 0) }
    hold(.t14, [(ApprovalPrecedes.notRunReason, count, count &+ unlisted)])
  }

  /// T-23: which connections are of production, the scope says, or the statements that were decided show.
  private mutating func holdChanges() throws(AssayError) {
    let scoped = Set(context.plan.connections.filter { $0.environment == "production" }.map { Cell.shown($0.name) })
    let environments = Dictionary(
      facts.connections.map { (Cell.shown($0.name), $0.environment) }, uniquingKeysWith: { first, _ in first })
    var decided: [Cell: (statements: Int64, environments: Set<Cell>)] = [:]
    try items(.t19).forEach { item in
      decided[item.cell("connection"), default: (0, [])].statements += 1
      decided[item.cell("connection")]?.environments.insert(item.cell("environment"))
    }
    var (certain, possible): ((notRun: Int64, others: Int64), (notRun: Int64, others: Int64)) = ((0, 0), (0, 0))
    for (connection, count) in seen.changes {
      let known = decided[connection] ?? (0, [])
      let isListed = known.statements == seen.byConnection[connection] && known.environments.count == 1
      if scoped.contains(connection) || isListed && known.environments == [.text("production")] {
        certain = (certain.notRun + count.notRun, certain.others + count.others)
      } else if !isListed, environments[connection] ?? nil != nil {
        possible = (possible.notRun + count.notRun, possible.others + count.others)
      }
    }
    let ran = Int64(facts[.t23].rows.count)
    hold(
      .t23,
      [
        (ChangesAuthorised.notRunReason, certain.notRun, certain.notRun + possible.notRun),
        (ChangesAuthorised.failedReason, max(0, certain.others - ran), certain.others + possible.others - ran),
      ])
  }

  /// T-18: each day of each connection in scope, with the statements of the events.
  mutating func holdCoverage() throws(AssayError) {
    var rest: Set<StatementsSeen.ConnectionDay> = []
    for connection in context.plan.connections {
      for day in context.period.days { rest.insert(.init(connection: .shown(connection.name), day: day)) }
    }
    try items(.t18).forEach { item in
      guard let time = item.time("time") else {
        return contradict("populations/T-18.csv", "no day", "a day in each row")
      }
      let day = StatementsSeen.ConnectionDay(connection: item.cell("connection"), day: time.day)
      let name = "populations/T-18.csv: \(day.connection.plainText) on \(CivilDate(daysSinceEpoch: day.day))"
      if rest.remove(day) == nil { contradict(name, "a day", "each day of each connection in scope, once") }
      hold("\(name), statements", item.integer("statements") ?? 0, seen.byConnectionDay[day] ?? 0)
    }
    for day in rest {
      contradict(
        "populations/T-18.csv", "not \(day.connection.plainText) on \(CivilDate(daysSinceEpoch: day.day))", "a row")
    }
  }

  mutating func holdConnections() throws(AssayError) {
    var sessions: [Cell: Int64] = [:]
    try items(.t07).forEach { sessions[$0.cell("connection"), default: 0] += 1 }
    var environments: [Cell: String] = [:]
    for test in [TestID.t14, .t19] {
      try items(test).forEach { item in
        // A population may have U+FFFD where facts have a NUL, so it does not show which of two names is greater.
        guard let environment = item.text("environment"), !environment.contains("\u{FFFD}") else { return }
        let known = environments[item.cell("connection")]
        if known.map({ $0.utf8.lexicographicallyPrecedes(environment.utf8) }) ?? true {
          environments[item.cell("connection")] = environment
        }
      }
    }
    var rest = Set(sessions.keys).union(seen.byConnection.keys)
    for connection in facts.connections {
      let name = Cell.shown(connection.name)
      if rest.remove(name) == nil {
        contradict("connections[]", connection.name, "no connection of T-03 and T-07, once")
      }
      hold("connections[].sessions of \(connection.name)", connection.sessions, sessions[name] ?? 0)
      hold("connections[].statements of \(connection.name)", connection.statements, seen.byConnection[name] ?? 0)
      let stated = connection.environment ?? ""
      if let seen = environments[name], stated.utf8.lexicographicallyPrecedes(seen.utf8) {
        contradict("connections[].environment of \(connection.name)", stated, seen)
      }
    }
    for name in rest {
      contradict("connections[]", "not \(name.plainText)", "it has sessions or statements in the period")
    }
    leaveOpen("connections[].environment")
    leaveOpen("connections[].recorded_environments")
  }

  /// Of the statements that name a policy, those that were decided are in T-19.
  mutating func holdPolicies() throws(AssayError) {
    var decided: [[Cell]: Int64] = [:]
    try items(.t19).forEach { decided[[$0.cell("policy"), $0.cell("policy_version")], default: 0] += 1 }
    for policy in facts.policies {
      let known = decided[[.shown(policy.policy), .shown(policy.version)]] ?? 0
      let name = "policies[].statements of \(policy.policy) \(policy.version ?? "")"
      hold(name, policy.statements, known, known + unlisted, named: "policies[].statements")
      if policy.statements > 0 { hold("policies[].basis", .text(policy.basis.rawValue), is: .text("evidenced")) }
    }
    var versions: [[Cell]: Int64] = [:]
    try items(.t25).forEach { item in
      versions[[item.cell("policy"), item.cell("version")], default: 0] &+= item.integer("statements") ?? 0
    }
    for version in Set(versions.keys).union(decided.keys) {
      hold(
        "populations/T-25.csv: statements of \(version[0].plainText) \(version[1].plainText)", versions[version] ?? 0,
        decided[version] ?? 0)
    }
    guard !facts.policies.isEmpty else { return }
    try holdChangesOfPolicies()
    for part in ["policy", "version", "from", "until", "basis", "actor", "approved_by"] {
      leaveOpen("policies[].\(part)")
    }
  }

  /// Where T-25 shows the change that put a version in force, it is the one among the policies.
  private mutating func holdChangesOfPolicies() throws(AssayError) {
    var first: [[Cell]: [Cell]] = [:]
    try items(.t25).forEach { item in
      let version = [item.cell("policy"), item.cell("version")]
      if item.time("time") != nil, first[version] == nil {
        first[version] = ["time", "actor", "approved_by"].map(item.cell)
      }
    }
    for policy in facts.policies {
      let stated: [Cell] = [.time(policy.from), .shown(policy.actor), .shown(policy.approvedBy)]
      guard let known = first[[.shown(policy.policy), .shown(policy.version)]], known != stated else { continue }
      contradict("policies[]", "\(policy.policy) \(policy.version ?? "")", "as in populations/T-25.csv")
    }
  }

  /// What was measured has the basis of its rows in T-19, if it was decided.
  mutating func holdShadows() throws(AssayError) {
    var measured: [Cell: Int64] = [:]
    var decided: [Cell: Int64] = [:]
    try items(.t19).forEach { item in
      decided[item.cell("connection"), default: 0] += 1
      if item.cell("basis") != .empty { measured[item.cell("connection"), default: 0] += 1 }
    }
    let all = measured.values.reduce(0, +)
    let total = facts.shadows.reduce(0) { $0 &+ $1.measured }
    hold("shadows[].measured in all", total, all, all + unlisted, named: "shadows[].measured")
    let stated = Dictionary(grouping: facts.shadows) { Cell.shown($0.connection) }
    // A shadow for all connections (`*`) may have measured on each.
    if stated[.text("*")] == nil {
      for connection in Set(stated.keys).union(measured.keys) {
        let known = measured[connection] ?? 0
        let rest = (seen.byConnection[connection] ?? 0) - (decided[connection] ?? 0)
        let sum = (stated[connection] ?? []).reduce(0) { $0 &+ $1.measured }
        hold(
          "shadows[].measured on \(connection.plainText)", sum, known, known + max(0, rest), named: "shadows[].measured"
        )
      }
    }
    if stated.contains(where: { $0.value.count > 1 }) || facts.shadows.count > 1 && stated[.text("*")] != nil {
      leaveOpen("shadows[].measured")
    }
    for shadow in facts.shadows where shadow.fidelity.denominator > shadow.measured {
      contradict("shadows[].fidelity", "of \(shadow.fidelity.denominator)", "of \(shadow.measured) at most")
    }
    for shadow in facts.shadows where shadow.fidelity.numerator > shadow.fidelity.denominator {
      contradict("shadows[].fidelity", "\(shadow.fidelity.numerator)", "\(shadow.fidelity.denominator) at most")
    }
    guard !facts.shadows.isEmpty else { return }
    for part in [
      "connection", "engine", "source", "image_sha256", "marker_sha256", "mode", "basis", "as_of", "fidelity",
    ] {
      leaveOpen("shadows[].\(part)")
    }
  }

  /// A finding is about a statement of the period; what it says of it is nowhere else.
  mutating func holdFindings() {
    for finding in facts.findings where seen.unknownFindings.contains(StatementsSeen.key(finding)) {
      contradict("findings[]", "\(finding.session)/\(finding.sequence) at \(finding.time)", "a statement of T-03")
    }
    leaveOpen("findings")
  }

  /// The statements that are not items of T-19 are those of the events that are not among its items.
  mutating func holdUnlisted() throws(AssayError) {
    var left = seen.byDay
    try items(.t19).forEach { item in
      if let time = item.time("time") { left[time.day, default: 0] -= 1 }
    }
    let days = Dictionary(grouping: facts.unlistedDays, by: \.day.daysSinceEpoch)
    for day in Set(left.keys).union(days.keys).sorted() {
      let stated = (days[day] ?? []).reduce(0) { $0 &+ $1.statements }
      hold("unlisted_days[] of \(CivilDate(daysSinceEpoch: day))", stated, left[day] ?? 0)
    }
    if facts.sample == nil {
      for day in facts.unlistedDays {
        hold("unlisted_days[].action", .text(day.action.rawValue), is: .text("observed"))
      }
    } else {
      leaveOpen("unlisted_days", "sample")
    }
    for action in Action.allCases {
      let byDay = facts.unlistedDays.reduce(0) { $0 &+ ($1.action == action ? $1.statements : 0) }
      let byVerdict = facts.unlistedVerdicts.reduce(0) { $0 &+ ($1.action == action ? $1.statements : 0) }
      hold("unlisted_verdicts[] of \(action.rawValue)", byVerdict, byDay)
    }
    for group in facts.unlistedVerdicts {
      hold("unlisted_verdicts[].units", group.units, min(1, group.statements), group.statements)
    }
    if unlisted > 0 { leaveOpen("unlisted_verdicts") }
  }

  mutating func holdTotals() throws(AssayError) {
    hold("totals.inside", facts.totals.inside, seen.statements)
    hold("totals.joined", facts.totals.joined, seen.statements)
    var decided: [Action: Int64] = [:]
    try items(.t19).forEach { item in
      if let action = item.text("action").flatMap(Action.init) { decided[action, default: 0] += 1 }
    }
    for action in Action.allCases {
      let unlisted = facts.unlistedDays.reduce(0) { $0 &+ ($1.action == action ? $1.statements : 0) }
      let stated = facts.totals.decided.reduce(0) { $0 &+ ($1.action == action ? $1.statements : 0) }
      hold("totals.decided of \(action.rawValue)", stated, (decided[action] ?? 0) &+ unlisted)
    }
    hold("totals.decided", Int64(facts.totals.decided.count), Int64(Action.allCases.count))
    // The least and greatest time of what was read say whether anything lies outside of the period.
    if facts.inputs.allSatisfy({ $0.first.map { $0 >= context.period.start } ?? true }) {
      hold("totals.before", facts.totals.before, 0)
    } else {
      leaveOpen("totals.before")
    }
    if facts.inputs.allSatisfy({ $0.last.map { $0 < context.period.end } ?? true }) {
      hold("totals.after", facts.totals.after, 0)
    } else {
      leaveOpen("totals.after")
    }
  }
}
