import AuditTrail
import SeededRandom

/// Approvals that were right, late, one's own, forced, refused or never given, on the connection that needs them.
enum ApprovalScenes {
  static func all(random: inout SplitMix64) -> Scene {
    outOfOrder(&random) + decided(&random) + harmful(&random) + schema(&random)
  }

  private static func session(
    _ name: String, _ start: Timestamp, by person: Actor = People.ana, ticket: String? = nil, reason: String,
    _ random: inout SplitMix64, _ calls: [DecidedCall]
  ) -> NativeSession {
    NativeSession(
      name, at: start, by: person, to: Connections.admin, purpose: Purpose(ticket: ticket, reason: reason),
      random: &random, calls)
  }

  private static func payment(_ id: Int, _ status: String) -> Call {
    .writes("UPDATE payments SET status = '\(status)' WHERE id = \(id)", rows: 1)
  }

  /// After the fact, one's own, expired before the end.
  private static func outOfOrder(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    let late = "gw1-ana-admin-0709"
    let lateStart = Days.time(7, 9, at: 13, 5)
    var approval = NativeTraffic.approval(
      "a-late-0709", for: People.ana, by: People.ben, requested: lateStart.adding(seconds: 600),
      granted: lateStart.adding(seconds: 1500), reason: "forgot to ask")
    approval.session = late
    scene.approvals.append(approval)
    scene.sessions.append(
      session(
        late, lateStart, reason: "correct a payment", &random,
        [.review(payment(1205, "refunded"), rule: Policy.humanWrites, approval: approval.id)]))
    scene.incidents.append(
      Incident(
        session: late, sequence: 1, decision: .review, verdict: .debatableReview, severity: "S2",
        story: "Approved 25 minutes after it ran: ran_unapproved"))
    scene.exceptions.append(
      ExpectedException(test: "T-14", subject: late, story: "The approval was granted after the statement ran"))

    let own = "gw1-eve-admin-0714"
    let ownStart = Days.time(7, 14, at: 9, 30)
    let ownApproval = NativeTraffic.approval(
      "a-own-0714", for: People.eve, by: People.eve, requested: ownStart.adding(seconds: -300),
      granted: ownStart.adding(seconds: -240), reason: "urgent")
    scene.approvals.append(ownApproval)
    scene.sessions.append(
      session(
        own, ownStart, by: People.eve, reason: "correct a payment", &random,
        [.review(payment(1315, "refunded"), rule: Policy.humanWrites, approval: ownApproval.id)]))
    scene.incidents.append(
      Incident(
        session: own, sequence: 1, decision: .review, verdict: .debatableReview, severity: "S2",
        story: "The requester approved the request"))
    scene.exceptions.append(
      ExpectedException(test: "T-15", subject: ownApproval.id, story: "Requester and approver are one person"))

    let expired = "gw1-gus-admin-0728"
    let expiredStart = Days.time(7, 28, at: 10, 15)
    let expiredApproval = NativeTraffic.approval(
      "a-expired-0728", for: People.gus, by: People.ben, requested: expiredStart.adding(seconds: -900),
      granted: expiredStart.adding(seconds: -300), reason: "data correction", hours: 1)
    scene.approvals.append(expiredApproval)
    scene.sessions.append(
      session(
        expired, expiredStart, by: People.gus, reason: "data correction", &random,
        [
          .review(payment(1405, "refunded"), rule: Policy.humanWrites, approval: expiredApproval.id),
          .review(payment(1410, "refunded"), rule: Policy.humanWrites, approval: expiredApproval.id)
            .at(expiredStart.adding(seconds: 5400)),
        ]))
    for (sequence, story) in [(1, "Within the hour that was approved"), (2, "35 minutes after the approval expired")] {
      scene.incidents.append(
        Incident(
          session: expired, sequence: sequence, decision: .review, verdict: .debatableReview, severity: "S2",
          story: story))
    }
    scene.exceptions.append(
      ExpectedException(test: "T-16", subject: expired, story: "The last statement came after the approval expired"))
    return scene
  }

