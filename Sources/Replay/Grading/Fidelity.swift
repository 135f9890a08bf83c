import Ledger
public import Policies

/// How often the archive's row counts and the shadow's own agree, by session. Where nothing can be compared it is
/// unmeasurable, and never 1.
public struct Fidelity: Sendable {
  /// One session.
  public struct Session: Sendable, Hashable {
    /// Its key.
    public let key: String
    /// Statements whose counts could be compared.
    public let compared: Int
    /// Of those, the ones that agree.
    public let matching: Int
  }

  /// How many sessions are shown by name.
  public static let shown = 20

  /// Statements whose counts could be compared, over all sessions.
  public private(set) var compared = 0
  /// Of those, the ones that agree.
  public private(set) var matching = 0
  /// Sessions in which nothing could be compared.
  public private(set) var unmeasurable = 0
  /// Sessions by the tenth in which their share lies: below 10 %, below 20 %, …; the last holds those that agree wholly.
  public private(set) var histogram = Array(repeating: 0, count: 11)
  private var worst: [Session] = []

  /// Nothing compared.
  public init() {}

  /// The share of matching counts.
  public var share: Proportion { Proportion(matching, of: compared) }

  /// The sessions that agree least, at most ``shown``, those that agree wholly left out.
  public var lowest: [Session] { Array(worst.sorted(by: Self.isLower).prefix(Self.shown)) }

  /// Counts a session.
  mutating func add(_ result: SessionResult) {
    let matches = result.entries.compactMap(\.input.measuredCountsMatch)
    guard !matches.isEmpty else {
      unmeasurable += 1
      return
    }
    let session = Session(key: result.job.session.key, compared: matches.count, matching: matches.count { $0 })
    compared += session.compared
    matching += session.matching
    histogram[session.matching * 10 / session.compared] += 1
    guard session.matching < session.compared else { return }
    worst.append(session)
    if worst.count >= 8 * Self.shown { worst = lowest }
  }

  private static func isLower(_ left: Session, _ right: Session) -> Bool {
    let (one, two) = (left.matching * right.compared, right.matching * left.compared)
    return (one, -left.compared, left.key) < (two, -right.compared, right.key)
  }
}
