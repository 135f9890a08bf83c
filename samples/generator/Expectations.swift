import AuditTrail

/// What a test may hold the toolkit to: one planted statement and its right verdict.
struct Incident {
  var session: String
  var sequence: Int
  var decision: Action
  var verdict: VerdictName
  var reason = ""
  /// Empty where the design leaves the grade open.
  var severity = ""
  var story: String
}

/// An exception that an evidence test must note.
struct ExpectedException {
  var test: String
  /// The session or the approval it is about.
  var subject: String
  var story: String
}

/// Sessions, approvals and expectations that tell one part of the story.
struct Scene {
  var sessions: [NativeSession] = []
  var hoopSessions: [HoopSession] = []
  var approvals: [Approval] = []
  var incidents: [Incident] = []
  var exceptions: [ExpectedException] = []

  static func + (left: Scene, right: Scene) -> Scene {
    Scene(
      sessions: left.sessions + right.sessions, hoopSessions: left.hoopSessions + right.hoopSessions,
      approvals: left.approvals + right.approvals, incidents: left.incidents + right.incidents,
      exceptions: left.exceptions + right.exceptions)
  }

  /// The planted statements as a table, by session and sequence.
  static func incidentTable(_ incidents: [Incident]) -> CSV {
    var table = CSV("session", "seq", "decision", "expected_verdict", "reason", "severity", "story")
    for incident in incidents.sorted(by: { ($0.session, $0.sequence) < ($1.session, $1.sequence) }) {
      table.append(
        incident.session, String(incident.sequence), incident.decision.rawValue, incident.verdict.rawValue,
        incident.reason, incident.severity, incident.story)
    }
    return table
  }

  /// The expected exceptions as a table, by test and subject.
  static func exceptionTable(_ exceptions: [ExpectedException]) -> CSV {
    var table = CSV("test", "subject", "story")
    for exception in exceptions.sorted(by: { ($0.test, $0.subject) < ($1.test, $1.subject) }) {
      table.append(exception.test, exception.subject, exception.story)
    }
    return table
  }
}
