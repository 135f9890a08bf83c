public import AuditTrail

/// Which connections of a proxy lead to the database that a log is of.
public struct LogPairing: Sendable, Hashable, Codable {
  /// The server, as `source:` names its archives; `nil` for every log.
  public var log: String?
  /// The database, as its own log names it; `nil` for all of the server.
  public var database: String?
  /// The proxy's connections, by name.
  public var connections: [String]

  /// A pairing.
  public init(log: String? = nil, database: String? = nil, connections: [String]) {
    self.log = log
    self.database = database
    self.connections = connections
  }

  /// Whether the log's connection is of this database.
  func isOf(_ connection: ReconciledConnection) -> Bool {
    (log.map { connection.proxy == $0 || connection.proxy.hasSuffix(" \($0)") } ?? true)
      && (database.map { $0 == connection.database || $0 == connection.name } ?? true)
  }
}

/// What a database's log and the proxies before that database say of each other.
public struct Reconciliation: Sendable, Hashable {
  /// How the two were paired.
  public enum Basis: String, Sendable {
    /// The configuration names them.
    case configured
    /// They name one engine and one database.
    case database
  }

  /// Its number, from 1.
  public var party: Int64
  /// How the two were paired.
  public var basis: Basis
  /// The connections of proxies, by name.
  public var connections: [String] = []
  /// The logs, as source and database.
  public var logs: [String] = []
  /// By how much the log's clock is ahead of the proxy's, in nanoseconds: the median over texts that each side holds once.
  public var skew: Int64
  /// The least and the greatest of these differences but for the outer twentieths; `nil` where the clocks were not compared.
  public var skews: ClosedRange<Int64>?
  /// How many texts it was taken from.
  public var compared: Int64
  /// So far apart, in nanoseconds, two statements may be that are one.
  public var window: Int64
  /// Over which time the proxies' archives reach.
  public var proxyReach: ClosedRange<Timestamp>?
  /// Over which time the log's archives reach.
  public var logReach: ClosedRange<Timestamp>?
  /// Statements that both tell of.
  public var matched: Int64 = 0
  /// Statements that only the log holds, within the time that the proxies' archives reach over.
  public var onlyLog: Int64 = 0
  /// Statements that only the log holds, from a time that no archive of a proxy reaches over.
  public var logOutside: Int64 = 0
  /// Statements that ran by the proxies' word and that the log does not hold, within the time that the log reaches over.
  public var onlyProxy: Int64 = 0
  /// Statements of the proxies from a time that the log does not reach over.
  public var proxyOutside: Int64 = 0
  /// Sessions of the log of whose statements the proxies tell of at least half.
  public var witnesses: Int64 = 0
  /// Sessions of the log of which they do not.
  public var bypasses: Int64 = 0
}

/// A connection as it takes part in a reconciliation.
struct ReconciledConnection {
  let id: Int64
  let proxy: String
  let name: String
  let engine: String
  let database: String?
  let isLog: Bool

  /// Whether the two name one database, this one being a log's.
  func sharesDatabase(with other: ReconciledConnection) -> Bool {
    guard engine == other.engine, let database = database?.lowercased() else { return false }
    return (other.database ?? other.name).lowercased() == database
  }
}
