package import AuditTrail

/// A record on its way to a sink.
package struct EncodedEvent: Sendable {
  /// The event's id.
  package let uid: String
  package let kind: ExportKind
  package let time: Timestamp
  package let gravity: Gravity
  /// What the schema makes of the event.
  package let record: [UInt8]
}

/// What became of the records of a delivery; those of which nothing is said were taken.
package struct DeliveryAnswer: Sendable {
  /// The places of records that were refused for good, with the reason.
  package var refused: [(place: Int, reason: String)] = []
  /// The places of records that may be taken another time.
  package var deferred: [Int] = []
  /// Whether some of those that count as refused were taken, and nobody says which.
  package var tookSome = false

  /// All were taken.
  package init() {}
}

/// Why a delivery failed as a whole.
package enum DeliveryFailure: Error {
  /// It may go another time, at the earliest after so many seconds.
  case passing(reason: String, after: Int?)
  /// A record of it is refused, or there are too many, and nobody says which.
  case divisible(reason: String)
  /// It will never go.
  case lasting(AssayError)
}

/// Where records go.
package protocol ExportSink: AnyObject {
  /// Delivers the records, and returns when the sink has them as safely as its kind allows.
  func deliver(_ events: ArraySlice<EncodedEvent>) throws(DeliveryFailure) -> DeliveryAnswer
}

/// A file that lines are added to.
package protocol LineFile: AnyObject {
  /// Adds the bytes.
  func append(_ bytes: [UInt8]) throws(AssayError)
  /// Returns when what was added outlasts a failure of the machine, as far as the file can.
  func settle() throws(AssayError)
}

/// A sink that writes a line for each record into a file, or to standard output.
package final class FileSink: ExportSink {
  private let file: any LineFile
  private let schema: any EventSchema

  /// A sink that writes to the file.
  package init(_ file: any LineFile, schema: any EventSchema) { (self.file, self.schema) = (file, schema) }

  package func deliver(_ events: ArraySlice<EncodedEvent>) throws(DeliveryFailure) -> DeliveryAnswer {
    var bytes: [UInt8] = []
    for event in events { bytes += schema.line(event.record) + [UInt8(ascii: "\n")] }
    do throws(AssayError) {
      try file.append(bytes)
      try file.settle()
    } catch { throw .lasting(error) }
    return DeliveryAnswer()
  }
}

/// How sinks are reached.
package struct SinkOptions: Sendable {
  /// What the server is told of who sends; never shown.
  package var credential: String?
  /// A file of certificates that are trusted in place of the system's.
  package var authorities: String?
  /// How many milliseconds an answer may take.
  package var timeout = 60_000
  /// Whether documents are only made and never replaced, as data streams ask for.
  package var createsOnly = false
  /// The version of the program.
  package var program: String

  /// The usual ones.
  package init(program: String) { self.program = program }
}
