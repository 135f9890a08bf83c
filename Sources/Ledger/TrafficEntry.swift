public import AuditTrail

/// Statements that are alike in all that a decision and its grade depend on, but for the time: one text in one context,
/// decided, ended and measured alike.
public struct TrafficEntry: Sendable, Hashable {
  /// The row's id.
  public var id: Int64
  /// The text's row id.
  public var text: Int64
  /// The context's row id.
  public var context: Int64
  /// The recorded decision's row id.
  public var decision: Int64
  /// What happened to them.
  public var outcome: Outcome
  /// Whether the archive holds only a part of the text.
  public var isCut: Bool
  /// The distinct script they belong to, numbered from 1; `nil` for statements that are decided by themselves.
  public var script: Int64?
  /// Their place in the script, from 0.
  public var position: Int64
  /// What the shadow measured, by its id in ``Ledger/effects(_:)``; `nil` where nothing was.
  public var effect: Int64?
  /// The grade; `nil` where there is none.
  public var verdict: VerdictName?
  /// The grade's reason.
  public var reason: String?
  /// How many they are.
  public var statements: Int64
  /// The earliest.
  public var first: Timestamp
  /// The latest.
  public var last: Timestamp
}

/// Which sessions statements belong to, and the first of them.
public struct TrafficPlaces: Sendable, Hashable {
  /// The sessions.
  public var sessions: SessionSet
  /// At most three statements by session and sequence, in that order.
  public var examples: [StatementPlace]

  /// Of one session.
  public init(session: Int64, examples: [StatementPlace]) {
    var list = DeltaList()
    list.append(session)
    sessions = SessionSet(bytes: list.bytes)
    self.examples = examples
  }
}

/// A statement by its session's row id and its number there.
public struct StatementPlace: Sendable, Hashable, Comparable {
  /// The session's row id.
  public var session: Int64
  /// Its number in the session.
  public var sequence: Int64

  /// A place.
  public init(session: Int64, sequence: Int64) {
    self.session = session
    self.sequence = sequence
  }

  /// By session, then sequence.
  public static func < (left: Self, right: Self) -> Bool {
    (left.session, left.sequence) < (right.session, right.sequence)
  }
}

/// Sessions by their row ids, packed: millions of statements have some.
public struct SessionSet: Sendable, Hashable {
  let bytes: [UInt8]

  /// The row ids, ascending.
  public var ids: [Int64] { DeltaList.numbers(bytes) }
}

/// Counts the sessions that some sets hold together, each once.
///
/// Sets are kept packed until there are enough of them that a bit a session takes less; row ids count from 1.
public struct DistinctSessions: Sendable {
  private var packed: [SessionSet] = []
  private var packedBytes = 0
  private var words: [UInt64] = []

  /// None.
  public init() {}

  /// Adds a set's sessions.
  public mutating func add(_ set: SessionSet) {
    packed.append(set)
    packedBytes += set.bytes.count
    if packedBytes > max(32_768, words.count * 8) { unpack() }
  }

  /// How many there are.
  public mutating func count() -> Int64 {
    unpack()
    return words.reduce(0) { $0 + Int64($1.nonzeroBitCount) }
  }

  private mutating func unpack() {
    for set in packed {
      DeltaList.forEach(set.bytes) { id in
        let word = Int(truncatingIfNeeded: id >> 6)
        guard word < words.count else { return markBeyond(id) }
        if word >= 0 { words[word] |= 1 << UInt64(id & 63) }
      }
    }
    packed.removeAll(keepingCapacity: true)
    packedBytes = 0
  }

  private mutating func markBeyond(_ id: Int64) {
    guard let word = Int(exactly: id >> 6), word < 1 << 23 else { return }
    words += Array(repeating: 0, count: max(word + 1 - words.count, words.count))
    words[word] |= 1 << UInt64(id & 63)
  }
}
