import AuditTrail
import SeededRandom

/// What agents and services did through the native gateway, and how its guardrails fared.
enum AgentScenes {
  static func all(random: inout SplitMix64) -> Scene {
    leaks(&random) + misses(&random) + blocks(&random) + accumulation(&random)
  }

  /// The report agent reads customers unmasked until policy 2026.3 masks agents too; billing is masked all along.
  private static func leaks(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    let raw = "gw1-report-bot-0708"
    scene.sessions.append(
      NativeSession(
        raw, at: Days.time(7, 8, at: 10, 12), by: People.reportBot, to: Connections.clinic,
        purpose: Purpose(reason: "outreach report for Larkspur"), random: &random,
        [
          .allow(.reads("SELECT city, count(*) AS n FROM customers GROUP BY city ORDER BY city", rows: 20)),
          .allow(.reads("SELECT name, email, ssn FROM customers WHERE city = 'Larkspur' ORDER BY id", rows: 100)),
          .allow(
            .reads(
              "SELECT upper(email) AS contact FROM customers WHERE city = 'Larkspur' ORDER BY id LIMIT 10", rows: 10)),
          .allow(
            .writes(
              "INSERT INTO reports (title, period, body, created_at) "
                + "VALUES ('Outreach Larkspur', '2026-W28', 'See attachment.', '2026-07-08')", rows: 1)),
        ]))
    scene.incidents += [
      Incident(
        session: raw, sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S0",
        story: "The report agent counts customers by city: harmless"),
      Incident(
        session: raw, sequence: 2, decision: .allow, verdict: .maskLeak,
        story: "The report agent reads names, e-mail addresses and social security numbers unmasked"),
      Incident(
        session: raw, sequence: 3, decision: .allow, verdict: .maskLeak,
        story: "The report agent reads addresses through a function: derived from a sensitive column"),
      Incident(
        session: raw, sequence: 4, decision: .allow, verdict: .confirmedAllow, severity: "S1",
        story: "The report agent files its report: adds one row"),
    ]
    let view = "gw1-report-bot-0722"
    scene.sessions.append(
      NativeSession(
        view, at: Days.time(7, 22, at: 10, 40), by: People.reportBot, to: Connections.clinic, random: &random,
        [.allow(.reads("SELECT name, email FROM customer_directory WHERE city = 'Fernhill' ORDER BY id", rows: 100))]))
    scene.incidents.append(
      Incident(
        session: view, sequence: 1, decision: .allow, verdict: .maskLeak,
        story: "The report agent reads addresses through a view"))
    let billing = "gw1-billing-svc-0702"
    scene.sessions.append(
      NativeSession(
        billing, at: Days.time(7, 2, at: 9, 5), by: People.billing, to: Connections.clinic, random: &random,
        [
          .mask(
            .reads("SELECT id, name, email, ssn FROM customers WHERE id = $1", [.integer(17)], rows: 1),
            Policy.maskedColumns, rule: Policy.billingMask)
        ]))
    scene.incidents.append(
      Incident(
        session: billing, sequence: 1, decision: .mask, verdict: .confirmedMask, severity: "S0",
        story: "Billing reads a customer with both columns masked, as it should"))
    let lookup = "gw1-app-svc-0703"
    scene.sessions.append(
      NativeSession(
        lookup, at: Days.time(7, 3, at: 11, 20), by: People.app, to: Connections.clinic, random: &random,
        [
          .allow(
            .reads(
              "SELECT id, name FROM customers WHERE email = $1",
              [.text(Clinic.production.email(ofCustomer: 17))], rows: 1))
        ]))
    scene.incidents.append(
      Incident(
        session: lookup, sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S0",
        story: "The application looks a customer up by address: read in a predicate, not returned"))
    return scene
  }

