import CCurl
import Glibc

/// A handle of libcurl that verifies whom it speaks with, follows no redirection and speaks HTTP or raw bytes alone.
@safe struct EasyHandle: ~Copyable {
  private let pointer: UnsafeMutableRawPointer
  private let failureText: UnsafeMutablePointer<CChar>

  /// Once in a process, before any other call.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private init() throws(TransferError) {
    guard Self.isReady, let pointer = unsafe curl_easy_init() else {
      throw TransferError(code: CURLE_FAILED_INIT.rawValue, message: "libcurl could not be set up")
    }
    unsafe self.pointer = pointer
    unsafe failureText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe failureText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  /// A handle for what is at the address; `authorities` is a file of certificates that are trusted in place of the system's.
  static func to(
    _ url: String, authorities: String?, timeout milliseconds: Int
  ) throws(TransferError) -> EasyHandle {
    let handle = try EasyHandle()
    try handle.setUp(url, authorities, milliseconds)
    return handle
  }

  private borrowing func setUp(_ url: String, _ authorities: String?, _ milliseconds: Int) throws(TransferError) {
    try check(unsafe curl_set_pointer(pointer, CURLOPT_ERRORBUFFER, failureText))
    try set(CURLOPT_URL, url)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    for (option, value) in [
      (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
      (CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000)), (CURLOPT_NETRC, 0), (CURLOPT_TCP_KEEPALIVE, 1),
      (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
    ] { try set(option, value) }
    if let authorities {
      try set(CURLOPT_CAINFO, authorities)
      // The folder of the system's certificates would be trusted beside it.
      try check(unsafe curl_set_text(pointer, CURLOPT_CAPATH, nil))
    }
  }

  deinit {
    unsafe curl_easy_cleanup(pointer)
    unsafe failureText.deallocate()
  }

  borrowing func set(_ option: CURLoption, _ value: Int) throws(TransferError) {
    try check(unsafe curl_set_long(pointer, option, value))
  }

  /// libcurl copies the text.
  borrowing func set(_ option: CURLoption, _ value: String) throws(TransferError) {
    try check(unsafe curl_set_text(pointer, option, value))
  }

  /// Sends a body with the headers and gives what came back: the status, and at most so many bytes of the answer.
  borrowing func post(
    _ body: [UInt8], headers: [String], answerLimit: Int
  ) throws(TransferError) -> (status: Int, answer: AnswerBuffer) {
    var list: UnsafeMutablePointer<curl_slist>?
    defer { unsafe curl_slist_free_all(list) }
    for header in headers {
      guard let longer = unsafe curl_slist_append(list, header) else {
        throw TransferError(code: CURLE_OUT_OF_MEMORY.rawValue, message: "out of memory")
      }
      unsafe list = longer
    }
    let answer = AnswerBuffer(limit: answerLimit)
    try check(unsafe curl_set_pointer(pointer, CURLOPT_HTTPHEADER, list))
    try check(unsafe curl_set_pointer(pointer, CURLOPT_WRITEDATA, Unmanaged.passUnretained(answer).toOpaque()))
    try check(unsafe curl_set_writer(pointer, takeAnswer))
    try set(CURLOPT_POSTFIELDSIZE, body.count)
    let code = unsafe body.withUnsafeBytes { bytes in
      let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
      let isSet = unsafe curl_set_pointer(pointer, CURLOPT_POSTFIELDS, start)
      return unsafe isSet == CURLE_OK ? curl_easy_perform(pointer) : isSet
    }
    _ = unsafe curl_set_pointer(pointer, CURLOPT_POSTFIELDS, nil)
    _ = unsafe curl_set_pointer(pointer, CURLOPT_HTTPHEADER, nil)
    withExtendedLifetime(answer) {}
    // What is beyond the limit ends the transfer; the status came before it.
    if !answer.isCut { try check(code) }
    return (try status(), answer)
  }

  private borrowing func status() throws(TransferError) -> Int {
    var status = 0
    try check(unsafe curl_get_long(pointer, CURLINFO_RESPONSE_CODE, &status))
    return status
  }

  /// After how many seconds the server asks to be asked again; `nil` where it does not.
  borrowing func retryAfter() -> Int? {
    var seconds: curl_off_t = 0
    guard unsafe curl_get_offset(pointer, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK, seconds > 0 else { return nil }
    return Int(seconds)
  }

  /// Connects, and speaks nothing.
  borrowing func connect() throws(TransferError) {
    try set(CURLOPT_CONNECT_ONLY, 1)
    try check(unsafe curl_easy_perform(pointer))
  }

  /// Sends as many of the bytes as go now; `nil` where none do.
  borrowing func send(_ bytes: ArraySlice<UInt8>) throws(TransferError) -> Int? {
    var sent = 0
    let code = unsafe bytes.withUnsafeBytes { unsafe curl_easy_send(pointer, $0.baseAddress, $0.count, &sent) }
    if code == CURLE_AGAIN { return nil }
    try check(code)
    return sent
  }

  /// Whether the peer has ended the connection. What it says is dropped.
  borrowing func isClosed() -> Bool {
    var (count, buffer) = (0, [UInt8](repeating: 0, count: 1_024))
    for _ in 0..<64 {
      let code = unsafe buffer.withUnsafeMutableBytes {
        unsafe curl_easy_recv(pointer, $0.baseAddress, $0.count, &count)
      }
      if code == CURLE_AGAIN { return false }
      if code != CURLE_OK || count == 0 { return true }
    }
    return false
  }

  /// Waits until bytes may be sent, at most so long; says whether they may.
  borrowing func waitToSend(milliseconds: Int32) -> Bool {
    guard let socket else { return false }
    var waiting = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&waiting, 1, milliseconds) > 0
  }

  /// How many bytes that were sent the peer's system has not acknowledged; `nil` where nobody can tell.
  borrowing func unacknowledged() -> Int? {
    guard let socket else { return nil }
    let count = socket_unacknowledged(socket)
    return count < 0 ? nil : Int(count)
  }

  private var socket: Int32? {
    var socket: curl_socket_t = -1
    guard unsafe curl_get_socket(pointer, &socket) == CURLE_OK, socket >= 0 else { return nil }
    return socket
  }

  private borrowing func check(_ code: CURLcode) throws(TransferError) {
    guard code != CURLE_OK else { return }
    let detail = unsafe String(cString: failureText)
    let ofTrust = [
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR,
      CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL,
    ]
    throw TransferError(
      code: code.rawValue, message: detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail,
      isOfTrust: ofTrust.contains(code))
  }
}

/// What a server answers, up to a limit.
final class AnswerBuffer {
  fileprivate(set) var bytes: [UInt8] = []
  /// Whether there was more.
  fileprivate(set) var isCut = false
  fileprivate let limit: Int

  init(limit: Int) { self.limit = limit }
}

/// libcurl calls it with each piece of an answer; another number than that of the bytes ends the transfer.
private let takeAnswer: curl_write_callback = { (bytes, size, count, target) in
  guard let bytes = unsafe bytes, let target = unsafe target else { return 0 }
  let answer = unsafe Unmanaged<AnswerBuffer>.fromOpaque(target).takeUnretainedValue()
  let (length, isTooLong) = size.multipliedReportingOverflow(by: count)
  let room = answer.limit - answer.bytes.count
  let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: isTooLong ? 0 : min(length, room))
  unsafe answer.bytes.append(contentsOf: piece)
  guard !isTooLong, length <= room else {
    answer.isCut = true
    return 0
  }
  return length
}

/// The version of the libcurl that is loaded.
public var curlVersion: String { unsafe String(cString: curl_loaded_version()) }

/// Waits so long.
func pause(microseconds: Int) { _ = usleep(UInt32(clamping: microseconds)) }
