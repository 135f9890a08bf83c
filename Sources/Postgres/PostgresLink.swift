internal import CLibPQ
internal import Glibc

/// One open connection to a server and the notices that came over it.
@safe final class PostgresLink {
  let pointer: OpaquePointer
  private let notices = NoticeBox()

  init(_ parameters: PostgresParameters) throws(PostgresError) {
    let pairs = parameters.pairs
    guard pairs.allSatisfy({ !$0.keyword.utf8.contains(0) && !$0.value.utf8.contains(0) }) else {
      throw PostgresError(sqlstate: "08000", severity: "FATAL", message: "a connection parameter holds a NUL byte")
    }
    let keywords = CStrings(pairs.map(\.keyword))
    let values = CStrings(pairs.map(\.value))
    let opened = unsafe keywords.withPointers(terminated: true) { keywords in
      unsafe values.withPointers(terminated: true) { values in unsafe PQconnectStartParams(keywords, values, 0) }
    }
    guard let connection = unsafe opened else {
      throw PostgresError(sqlstate: "08000", severity: "FATAL", message: "out of memory")
    }
    unsafe pointer = connection
    // Before the server says anything: libpq prints what it gets before then, and a dump may choose the words.
    let box = unsafe Unmanaged.passUnretained(notices).toOpaque()
    _ = unsafe PQsetNoticeReceiver(
      connection,
      { box, result in
        guard let box = unsafe box, let result = unsafe result else { return }
        let notice = unsafe PostgresError(result: result)
        unsafe Unmanaged<NoticeBox>.fromOpaque(box).takeUnretainedValue().add(notice)
      }, box)
    try finishConnecting(within: Self.timeout(parameters["connect_timeout"]))
    // An error is read by its fields: the text that libpq makes of all of them would be twice as long again.
    _ = unsafe PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE)
  }

  /// How long a connection may take to be made; `nil` for as long as it takes.
  /// Source: PostgreSQL 15, 34.1.2 `connect_timeout`, which only libpq's blocking calls obey: one second is two.
  private static func timeout(_ text: String?) -> Duration? {
    guard let seconds = text.flatMap({ Int($0) }), seconds > 0 else { return nil }
    return .seconds(max(2, seconds))
  }

  /// Waits until the connection is made. Source: PostgreSQL 15, 34.1 `PQconnectPoll`.
  private func finishConnecting(within timeout: Duration?) throws(PostgresError) {
    let end = timeout.map { ContinuousClock.now + $0 }
    var state = PGRES_POLLING_WRITING
    while unsafe PQstatus(pointer) != CONNECTION_BAD, state != PGRES_POLLING_OK, state != PGRES_POLLING_FAILED {
      let awaited = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
      var socket = unsafe pollfd(fd: PQsocket(pointer), events: Int16(awaited), revents: 0)
      let left = end.map { max(.zero, $0 - .now) / .milliseconds(1) } ?? -1
      let ready = unsafe poll(&socket, 1, Int32(clamping: Int(left.rounded(.up))))
      if ready == 0 {
        throw PostgresError(sqlstate: "08000", severity: "FATAL", message: "the server did not answer in time")
      }
      if ready > 0 { state = unsafe PQconnectPoll(pointer) }
    }
    guard unsafe PQstatus(pointer) == CONNECTION_OK else { throw unsafe PostgresError(connection: pointer) }
  }

  deinit { unsafe PQfinish(pointer) }

  /// The notices since the last call, in their order.
  func takeNotices() -> [PostgresError] { notices.take() }

  /// How many notices were thrown away since the last call of ``takeNotices()``, for want of room.
  var lostNotices: Int { notices.lost }

  /// Waits until the next answer is here, and throws away what the server notifies meanwhile: libpq would keep every one, and
  /// code of a session may send them without end. What goes wrong shows when the answer is taken.
  /// Source: PostgreSQL 15, 34.4 "Asynchronous Command Processing" and 34.9 "Asynchronous Notification".
  func awaitAnswer() {
    while unsafe PQisBusy(pointer) == 1 {
      var socket = unsafe pollfd(fd: PQsocket(pointer), events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&socket, 1, -1) >= 0 || errno == EINTR, unsafe PQconsumeInput(pointer) == 1 else { return }
      while let notification = unsafe PQnotifies(pointer) { unsafe PQfreemem(notification) }
    }
  }

  /// Throws what the connection says, unless a call gave 1.
  func check(_ code: Int32) throws(PostgresError) {
    guard code == 1 else { throw unsafe PostgresError(connection: pointer) }
  }
}

/// Where libpq's receiver puts notices, so that it needs no pointer to the connection.
///
/// Bounded: code of a session or a dump may raise them without end.
private final class NoticeBox {
  private static let mostBytes = 16 << 20
  private var notices: [PostgresError] = []
  private var bytes = 0

  func add(_ notice: PostgresError) {
    let size = notice.said.reduce(64) { $0 + $1.utf8.count }
    guard bytes < Self.mostBytes, !notice.isTooLong else {
      lost += 1
      return
    }
    bytes += size
    notices.append(notice)
  }

  /// How many there was no room for since the last call of ``take()``.
  private(set) var lost = 0

  func take() -> [PostgresError] {
    (bytes, lost) = (0, 0)
    guard !notices.isEmpty else { return [] }
    defer { notices.removeAll() }
    return notices
  }
}

/// Texts as C takes them: bytes in one buffer, each ended by a zero.
struct CStrings {
  private var bytes: [CChar] = []
  private var starts: [Int?] = []

  init(_ texts: [String?]) {
    starts.reserveCapacity(texts.count)
    for text in texts {
      guard let text else {
        starts.append(nil)
        continue
      }
      starts.append(bytes.count)
      bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
      bytes.append(0)
    }
  }

  /// Calls with one pointer a text, `nil` for what has none; `terminated` adds a `nil` at the end.
  func withPointers<Result>(
    terminated: Bool = false, _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      var pointers = unsafe starts.map { start in unsafe start.flatMap { unsafe buffer.baseAddress?.advanced(by: $0) } }
      if terminated { unsafe pointers.append(nil) }
      return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
  }
}
