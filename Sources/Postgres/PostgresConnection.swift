internal import CLibPQ
internal import Glibc

/// Whether a transaction is open on a connection.
public enum PostgresTransactionStatus: Sendable {
  case idle
  /// A command is running.
  case active
  case inTransaction
  /// A command failed: nothing runs until the transaction ends or goes back to a savepoint.
  case failed
  case unknown
}

/// An open connection to a PostgreSQL server. Use it from one thread at a time; only its ``canceller`` may be used from
/// another.
@safe public struct PostgresConnection: ~Copyable {
  let link: PostgresLink

  /// Connects.
  public init(_ parameters: PostgresParameters) throws(PostgresError) {
    link = try PostgresLink(parameters)
  }

  // MARK: One command at a time

  /// Runs every command of `sql` by the simple protocol and drops the rows. For texts of ours: a recorded one may hold a
  /// `COMMIT`.
  public func script(_ sql: String) throws(PostgresError) {
    try check(sql)
    try link.check(unsafe PQsendQuery(link.pointer, sql))
    var failure: PostgresError?
    while let answer = try nextResult() {
      failure = failure ?? answer.error
      // Rows come or go next; the caller takes over.
      if answer.status == .copyIn || answer.status == .copyOut { break }
    }
    if let failure { throw failure }
  }

  /// Runs one command by the extended protocol, which refuses several.
  public func execute(
    _ sql: String, _ values: [PostgresValue] = []
  ) throws(PostgresError) -> PostgresResult {
    try send(sql, values)
    return try onlyResult()
  }

  /// Prepares a command under a name; types that are not given are inferred.
  public func prepare(_ name: String, _ sql: String, types: [UInt32] = []) throws(PostgresError) {
    try sendPrepare(name, sql, types: types)
    _ = try onlyResult()
  }

  /// The parameter types and result columns of a prepared command.
  public func describe(_ name: String) throws(PostgresError) -> PostgresResult {
    try sendDescribe(name)
    return try onlyResult()
  }

  /// Runs a prepared command.
  public func execute(prepared name: String, _ values: [PostgresValue] = []) throws(PostgresError) -> PostgresResult {
    try send(prepared: name, values)
    return try onlyResult()
  }

  /// The last answer of the one command under way; throws its error.
  private func onlyResult() throws(PostgresError) -> PostgresResult {
    guard var last = try nextResult() else { throw PostgresError(sqlstate: "08000", message: "no answer") }
    while last.status != .copyIn, last.status != .copyOut, let next = try nextResult() { last = next }
    if let error = last.error { throw error }
    return last
  }

  // MARK: State

  /// Whether a transaction is open.
  public var transactionStatus: PostgresTransactionStatus {
    switch unsafe PQtransactionStatus(link.pointer) {
    case PQTRANS_IDLE: .idle
    case PQTRANS_ACTIVE: .active
    case PQTRANS_INTRANS: .inTransaction
    case PQTRANS_INERROR: .failed
    default: .unknown
    }
  }

  /// The server's version, such as 150020.
  public var serverVersion: Int { Int(unsafe PQserverVersion(link.pointer)) }

  /// The process of the server that serves this connection.
  public var backendProcess: Int32 { unsafe PQbackendPID(link.pointer) }

  /// A setting that the server reports, such as `server_encoding`.
  public func reported(_ setting: String) -> String? {
    unsafe PQparameterStatus(link.pointer, setting).map { unsafe String(cString: $0) }
  }

  /// The notices since the last call, in their order.
  public func takeNotices() -> [PostgresError] { link.takeNotices() }

  /// How many notices were thrown away since the last call of ``takeNotices()``: 16 MiB of them are kept.
  public var lostNotices: Int { link.lostNotices }

  /// What cancels the running command from another thread.
  public func canceller() throws(PostgresError) -> PostgresCanceller {
    guard let cancel = unsafe PQgetCancel(link.pointer) else { throw unsafe PostgresError(connection: link.pointer) }
    return unsafe PostgresCanceller(owning: cancel)
  }

  /// What cuts the connection from another thread while a command runs that no cancel reaches.
  public var cutter: PostgresCutter { PostgresCutter(socket: unsafe PQsocket(link.pointer)) }

  func check(_ text: String) throws(PostgresError) {
    guard !text.utf8.contains(0) else {
      throw PostgresError(sqlstate: "22021", message: "the text holds a NUL byte")
    }
  }
}

/// Ends a connection whose server does not answer: whoever waits for it is told that it was lost. What the server's process
/// does goes on without us. Only to be used while a command is under way, when the socket is sure to be the connection's.
public struct PostgresCutter: Sendable {
  let socket: Int32

  /// Shuts the socket.
  public func cut() { if socket >= 0 { _ = shutdown(socket, Int32(SHUT_RDWR)) } }
}

/// Cancels what runs on a connection; safe from any thread, also after the connection was closed.
@safe public final class PostgresCanceller: @unchecked Sendable {
  private let pointer: OpaquePointer

  @unsafe init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe PQfreeCancel(pointer) }

  /// Asks the server to stop the running command, which then fails with SQLSTATE 57014; `false` where it was not reached.
  @discardableResult
  public func cancel() -> Bool {
    var reason = [CChar](repeating: 0, count: 256)
    return unsafe reason.withUnsafeMutableBufferPointer { unsafe PQcancel(pointer, $0.baseAddress, 256) } == 1
  }
}
