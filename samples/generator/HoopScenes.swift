import AuditTrail
import SeededRandom

/// What is planted among hoop's sessions.
enum HoopScenes {
  static func all(random: inout SplitMix64) -> Scene {
    guardrails(&random) + reviews(&random) + disclosure(&random) + oddities(&random)
  }

  private static func guardrails(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    let miss = HoopSession.connect(
      "miss-0721", at: Days.time(7, 21, at: 14, 3), by: People.cleanupBot, to: Connections.clinic, random: &random,
      [
        .reads("SELECT count(*) AS n FROM visits", rows: 1),
        .writes("DELETE FROM visits WHERE 1=1", rows: Clinic.production.visits),
      ])
    scene.hoopSessions.append(miss)
    scene.incidents.append(
      Incident(
        session: miss.id, sequence: 2, decision: .allow, verdict: .falseAllow, severity: "S4",
        story: "An agent's delete of every visit slips past a guardrail that looks for a missing WHERE; "
          + "prescriptions go with them"))

    func block(
      _ name: String, _ time: Timestamp, _ actor: Actor, _ texts: [String], by rule: HoopGuardrail, matched: String,
      _ verdict: VerdictName, _ severity: String, _ story: String
    ) {
      let session = HoopSession.exec(
        name, at: time, by: actor, to: Connections.clinic, random: &random, texts.map { .command($0) }
      ).blocked(by: rule, matched: matched)
      scene.hoopSessions.append(session)
      for sequence in 1...texts.count {
        scene.incidents.append(
          Incident(
            session: session.id, sequence: sequence, decision: .block, verdict: verdict,
            reason: texts.count > 1 ? "script" : "", severity: severity, story: story))
      }
    }
    block(
      "text-0710", Days.time(7, 10, at: 9, 15), People.dana, ["SELECT 'drop table x'"], by: .dropTable,
      matched: "drop table", .falseBlock, "S0", "A harmless literal is blocked")
    block(
      "drop-0717", Days.time(7, 17, at: 13, 22), People.gus, ["DROP TABLE payments"], by: .dropTable,
      matched: "DROP TABLE", .confirmedBlock, "S4", "Dropping payments is blocked, rightly")
    block(
      "delete-0724", Days.time(7, 24, at: 10, 2), People.finn, ["DELETE FROM prescriptions"], by: .unfilteredDelete,
      matched: "DELETE FROM prescriptions;", .confirmedBlock, "S4", "A delete without WHERE is blocked, rightly")
    block(
      "script-0803", Days.time(8, 3, at: 11, 45), People.gus,
      ["SELECT count(*) AS n FROM feedback", "DROP TABLE feedback"], by: .dropTable, matched: "DROP TABLE",
      .confirmedBlock, "", "A script is blocked as one for its second statement")
    block(
      "script-0814", Days.time(8, 14, at: 15, 1), People.dana,
      ["SELECT count(*) AS n FROM reports", "SELECT id, title FROM reports WHERE title = 'drop table plans'"],
      by: .dropTable, matched: "drop table", .falseBlock, "S0", "A harmless script is blocked for a word in a title")
    block(
      "missing-0821", Days.time(8, 21, at: 9, 50), People.finn, ["DROP TABLE visits_2019"], by: .dropTable,
      matched: "DROP TABLE", .mootBlock, "", "A blocked drop of a table that does not exist")
    return scene
  }

