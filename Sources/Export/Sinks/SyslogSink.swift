import AuditTrail
import Transfers

/// A sink that sends messages of RFC 5424 to a syslog server, each with its length before it (RFC 6587, RFC 5425).
///
/// The protocol has no answer: what the server's system acknowledged counts as delivered.
package final class SyslogSink: ExportSink {
  private let host: String
  private let port: Int
  private let isEncrypted: Bool
  private let schema: any EventSchema
  private let options: SinkOptions
  private var stream: StreamHolder?

  /// What holds the connection, for an optional of one.
  private final class StreamHolder {
    let stream: ByteStream
    init(_ stream: consuming ByteStream) { self.stream = stream }
  }

  /// A sink at a port of a host; it connects when the first record goes.
  package init(host: String, port: Int, isEncrypted: Bool, schema: any EventSchema, options: SinkOptions) {
    (self.host, self.port, self.isEncrypted) = (host, port, isEncrypted)
    (self.schema, self.options) = (schema, options)
  }

  package func deliver(_ events: ArraySlice<EncodedEvent>) throws(DeliveryFailure) -> DeliveryAnswer {
    var bytes: [UInt8] = []
    for event in events {
      let message = Self.message(event, line: schema.line(event.record))
      bytes += "\(message.count) ".utf8
      bytes += message
    }
    do throws(TransferError) {
      if stream == nil { stream = try connected() }
      try stream?.stream.send(bytes)
    } catch {
      // What was sent over a connection that broke may be half a message.
      stream = nil
      guard error.isOfTrust else { throw .passing(reason: error.message, after: nil) }
      throw .lasting(
        AssayError(
          .unavailable, "Nothing can be sent there; check the address, the certificates and --ca-file.",
          at: Place("\(host):\(port)"), cause: error.message))
    }
    return DeliveryAnswer()
  }

  private func connected() throws(TransferError) -> StreamHolder {
    StreamHolder(
      try ByteStream(
        host: host, port: port, isEncrypted: isEncrypted, authorities: options.authorities, timeout: options.timeout))
  }

  /// The facility for audit logs.
  private static let audit = 13

  /// The message; who reads it takes the moment of the event for its time, to the microsecond.
  static func message(_ event: EncodedEvent, line: [UInt8]) -> [UInt8] {
    let severity =
      switch event.gravity {
      case .informational: 6
      case .low: 5
      case .medium: 4
      case .high: 3
      case .critical: 2
      }
    let time = Timestamp(nanoseconds: event.time.nanoseconds.dividedFloor(by: 1_000).quotient * 1_000)
    let header = "<\(audit * 8 + severity)>1 \(time) - assay - \(event.kind.rawValue) - "
    return Array(header.utf8) + line
  }
}
