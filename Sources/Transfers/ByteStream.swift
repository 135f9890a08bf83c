import CCurl

/// A connection that bytes are sent over, plain or by TLS; certificates are always verified.
public struct ByteStream: ~Copyable {
  private let handle: EasyHandle
  private let timeout: Int

  /// Connects to a port of a host; `authorities` is a file of certificates that are trusted in place of the system's.
  public init(
    host: String, port: Int, isEncrypted: Bool, authorities: String?, timeout milliseconds: Int
  ) throws(TransferError) {
    let handle = try EasyHandle.to(
      "\(isEncrypted ? "https" : "http")://\(host):\(port)/", authorities: authorities, timeout: milliseconds)
    // It is no HTTP that is spoken, and no proxy would understand it.
    try handle.set(CURLOPT_SSL_ENABLE_ALPN, 0)
    try handle.set(CURLOPT_NOPROXY, "*")
    try handle.connect()
    self.handle = handle
    timeout = milliseconds
  }

  /// Sends the bytes, and returns when the peer's system has acknowledged all of them. Nothing says that the peer's program
  /// has read them.
  public borrowing func send(_ bytes: [UInt8]) throws(TransferError) {
    let clock = ContinuousClock()
    var (rest, end) = (bytes[...], clock.now + .milliseconds(timeout))
    while !rest.isEmpty {
      if let count = try handle.send(rest), count > 0 {
        rest = rest.dropFirst(count)
        end = clock.now + .milliseconds(timeout)
      } else {
        guard clock.now < end, !handle.isClosed() else { throw Self.lost }
        _ = handle.waitToSend(milliseconds: 100)
      }
    }
    var wait = 50
    while let open = handle.unacknowledged(), open > 0 {
      guard clock.now < end, !handle.isClosed() else { throw Self.lost }
      pause(microseconds: wait)
      wait = min(wait * 2, 20_000)
    }
    guard !handle.isClosed() else { throw Self.lost }
  }

  private static var lost: TransferError {
    TransferError(code: CURLE_SEND_ERROR.rawValue, message: "the connection was ended, or nothing was taken in time")
  }
}