  private static func reviews(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    func plant(
      _ name: String, _ time: Timestamp, _ person: Actor, _ call: Call, _ review: HoopReview, ran: Bool = true,
      _ verdict: VerdictName, _ severity: String, _ story: String
    ) {
      var session = HoopSession.exec(
        name, at: time, by: person, to: Connections.admin, random: &random,
        runsAt: review.reviewedAt?.adding(seconds: 120), [call])
      session.review = review.json
      if !ran {
        session.stream = .events([])
        if review.status == "PENDING" { session.end = nil } else { session.end = review.reviewedAt }
      }
      scene.hoopSessions.append(session)
      scene.incidents.append(
        Incident(
          session: session.id, sequence: 1, decision: .review, verdict: verdict, severity: severity, story: story))
    }
    func request(_ time: Timestamp, _ reviewer: Actor?, _ status: String, after seconds: Int = 900) -> HoopReview {
      HoopReview(
        name: "review-\(time)", status: status, requested: time, reviewer: reviewer,
        reviewedAt: reviewer == nil ? nil : time.adding(seconds: seconds))
    }
    func move(_ appointment: Int) -> Call {
      .writes("UPDATE appointments SET status = 'moved' WHERE id = \(appointment)", rows: 1)
    }
    let approved = Days.time(7, 13, at: 9, 0)
    plant(
      "review-0713", approved, People.finn, move(310), request(approved, People.ben, "EXECUTED"), .debatableReview,
      "S2", "A one-time review, approved and run")
    let own = Days.time(8, 19, at: 15, 30)
    plant(
      "review-0819", own, People.eve, move(311), request(own, People.eve, "EXECUTED", after: 30), .debatableReview,
      "S2", "An administrator approved her own request")
    scene.exceptions.append(
      ExpectedException(
        test: "T-15", subject: HoopSession.identifier("review-0819"), story: "Requester and approver are one person"))
    let rejected = Days.time(8, 28, at: 10, 10)
    var refusal = request(rejected, People.ben, "REJECTED")
    refusal.rejection = "use the staging copy"
    plant(
      "review-0828", rejected, People.gus, .writes("DELETE FROM visits WHERE status = 'planned'", rows: 2400), refusal,
      ran: false, .confirmedReview, "S3", "A one-time review, refused, rightly")
    let pending = Days.time(9, 30, at: 16, 45)
    plant(
      "review-0930", pending, People.ana, move(312), request(pending, nil, "PENDING"), ran: false, .debatableReview,
      "S2", "A one-time review still waiting when the quarter ended")
    let forced = Days.time(9, 10, at: 7, 20)
    var push = request(forced, People.cleo, "EXECUTED", after: 60)
    push.forced = true
    plant(
      "review-0910", forced, People.finn, move(313), push, .debatableReview, "S2",
      "An administrator forced the approval past the reviewers")
    let needless = Days.time(9, 17, at: 13, 0)
    plant(
      "review-0917", needless, People.dana,
      .reads("SELECT count(*) AS n FROM visits", rows: 1, table: [["n"], ["12000"]]),
      request(needless, People.eve, "EXECUTED", after: 5400), .needlessReview, "S0", "A count that needed a reviewer")
    return scene + justInTime(&random)
  }

  /// Access for an hour: the review depends on the session that asked; the sessions that use it carry none.
  private static func justInTime(_ random: inout SplitMix64) -> Scene {
    let asked = Days.time(9, 8, at: 9, 0)
    var request = HoopSession.connect(
      "jit-request-0908", at: asked, by: People.gus, to: Connections.admin, random: &random, [])
    request.stream = .events([])
    request.review =
      HoopReview(
        name: "jit-0908", type: "jit", status: "APPROVED", requested: asked, reviewer: People.ben,
        reviewedAt: asked.adding(seconds: 420)
      ).json
    request.end = asked.adding(seconds: 430)
    let use = HoopSession.connect(
      "jit-use-0908", at: asked.adding(seconds: 900), by: People.gus, to: Connections.admin, random: &random,
      [
        .reads("SELECT id, status FROM appointments WHERE id = 418", rows: 1),
        .writes("UPDATE appointments SET status = 'moved' WHERE id = 418", rows: 1),
      ])
    let bare = HoopSession.connect(
      "no-approval-0911", at: Days.time(9, 11, at: 11, 30), by: People.finn, to: Connections.admin, random: &random,
      [.writes("UPDATE appointments SET status = 'moved' WHERE id = 419", rows: 1)])
    return Scene(
      hoopSessions: [request, use, bare],
      incidents: [
        Incident(
          session: use.id, sequence: 2, decision: .allow, verdict: .confirmedAllow, severity: "S2",
          story: "Access for an hour, joined by person, connection and time: an inferred approval"),
        Incident(
          session: bare.id, sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S2",
          story: "A session on the connection that needs an approval, and none that fits"),
      ],
      exceptions: [
        ExpectedException(test: "T-14", subject: bare.id, story: "No approval by person, connection and time")
      ])
  }

