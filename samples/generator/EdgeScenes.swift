import AuditTrail
import SeededRandom

/// The gap, shared logins, and what replay cannot or need not grade.
enum EdgeScenes {
  static func all(random: inout SplitMix64) -> Scene {
    gap(&random) + logins(&random) + ungradable(&random)
  }

  /// How many statements the gateway counted in the hour that it did not record.
  static let lostStatements = 9

  /// A session open across the hour without records closes with a total larger than what is there.
  private static func gap(_ random: inout SplitMix64) -> Scene {
    let name = "gw1-app-svc-0812"
    let start = Days.time(NativeTraffic.gapDay, NativeTraffic.gapHour - 1, 41)
    let resumed = Days.time(NativeTraffic.gapDay, NativeTraffic.gapHour + 1, 2)
    func read(_ customer: Int) -> DecidedCall {
      .allow(.reads("SELECT id, name, city FROM customers WHERE id = $1", [.integer(customer)], rows: 1))
    }
    var session = NativeSession(
      name, at: start, by: People.app, to: Connections.clinic, random: &random,
      [read(101), read(102), read(103), read(104).at(resumed), read(105), read(106)])
    session.closing.statements = Int64(session.statements.count + lostStatements)
    return Scene(
      sessions: [session],
      exceptions: [
        ExpectedException(
          test: "T-02", subject: "\(NativeSegment.instance) 2026-08-12T13:00:00Z",
          story: "No heartbeat and no record for an hour; a session open across it counts nine statements more")
      ])
  }

  private static func logins(_ random: inout SplitMix64) -> Scene {
    let count = DecidedCall.allow(
      .reads("SELECT count(*) AS n FROM appointments WHERE status = 'booked'", rows: 1))
    let unmapped = "gw1-login-0730"
    var session = NativeSession(
      unmapped, at: Days.time(7, 30, at: 12, 12), by: People.app, to: Connections.clinic, random: &random, [count])
    session.opening.identity = nil
    session.opening.client.application = "psql"
    let shared = NativeSession(
      "gw1-frontdesk-0731", at: Days.time(7, 31, at: 8, 5), by: People.frontDesk, to: Connections.clinic,
      random: &random, [count])
    return Scene(
      sessions: [session, shared],
      incidents: [
        Incident(
          session: unmapped, sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S0",
          story: "Only the shared database login is known: nobody answers for the session"),
        Incident(
          session: "gw1-frontdesk-0731", sequence: 1, decision: .allow, verdict: .confirmedAllow, severity: "S0",
          story: "The front desk's shared account, registered with an owner"),
      ],
      exceptions: [
        ExpectedException(test: "T-07", subject: unmapped, story: "A session of the shared login without an identity")
      ])
  }

  private static func ungradable(_ random: inout SplitMix64) -> Scene {
    var scene = Scene()
    func plant(
      _ name: String, _ time: Timestamp, _ actor: Actor, _ connection: Connection, _ call: DecidedCall,
      _ verdict: VerdictName, reason: String, _ story: String
    ) {
      scene.sessions.append(NativeSession(name, at: time, by: actor, to: connection, random: &random, [call]))
      scene.incidents.append(
        Incident(session: name, sequence: 1, decision: call.action, verdict: verdict, reason: reason, story: story))
    }
    var unlogged = DecidedCall.allow(
      .reads(
        "SELECT id, status FROM visits WHERE customer_id = $1 AND status = $2", [.integer(7), .text("done")], rows: 4))
    unlogged.omitsParameters = true
    plant(
      "gw1-app-svc-0819", Days.time(8, 19, at: 9, 9), People.app, Connections.clinic, unlogged, .inconclusive,
      reason: "missing_params", "The values were not logged")
    plant(
      "gw1-report-bot-0824", Days.time(8, 24, at: 8, 50), People.reportBot, Connections.clinic,
      .allow(
        .reads(
          "SELECT date_trunc('month', created_on) AS month, count(*) AS n FROM feedback GROUP BY 1 ORDER BY 1", rows: 6)
      ),
      .inconclusive, reason: "engine_mismatch", "A function that the SQLite shadow does not have")
    plant(
      "gw1-report-bot-0901", Days.time(9, 1, at: 8, 20), People.reportBot, Connections.warehouse,
      .allow(.reads("SELECT count(*) AS n FROM fact_visits", rows: 1)), .inconclusive, reason: "no_shadow",
      "Nobody made a shadow of the warehouse")
    var observed = DecidedCall.allow(.reads("SELECT count(*) AS n FROM reports", rows: 1))
    observed.action = .observed
    plant(
      "gw1-nightly-jobs-0903", Days.time(9, 3, at: 4, 40), People.jobs, Connections.clinic, observed, .ungraded,
      reason: "", "Logged past the gateway: nothing was decided")
    var failed = DecidedCall.allow(.command("SELECT id FROM visit_archive WHERE id = 1"))
    failed.error = RecordedError(sqlstate: "42P01", message: "relation \"visit_archive\" does not exist")
    plant(
      "gw1-app-svc-0908", Days.time(9, 8, at: 10, 33), People.app, Connections.clinic, failed, .confirmedAllow,
      reason: "", "Failed when recorded and fails on the shadow: no effect")
    var drifted = DecidedCall.allow(
      .reads("SELECT id, starts_at FROM appointments WHERE status = 'booked' ORDER BY id", rows: 750))
    drifted.recordedRows = 990
    plant(
      "gw1-app-svc-0915", Days.time(9, 15, at: 10, 2), People.app, Connections.clinic, drifted, .diverged, reason: "",
      "Production has grown since the shadow was made: 990 rows recorded, 750 on the shadow")
    return scene
  }
}