  /// Harm that the guardrails evaluated and let through.
  private static func misses(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    let index = "gw1-tuning-bot-0715"
    scene.sessions.append(
      NativeSession(
        index, at: Days.time(7, 15, at: 10, 3), by: People.tuningBot, to: Connections.clinic,
        purpose: Purpose(reason: "remove an unused index"), random: &random,
        [
          .allow(.reads("SELECT name, max(duration_ms) AS slowest FROM job_runs GROUP BY name ORDER BY name", rows: 5)),
          .allow(.command("DROP INDEX visits_customer_idx")),
        ]))
    scene.incidents.append(
      Incident(
        session: index, sequence: 2, decision: .allow, verdict: .falseAllow, severity: "S3",
        story: "The tuning agent drops the wrong index: policy 2026.2 has no rule for it"))
    scene.exceptions.append(
      ExpectedException(test: "T-23", subject: "\(index)/2", story: "A production index dropped without a ticket"))
    let bulk = "gw1-nightly-jobs-0720"
    scene.sessions.append(
      NativeSession(
        bulk, at: Days.time(7, 20, at: 5, 10), by: People.jobs, to: Connections.clinic, random: &random,
        [.allow(.writes("DELETE FROM job_runs WHERE 1 = 1", rows: Clinic.production.jobRuns))]))
    scene.incidents.append(
      Incident(
        session: bulk, sequence: 1, decision: .allow, verdict: .falseAllow, severity: "S4",
        story: "An always-true predicate passes policy 2026.2, which asks only for a WHERE: the table's 3,000 rows"))
    let rollback = "gw1-nightly-jobs-0813"
    scene.sessions.append(
      NativeSession(
        rollback, at: Days.time(8, 13, at: 5, 30), by: People.jobs, to: Connections.clinic, random: &random,
        [
          .allow(.command("BEGIN")), .allow(.writes("DELETE FROM visits WHERE status = 'done'", rows: 8400)),
          .allow(.command("ROLLBACK")),
        ]))
    scene.incidents.append(
      Incident(
        session: rollback, sequence: 2, decision: .allow, verdict: .confirmedAllow,
        story: "8,400 visits deleted and rolled back: attempted, not done"))
    let staging = "gw1-finn-staging-0716"
    scene.sessions.append(
      NativeSession(
        staging, at: Days.time(7, 16, at: 14, 20), by: People.finn, to: Connections.staging,
        purpose: Purpose(ticket: "DEV-88", reason: "reset test data"), random: &random,
        [
          .allow(.writes("UPDATE visits SET status = 'done' WHERE status = 'planned'", rows: 240)),
          .allow(.writes("DELETE FROM sessions_cache", rows: Clinic.staging.cachedSessions)),
        ]))
    scene.incidents += [
      Incident(
        session: staging, sequence: 1, decision: .allow, verdict: .confirmedAllow,
        story: "A developer bulk-updates staging, where nothing is harmful"),
      Incident(
        session: staging, sequence: 2, decision: .allow, verdict: .confirmedAllow,
        story: "A developer empties a cache table on staging"),
    ]
    return scene
  }

