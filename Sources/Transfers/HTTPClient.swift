import CCurl

/// What a server answered.
public struct HTTPAnswer: Sendable {
  /// The status.
  public let status: Int
  /// The body, or the beginning of a longer one.
  public let body: [UInt8]
  /// Whether there was more of the body.
  public let isCut: Bool
  /// After how many seconds the server asks to be asked again.
  public let retryAfter: Int?
}

/// Sends bodies to one address by POST, over a connection that is kept. Certificates are always verified, redirections are
/// not followed.
public struct HTTPClient: ~Copyable {
  private let handle: EasyHandle
  private let answerLimit: Int

  /// A client for the address.
  ///
  /// - Parameters:
  ///   - authorities: a file of certificates that are trusted in place of the system's.
  ///   - usesProxy: whether a proxy that the environment names is gone through.
  ///   - timeout: how long an answer may take.
  ///   - answerLimit: how many bytes of an answer are read.
  public init(
    url: String, authorities: String?, usesProxy: Bool, timeout milliseconds: Int, answerLimit: Int
  ) throws(TransferError) {
    let handle = try EasyHandle.to(url, authorities: authorities, timeout: milliseconds)
    if !usesProxy { try handle.set(CURLOPT_NOPROXY, "*") }
    try handle.set(CURLOPT_POST, 1)
    try handle.set(CURLOPT_TIMEOUT_MS, milliseconds)
    self.handle = handle
    self.answerLimit = answerLimit
  }

  /// Sends the body and waits for the answer. A header is `Name: value`; one with a line break is refused.
  public borrowing func post(_ body: [UInt8], headers: [String]) throws(TransferError) -> HTTPAnswer {
    guard !headers.contains(where: { $0.utf8.contains { $0 < 0x20 || $0 == 0x7F } }) else {
      throw TransferError(
        code: CURLE_BAD_FUNCTION_ARGUMENT.rawValue, message: "a header holds a control character", isOfTrust: true)
    }
    // Servers that do not know the header would be waited for.
    let (status, answer) = try handle.post(body, headers: headers + ["Expect:"], answerLimit: answerLimit)
    return HTTPAnswer(
      status: status, body: answer.bytes, isCut: answer.isCut, retryAfter: handle.retryAfter())
  }
}
