public import Ledger

/// Which sessions are worth a look.
public struct SessionSearch: Sendable {
  /// Whose sessions, on what, when.
  public var sessions = SessionFilter()

  /// Every session.
  public init() {}
}