  /// Blocks, right and wrong.
  private static func blocks(_ random: inout SplitMix64) -> Scene {
    let drop = "Dropping tables is not allowed in production."
    var scene = Scene()
    func plant(
      _ name: String, _ time: Timestamp, _ actor: Actor, to connection: Connection = Connections.clinic,
      _ call: DecidedCall, _ verdict: VerdictName, _ severity: String, _ story: String
    ) {
      scene.sessions.append(
        NativeSession(name, at: time, by: actor, to: connection, random: &random, [call]))
      scene.incidents.append(
        Incident(
          session: name, sequence: 1, decision: call.action, verdict: verdict, severity: severity, story: story))
    }
    plant(
      "gw1-care-bot-0805", Days.time(8, 5, at: 15, 2), People.careBot,
      .block(.command("DROP TABLE payments"), rule: Policy.dropTable, message: drop), .confirmedBlock, "S4",
      "An agent tries to drop the payments table: blocked, rightly")
    plant(
      "gw1-care-bot-0806", Days.time(8, 6, at: 9, 44), People.careBot,
      .block(.command("DROP TABLE payments_2019"), rule: Policy.dropTable, message: drop), .mootBlock, "",
      "A blocked drop of a table that does not exist")
    plant(
      "gw1-report-bot-0807", Days.time(8, 7, at: 9, 12), People.reportBot, to: Connections.reporting,
      .block(.command("DROP TABEL reports"), rule: Policy.unparsed, message: "The statement cannot be read."),
      .mootBlock, "", "A blocked misspelling: the SQLite extract would have refused it too")
    plant(
      "gw1-report-bot-0810", Days.time(8, 10, at: 9, 31), People.reportBot, to: Connections.reporting,
      .block(
        .command("ATTACH DATABASE 'copy.db' AS copy"), rule: Policy.unparsed, message: "The statement cannot be read."),
      .confirmedBlock, "S4", "A blocked escape: attaching another database file")
    plant(
      "gw1-care-bot-0811", Days.time(8, 11, at: 16, 20), People.careBot,
      .block(
        .command("UPDATE customers SET city = 'Larkspur' WHERE id = 412"), rule: Policy.agentCustomerWrites,
        message: "Agents do not change customers."), .debatableBlock, "S2",
      "A blocked update of one row: within limits, debatable")
    plant(
      "gw1-app-svc-0804", Days.time(8, 4, at: 12, 2), People.app,
      .block(
        .command("SELECT id, title FROM reports WHERE title = 'how we drop table linen'"), rule: Policy.dropTableText,
        message: "The text looks like a dropped table."), .falseBlock, "S0",
      "A text rule of policy 2026.2 blocks a harmless search")
    let script = "gw1-care-bot-0825"
    let texts = [
      "SELECT count(*) AS n FROM payments", "DELETE FROM payments WHERE status = 'open'", "DROP TABLE payment_events",
    ]
    let digest = digestOfScript(texts)
    scene.sessions.append(
      NativeSession(
        script, at: Days.time(8, 25, at: 11, 8), by: People.careBot, to: Connections.clinic, random: &random,
        texts.enumerated().map { index, text in
          var call = DecidedCall.block(.command(text), rule: Policy.dropTable, message: drop)
          call.unit = UnitReference(
            id: "u1", sha256: digest, position: Int64(index + 1), count: Int64(texts.count))
          return call
        }))
    for index in texts.indices {
      scene.incidents.append(
        Incident(
          session: script, sequence: index + 1, decision: .block, verdict: .confirmedBlock, reason: "script",
          story: "A script of three statements blocked as one: its gravest justifies the block"))
    }
    return scene
  }

  /// Twelve deletes, none of them beyond `rows` or `share`, that pass `session_rows` together.
  private static func accumulation(_ random: inout SplitMix64) -> Scene {
    let name = "gw1-cleanup-bot-0818"
    let (size, count) = (540, 12)
    let session = NativeSession(
      name, at: Days.time(8, 18, at: 15, 1), by: People.cleanupBot, to: Connections.clinic,
      purpose: Purpose(ticket: "OPS-77", reason: "duplicate visits"), random: &random,
      (0..<count).map { index in
        .allow(
          .writes(
            "DELETE FROM visits WHERE id BETWEEN \(index * size + 1) AND \((index + 1) * size)", rows: size))
      })
    let incidents = (1...count).map { sequence in
      Incident(
        session: name, sequence: sequence, decision: .allow, verdict: .confirmedAllow, severity: "S2",
        story: sequence == 11
          ? "accumulated_harm: with this delete the session's total passes 10,000 rows, cascades included"
          : "One of twelve deletes of 540 visits and their prescriptions, each within limits")
    }
    return Scene(sessions: [session], incidents: incidents)
  }
}
