/// How events are written for a system that takes them.
package protocol EventSchema: Sendable {
  /// Its name with its version, for people.
  var title: String { get }
  /// What every line of a file of it begins with.
  var beginning: String { get }
  /// What stands before and behind the records of one document: of a line, or of all that is sent at once. Records are
  /// apart by commas where there is anything.
  var envelope: (head: [UInt8], tail: [UInt8]) { get }
  /// The event as one record without a line's end.
  func encode(_ event: ExportEvent) -> [UInt8]
}

extension EventSchema {
  package var envelope: (head: [UInt8], tail: [UInt8]) { ([], []) }

  /// The record as a line of a file, without its end.
  package func line(_ record: [UInt8]) -> [UInt8] { envelope.head + record + envelope.tail }
}

/// The schemas, each with its line in ``schema(ocsf:program:)``.
package enum SchemaName: String, Sendable, CaseIterable {
  case assay, cef, ecs, ocsf, otel

  /// Whether a file of that beginning holds records of one of the schemas.
  package static func isFile(beginning: String) -> Bool {
    allCases.contains { beginning.hasPrefix($0.schema(ocsf: .v1_8, program: "").beginning) }
  }

  /// The schema; `program` is the version of the program that the events name.
  package func schema(ocsf version: OCSFVersion, program: String) -> any EventSchema {
    switch self {
    case .assay: AssayEvents()
    case .cef: CEFEvents(program: program)
    case .ecs: ECSEvents(program: program)
    case .ocsf: OCSFEvents(version: version, program: program)
    case .otel: OTelLogs(program: program)
    }
  }
}
