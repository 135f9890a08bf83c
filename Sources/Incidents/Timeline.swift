public import AuditTrail
import Ledger

/// One statement, or a run of dull ones.
public enum TimelineItem: Sendable {
  case step(IncidentStep)
  case run(StepRun)

  /// When it begins.
  public var time: Timestamp {
    switch self {
    case .step(let step): step.time
    case .run(let run): run.firstTime
    }
  }

  /// The position of its session.
  public var session: Int {
    switch self {
    case .step(let step): step.session
    case .run(let run): run.session
    }
  }

  /// The first statement's number in its session.
  var sequence: Int64 {
    switch self {
    case .step(let step): step.sequence
    case .run(let run): run.firstSequence
    }
  }
}

/// Consecutive statements of one session that are told as one line.
public struct StepRun: Sendable {
  /// Why they are told together.
  public enum Kind: String, Sendable, Hashable {
    /// Harmless: nothing was changed, nothing sensitive seen.
    case harmless
    /// Reads by their texts, of which no effect was measured.
    case unmeasured
    /// The same shape again and again, with the same verdict, within limits.
    case repeated
  }

  /// Which.
  public let kind: Kind
  /// The position of their session.
  public let session: Int
  /// The first statement, as `SESSION/SEQ`.
  public let first: String
  /// Its number.
  let firstSequence: Int64
  /// The last, as `SESSION/SEQ`.
  public var last: String
  /// When the first was sent.
  public let firstTime: Timestamp
  /// When the last was.
  public var lastTime: Timestamp
  /// How many.
  public var count: Int64 = 0
  /// How many of each kind of command, such as `select`.
  public var kinds: [String: Int64] = [:]
  /// The tables that they name, sorted.
  public var tables: Set<String> = []
  /// Rows returned, on the shadow where it measured.
  public var rowsReturned: Int64 = 0
  /// Rows destroyed that stayed so.
  public var rowsDestroyed: Int64 = 0
  /// The shape, where there is one.
  public let text: String?
  /// Verdicts.
  public var verdicts: [VerdictName: Int64] = [:]
}

/// Folds a session's steps: harmful and changed ones stay whole, runs of harmless ones become one line each.
struct TimelineFold {
  /// From so many on, equal shapes with equal verdicts are told together even if they changed something.
  private static let longestRepetition = 24
  private let foldsNothing: Bool
  private(set) var items: [TimelineItem] = []
  /// Steps that wait for it to be seen how many of their like follow.
  private var waiting: [IncidentStep] = []
  private var run: StepRun?

  init(foldsNothing: Bool) { self.foldsNothing = foldsNothing }

  /// Adds the session's next step; `isKept` says that it must stand by itself.
  mutating func add(_ step: IncidentStep, isKept: Bool) {
    guard !foldsNothing, !isKept, let kind = StepRun.Kind(step) else {
      flush()
      items.append(.step(step))
      return
    }
    if let open = run {
      if open.kind == kind, kind != .repeated || open.text == step.text {
        run?.add(step)
        return
      }
      flush()
    }
    if let last = waiting.last {
      let isLike =
        StepRun.Kind(last) == kind
        && (kind != .repeated || last.text == step.text && last.graded?.verdict == step.graded?.verdict)
      if !isLike { flush() }
    }
    waiting.append(step)
    if waiting.count > (kind == .repeated ? Self.longestRepetition : 1) {
      var begun = StepRun(kind, waiting[0])
      for step in waiting { begun.add(step) }
      waiting.removeAll(keepingCapacity: true)
      run = begun
    }
  }

  /// Ends what is open.
  mutating func flush() {
    if let run { items.append(.run(run)) }
    run = nil
    items += waiting.map { .step($0) }
    waiting.removeAll(keepingCapacity: true)
  }
}

extension StepRun.Kind {
  /// How the step may be folded; `nil` where it may not.
  fileprivate init?(_ step: IncidentStep) {
    guard step.failure == nil, step.decision.action != .block, step.decision.action != .review else { return nil }
    switch step.standing {
    case .harmless: self = .harmless
    case .unmeasured where step.isReadByText: self = .unmeasured
    case .changed where step.graded?.effect.dropped.isEmpty == true: self = .repeated
    default: return nil
    }
  }
}

extension IncidentStep {
  /// Whether its text can change nothing.
  fileprivate var isReadByText: Bool {
    !kinds.isEmpty && kinds.allSatisfy { ["select", "set", "transaction", "explain"].contains($0) }
  }
}

extension StepRun {
  fileprivate init(_ kind: Kind, _ first: IncidentStep) {
    self.kind = kind
    session = first.session
    self.first = first.id
    firstSequence = first.sequence
    last = first.id
    firstTime = first.time
    lastTime = first.time
    text = kind == .repeated ? first.text : nil
  }

  fileprivate mutating func add(_ step: IncidentStep) {
    count += 1
    last = step.id
    lastTime = max(lastTime, step.time)
    for kind in step.kinds { kinds[kind, default: 0] += 1 }
    tables.formUnion(step.tables)
    rowsReturned = rowsReturned &+ (step.graded.map(\.effect.rowsReturned) ?? step.recorded?.rows ?? 0)
    if step.tookPlace { rowsDestroyed = rowsDestroyed &+ (step.graded?.effect.rowsDestroyed ?? 0) }
    if let verdict = step.graded?.verdict.name { verdicts[verdict, default: 0] += 1 }
  }
}
