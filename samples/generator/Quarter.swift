import AuditTrail
import Digests
import SeededRandom

/// Meridian Clinic's quarter: everyday traffic with the story planted in it.
struct Quarter {
  private(set) var sessions: [NativeSession]
  private(set) var approvals: [Approval]
  private(set) var hoopSessions: [HoopSession]
  private(set) var sidecar: Sidecar
  private(set) var scene: Scene

  /// Everything pseudo-random in the sample follows from this number.
  static let seed: UInt64 = 0x4D45_5249_4449_414E

  init() {
    let traffic = NativeTraffic(seed: Self.seed)
    var random = SplitMix64(seed: Self.seed &+ 1)
    scene =
      AgentScenes.all(random: &random) + ApprovalScenes.all(random: &random) + EdgeScenes.all(random: &random)
      + HoopScenes.all(random: &random)
    sidecar = Sidecar(seed: Self.seed &+ 2)
    scene.incidents += sidecar.incidents
    sessions = traffic.sessions + scene.sessions
    approvals = traffic.approvals + scene.approvals
    hoopSessions = (HoopTraffic(seed: Self.seed &+ 3).sessions + scene.hoopSessions)
      .sorted { ($0.start, $0.id) < ($1.start, $1.id) }
  }

  /// The gateway's segments, one an ISO week, each sealed over the root of the one before.
  func nativeSegments(policyDigest: String) -> [(week: String, text: [UInt8])] {
    var segments: [String: NativeSegment] = [:]
    func segment(of time: Timestamp, _ append: (inout NativeSegment) -> Void) {
      append(&segments[Days.week(time.day), default: NativeSegment()])
    }
    for session in sessions { segment(of: session.opening.time) { $0.append(session) } }
    for approval in approvals { segment(of: approval.requestedAt) { $0.append(approval) } }
    for day in Days.quarter {
      for hour in 0..<24 where !(day == NativeTraffic.gapDay && hour == NativeTraffic.gapHour) {
        let time = Days.time(day, hour, 30)
        segment(of: time) { $0.appendHeartbeat(at: time) }
      }
    }
    let change = PolicyChange(
      time: Days.time(Days.newPolicy, 0), actor: People.cleo.user, approvedBy: People.eve.user, policy: Policy.name,
      fromVersion: "2026.2", toVersion: "2026.3", sha256: policyDigest)
    segment(of: change.time) { $0.append(change) }
    for change in Self.accessChanges { segment(of: change.time) { $0.append(change) } }
    var previous: String?
    return segments.sorted { $0.key < $1.key }.map { week, segment in
      let (text, root) = segment.sealed(after: previous)
      previous = root
      return (week, text)
    }
  }

  private static let accessChanges = [
    AccessChange(
      time: Days.time(7, 6, at: 8, 15), actor: People.cleo.user, subject: People.gus.user, change: "grant",
      role: "writer", connection: Connections.admin.name, approvedBy: People.ben.user, ticket: "OPS-70"),
    AccessChange(
      time: Days.time(8, 10, at: 7, 45), actor: People.cleo.user, subject: People.cleanupBot.user, change: "grant",
      role: "writer", connection: Connections.clinic.name, approvedBy: People.ben.user, ticket: "OPS-76"),
    AccessChange(
      time: Days.time(9, 21, at: 16, 5), actor: People.cleo.user, subject: People.cleanupBot.user, change: "revoke",
      role: "writer", connection: Connections.clinic.name, approvedBy: People.eve.user, ticket: "OPS-83"),
  ]

  /// hoop's sessions as arrays of detail objects, one an ISO week.
  var hoopExports: [(week: String, text: [UInt8])] {
    let weeks = Dictionary(grouping: hoopSessions) { Days.week($0.start.day) }
    return weeks.sorted { $0.key < $1.key }.map { week, sessions in
      var text = Array("[".utf8)
      for (index, session) in sessions.enumerated() {
        text += (index > 0 ? Array(",\n".utf8) : []) + session.json.bytes
      }
      return (week, text + Array("]\n".utf8))
    }
  }

  /// The sessions of both gateways; those of the sidecar are in no list of its own.
  var encrypted: [(key: String, connection: Connection)] {
    sessions.map { ($0.opening.session, $0.opening.connection) } + hoopSessions.map { ($0.id, $0.connection) }
  }

  /// What each source itself says it holds, per day. hoop, its sidecar included, counts sessions only.
  var sourceCounts: CSV {
    var table = CSV("source", "day", "sessions", "statements")
    let native = Dictionary(grouping: sessions) { $0.opening.time.day }
    let hoop = Dictionary(grouping: hoopSessions) { $0.start.day }
    for day in Days.quarter {
      let date = CivilDate(daysSinceEpoch: day).description
      let closed = (native[day] ?? []).reduce(0) { $0 + Int($1.closing.statements ?? 0) }
      table.append(NativeSegment.proxy, date, String(native[day]?.count ?? 0), String(closed))
      table.append("hoop", date, String((hoop[day]?.count ?? 0) + (sidecar.sessionsByDay[day] ?? 0)), "")
    }
    return table
  }

  /// Tickets that changes and corrections name, with who approved them.
  static var tickets: CSV {
    var table = CSV("ticket", "summary", "requested_by", "approved_by", "approved_at", "window_from", "window_to")
    func add(_ ticket: String, _ summary: String, _ by: Actor, _ approver: Actor, _ time: Timestamp, hours: Int) {
      table.append(
        ticket, summary, by.user, approver.user, time.description, time.description,
        time.adding(seconds: hours * 3600).description)
    }
    add("CHG-204", "Index for the feedback page", People.ben, People.eve, Days.time(8, 19, at: 14, 0), hours: 48)
    add("CHG-207", "Column for the booking channel", People.ben, People.eve, Days.time(9, 1, at: 9, 30), hours: 48)
    add("OPS-77", "Remove duplicate visits", People.ana, People.ben, Days.time(8, 17, at: 10, 0), hours: 72)
    add("OPS-81", "Hide cancelled visits", People.finn, People.eve, Days.time(8, 26, at: 10, 0), hours: 24)
    add("INC-12", "Billing is down", People.finn, People.cleo, Days.time(8, 4, at: 17, 30), hours: 4)
    return table
  }
}
