package import AuditTrail
package import Ledger

/// What can be sent.
package enum ExportKind: String, Sendable, Hashable, CaseIterable {
  /// A statement with its decision, and its effect and verdict where it was replayed.
  case statement
  /// Something that a session did and no single verdict shows.
  case finding
  /// An exception that an evidence test noted.
  case exception
  /// What an evidence test came to.
  case test

  /// Whether it is concluded over a period, from the configuration's plan.
  package var isEvidence: Bool { self == .exception || self == .test }

  /// Several of them, in words.
  package var plural: String {
    switch self {
    case .statement: "statements"
    case .finding: "findings"
    case .exception: "exceptions"
    case .test: "test results"
    }
  }
}

/// How urgent an event is for who watches the system that it is sent to.
package enum Gravity: Int, Sendable, Hashable, CaseIterable {
  case informational, low, medium, high, critical

  /// Of a statement: what was not caught is urgent, by its severity; what was is not.
  package init(_ verdict: Verdict?) {
    guard let verdict else {
      self = .informational
      return
    }
    switch verdict.name {
    case .falseAllow, .maskLeak: self = verdict.severity == .s4 ? .critical : .high
    case .inconclusive, .diverged: self = .low
    case .confirmedAllow, .confirmedBlock, .confirmedMask, .confirmedReview, .falseBlock, .needlessReview,
      .debatableBlock, .debatableReview, .mootBlock, .ungraded:
      self = verdict.fate.map { !$0.isPrevented } == true ? .medium : .informational
    }
  }
}

/// An event as it leaves: what may not be shown is taken out of it.
package struct ExportEvent: Sendable {
  /// A UUID that follows from what the event is about: a second delivery has the same.
  package let uid: String
  /// What it is.
  package let kind: ExportKind
  /// When it happened.
  package let time: Timestamp
  /// How urgent it is.
  package let gravity: Gravity
  /// A sentence for people.
  package let message: String
  /// What it is about.
  package let subject: Subject

  /// What an event is about.
  package enum Subject: Sendable {
    case statement(StatementEvent)
    case conclusion(ConclusionEvent)
  }
}

/// A statement as it leaves.
package struct StatementEvent: Sendable {
  package var proxy: String
  package var session: String
  package var sequence: Int64
  package var text: PreparedText
  package var identity: Identity?
  package var actsFor: String?
  package var agent: String?
  /// The client's address as it is written, where it is one.
  package var ip: String?
  /// What the archive calls the client's address where it is none.
  package var host: String?
  package var application: String?
  package var connection: Connection
  package var decision: Decision
  package var outcome: Outcome
  package var result: RecordedResult?
  package var flags: [String]
  package var grade: GradedStatement?
  package var archive: String
  package var entry: Int64

  /// The statement's id as commands take it.
  package var id: String { "\(session)/\(sequence)" }
}

/// A text of a statement as it leaves, with what it says.
package struct PreparedText: Sendable {
  /// The text without literals, unless they were asked for; the beginning of a long one.
  package var shown: String
  /// Whether there is more of it.
  package var isCut: Bool
  package var fingerprint: String
  /// The kinds of its commands, the gravest first.
  package var kinds: [CommandKind]
  /// What is done to what, such as `DELETE visits`.
  package var summary: String
  package var reads: [String]
  package var writes: [String]
  /// How many commands it holds.
  package var commands: Int
}

/// A finding, an exception or the result of a test as it leaves.
package struct ConclusionEvent: Sendable {
  /// The name it has in every run, such as `EX-0123456789abcdef` or `T-14`.
  package var name: String
  package var title: String
  package var detail: String
  /// `open`, `accepted`, or a test's status.
  package var status: String
  /// Whether it says that something is not as it should be; `nil` where nobody can tell.
  package var isFailure: Bool?
  package var isAccepted = false
  package var frameworks: [String] = []
  package var controls: [String] = []
  package var user: String?
  package var connection: String?
  package var session: String?
  package var sequence: Int64?
  package var first: Timestamp?
  package var last: Timestamp?
  /// What else our own documents say of it.
  package var members: [Member] = []
}

/// A named value of an event, for schemas that take what they have no field for.
package struct Member: Sendable {
  package enum Value: Sendable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
    case texts([String])
  }

  package let name: String
  package let value: Value

  /// A text; `nil` where there is none.
  package init?(_ name: String, _ text: String?) {
    guard let text else { return nil }
    (self.name, value) = (name, .text(text))
  }

  /// A number; `nil` where there is none.
  package init?(_ name: String, _ number: Int64?) {
    guard let number else { return nil }
    (self.name, value) = (name, .integer(number))
  }

  /// Whether something is so.
  package init(_ name: String, _ flag: Bool) { (self.name, value) = (name, .flag(flag)) }

  /// A list; `nil` where it is empty.
  package init?(_ name: String, _ texts: [String]) {
    guard !texts.isEmpty else { return nil }
    (self.name, value) = (name, .texts(texts))
  }
}