  /// Forced, automatic, rejected, pending.
  private static func decided(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    let forced = "gw1-finn-admin-0804"
    let forcedStart = Days.time(8, 4, at: 17, 40)
    var forcedApproval = NativeTraffic.approval(
      "a-forced-0804", for: People.finn, by: People.cleo, requested: forcedStart.adding(seconds: -400),
      granted: forcedStart.adding(seconds: -200), reason: "billing is down")
    forcedApproval.decisions = forcedApproval.decisions.map {
      ApprovalDecision(user: $0.user, group: "security", decision: $0.decision, time: $0.time, forced: true)
    }
    scene.approvals.append(forcedApproval)
    scene.sessions.append(
      session(
        forced, forcedStart, by: People.finn, ticket: "INC-12", reason: "billing is down", &random,
        [.review(payment(1505, "paid"), rule: Policy.humanWrites, approval: forcedApproval.id)]))
    scene.incidents.append(
      Incident(
        session: forced, sequence: 1, decision: .review, verdict: .debatableReview, severity: "S2",
        story: "Security forced the approval past the other reviewers"))

    let automatic = "gw1-ben-admin-0820"
    let automaticStart = Days.time(8, 20, at: 10, 0)
    scene.approvals.append(
      Approval(
        id: "a-auto-0820", connection: Connections.admin.name, session: automatic, requestedBy: People.ben.user,
        requestedAt: automaticStart, reason: "index for the feedback page", status: .approved, automatic: true,
        rule: Policy.schemaChange, decisions: [], validFrom: automaticStart,
        expiresAt: automaticStart.adding(seconds: 3600), unitSHA256: nil))
    var index = DecidedCall.allow(.command("CREATE INDEX feedback_created_idx ON feedback (created_on)"))
    index.rule = Policy.schemaChange
    scene.sessions.append(
      session(
        automatic, automaticStart, by: People.ben, ticket: "CHG-204", reason: "index for the feedback page", &random,
        [index.under("a-auto-0820")]))
    scene.incidents.append(
      Incident(
        session: automatic, sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S1",
        story: "A new index, approved by rule without a person"))

    let rejected = "gw1-gus-admin-0806"
    let rejectedStart = Days.time(8, 6, at: 11, 0)
    var rejection = NativeTraffic.approval(
      "a-rejected-0806", for: People.gus, by: People.ben, requested: rejectedStart,
      granted: rejectedStart.adding(seconds: 1200), reason: "clear planned visits")
    rejection.status = .rejected
    rejection.decisions = rejection.decisions.map {
      ApprovalDecision(user: $0.user, group: $0.group, decision: "rejected", time: $0.time, forced: false)
    }
    (rejection.validFrom, rejection.expiresAt, rejection.session) = (nil, nil, rejected)
    scene.approvals.append(rejection)
    scene.sessions.append(
      session(
        rejected, rejectedStart, by: People.gus, reason: "clear planned visits", &random,
        [
          .review(
            .writes("DELETE FROM visits WHERE status = 'planned'", rows: 2400), rule: Policy.humanWrites,
            approval: rejection.id, ran: false)
        ]))
    scene.incidents.append(
      Incident(
        session: rejected, sequence: 1, decision: .review, verdict: .confirmedReview, severity: "S3",
        story: "Refused by a reviewer, rightly: 2,400 visits and their prescriptions"))

    let pending = "gw1-ana-admin-0929"
    let pendingStart = Days.time(9, 29, at: 16, 30)
    scene.approvals.append(
      Approval(
        id: "a-pending-0929", connection: Connections.admin.name, session: pending, requestedBy: People.ana.user,
        requestedAt: pendingStart, reason: "correct an appointment", status: .pending, automatic: false,
        rule: Policy.humanWrites, decisions: [], validFrom: nil, expiresAt: nil, unitSHA256: nil))
    scene.sessions.append(
      session(
        pending, pendingStart, reason: "correct an appointment", &random,
        [
          .review(
            .writes("UPDATE appointments SET status = 'cancelled' WHERE id = 2222", rows: 1), rule: Policy.humanWrites,
            approval: "a-pending-0929", ran: false)
        ]))
    scene.incidents.append(
      Incident(
        session: pending, sequence: 1, decision: .review, verdict: .debatableReview, severity: "S2",
        story: "Still waiting when the quarter ended: not run"))
    return scene
  }