  private static func disclosure(_ random: inout SplitMix64) -> Scene {
    let clinic = Clinic.production
    let ids = (1...clinic.customers).filter { clinic.city(ofCustomer: $0) == "Oakmere" }.prefix(10)
    var masked = HoopSession.exec(
      "masked-0805", at: Days.time(8, 5, at: 10, 30), by: People.dana, to: Connections.clinic, random: &random,
      [
        .reads(
          "SELECT id, name, email FROM customers WHERE city = 'Oakmere' ORDER BY id LIMIT 10", rows: 10,
          table: [["id", "name", "email"]]
            + ids.map { [String($0), clinic.name(ofCustomer: $0), "<EMAIL_ADDRESS>"] })
      ])
    masked.maskedTypes = [("EMAIL_ADDRESS", 10)]
    let unmasked = HoopSession.exec(
      "unmasked-0904", at: Days.time(9, 4, at: 14, 10), by: People.gus, to: Connections.clinic, random: &random,
      [
        .reads(
          "SELECT name, email, ssn FROM customers WHERE id = 212", rows: 1,
          table: [
            ["name", "email", "ssn"],
            [clinic.name(ofCustomer: 212), clinic.email(ofCustomer: 212), clinic.ssn(ofCustomer: 212)],
          ])
      ])
    return Scene(
      hoopSessions: [masked, unmasked],
      incidents: [
        Incident(
          session: masked.id, sequence: 1, decision: .mask, verdict: .confirmedMask,
          story: "hoop masked the addresses in the output; the archive says so for the session"),
        Incident(
          session: unmasked.id, sequence: 1, decision: .allow, verdict: .maskLeak,
          story: "A developer read an address and a number unmasked; the recorded output holds them"),
      ])
  }

  /// MySQL's control byte, a lost stream, a stream that could not be encoded, an all-text stream.
  private static func oddities(_ random: inout SplitMix64) -> Scene {
    let mysql = HoopSession.connect(
      "mysql-0818", at: Days.time(8, 18, at: 8, 40), by: People.billing, to: Connections.legacyBilling,
      random: &random,
      [
        .reads("SELECT count(*) AS n FROM payments", rows: 1),
        .reads(
          "SELECT `id`, `amount_cents` FROM `payments` WHERE `customer_id` = 14 ORDER BY `id` LIMIT 0, 5", rows: 2),
        .writes("UPDATE payments SET status = 'paid' WHERE id = 25", rows: 1),
      ])
    var lost = HoopSession.connect(
      "lost-0826", at: Days.time(8, 26, at: 19, 5), by: People.portal, to: Connections.clinic, random: &random, [])
    lost.stream = .events([
      HoopSession.Event(elapsed: 0, type: "e", payload: Array("no log found on disk".utf8))
    ])
    var undecodable = HoopSession.connect(
      "undecodable-0902", at: Days.time(9, 2, at: 6, 15), by: People.portal, to: Connections.clinic, random: &random,
      [])
    undecodable.stream = .text(
      "An internal error occurred: unable to decode the event stream due to invalid characters.\n"
        + "Please download the session as an alternative.")
    var text = HoopSession.exec(
      "text-stream-0909", at: Days.time(9, 9, at: 11, 11), by: People.dana, to: Connections.clinic, random: &random,
      [.reads("SELECT count(*) AS n FROM doctors", rows: 1, table: [["n"], ["40"]])])
    text.stream = .text("n\n40\n(1 row)\n")
    return Scene(
      hoopSessions: [mysql, lost, undecodable, text],
      incidents: [
        Incident(
          session: mysql.id, sequence: 2, decision: .allow, verdict: .confirmedAllow, severity: "S0",
          story: "MySQL through hoop: portable enough to replay"),
        Incident(
          session: text.id, sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S0",
          story: "A session whose output is one text"),
      ],
      exceptions: [
        ExpectedException(test: "T-02", subject: lost.id, story: "A session whose recording is lost"),
        ExpectedException(
          test: "T-02", subject: undecodable.id, story: "A session whose recording the gateway could not spell as JSON"),
      ])
  }
}