  /// Destruction that a person approved, and a review that nobody needed.
  private static func harmful(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    let approved = "gw1-finn-admin-0826"
    let start = Days.time(8, 26, at: 10, 20)
    let approval = NativeTraffic.approval(
      "a-harm-0826", for: People.finn, by: People.eve, requested: start.adding(seconds: -240),
      granted: start.adding(seconds: -120), reason: "cancelled visits clutter the list")
    scene.approvals.append(approval)
    scene.sessions.append(
      session(
        approved, start, by: People.finn, ticket: "OPS-81", reason: "cancelled visits clutter the list", &random,
        [
          .review(
            .writes("DELETE FROM visits WHERE status = 'cancelled'", rows: 1200), rule: Policy.humanWrites,
            approval: approval.id)
        ]))
    scene.incidents.append(
      Incident(
        session: approved, sequence: 1, decision: .review, verdict: .confirmedReview, severity: "S3",
        story: "approved_harm: 1,200 visits and their prescriptions, approved after two minutes"))

    let needless = "gw1-dana-admin-0827"
    let needlessStart = Days.time(8, 27, at: 9, 10)
    let needlessApproval = NativeTraffic.approval(
      "a-needless-0827", for: People.dana, by: People.ben, requested: needlessStart.adding(seconds: -7200),
      granted: needlessStart.adding(seconds: -600), reason: "how many payments are open", rule: Policy.paymentReads)
    scene.approvals.append(needlessApproval)
    // Dana's key was at home that day.
    var dana = People.dana
    dana.mfa = "password"
    scene.sessions.append(
      session(
        needless, needlessStart, by: dana, reason: "how many payments are open", &random,
        [
          .review(
            .reads("SELECT count(*) AS n FROM payments WHERE status = 'open'", rows: 1), rule: Policy.paymentReads,
            approval: needlessApproval.id)
        ]))
    scene.incidents.append(
      Incident(
        session: needless, sequence: 1, decision: .review, verdict: .needlessReview, severity: "S0",
        story: "A count waited two hours for a reviewer"))
    return scene
  }

  /// Changes to production's schema, with a ticket and without.
  private static func schema(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    let changed = "gw1-ben-admin-0902"
    let start = Days.time(9, 2, at: 8, 10)
    let approval = NativeTraffic.approval(
      "a-change-0902", for: People.ben, by: People.eve, requested: start.adding(seconds: -3000),
      granted: start.adding(seconds: -1000), reason: "CHG-207", rule: Policy.schemaChange)
    scene.approvals.append(approval)
    scene.sessions.append(
      session(
        changed, start, by: People.ben, ticket: "CHG-207", reason: "how an appointment was booked", &random,
        [
          .review(
            .command("ALTER TABLE appointments ADD COLUMN channel TEXT"), rule: Policy.schemaChange,
            approval: approval.id)
        ]))
    scene.incidents.append(
      Incident(
        session: changed, sequence: 1, decision: .review, verdict: .needlessReview, severity: "S1",
        story: "A new column with ticket and approval: the change is authorised, the review found nothing"))

    // The other index was tried on staging first.
    scene.sessions.append(
      NativeSession(
        "gw1-ben-staging-0818", at: Days.time(8, 18, at: 9, 40), by: People.ben, to: Connections.staging,
        random: &random,
        [.allow(.command("CREATE INDEX feedback_created_idx ON feedback (created_on)"))]))

    let unticketed = "gw1-gus-admin-0723"
    let unticketedStart = Days.time(7, 23, at: 15, 45)
    let unticketedApproval = NativeTraffic.approval(
      "a-0723-gus", for: People.gus, by: People.ben, requested: unticketedStart.adding(seconds: -1200),
      granted: unticketedStart.adding(seconds: -700), reason: "data correction")
    scene.approvals.append(unticketedApproval)
    scene.sessions.append(
      session(
        unticketed, unticketedStart, by: People.gus, reason: "the page is slow", &random,
        [
          .allow(.command("CREATE INDEX feedback_score_idx ON feedback (score)")).under(unticketedApproval.id)
        ]))
    scene.incidents.append(
      Incident(
        session: unticketed, sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S1",
        story: "An index made in production without a change ticket: harmless, not authorised"))
    scene.exceptions.append(
      ExpectedException(
        test: "T-23", subject: "\(unticketed)/1", story: "Schema changed in production without a change ticket"))
    return scene
  }
}
