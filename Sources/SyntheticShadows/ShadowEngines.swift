public import AuditTrail
import MariaDBShadows
import PostgresShadows
public import Replay
import SQLiteShadows

/// Every engine that shadows are opened on.
public let shadowEngines: [any ShadowEngine] = [SQLiteEngine(), PostgresEngine(), MariaDBEngine()]

extension ShadowSource {
  /// Reads a shadow's name as one of the engines spells it.
  ///
  /// No error repeats the text itself, for it may hold a password.
  public init(_ text: String) throws(AssayError) {
    for engine in shadowEngines {
      if let source = try engine.source(text) {
        self = source
        return
      }
    }
    throw AssayError(.usage, "A shadow is named as \(shadowEngines.map(\.usage).joined(separator: ", as ")).")
  }
}

/// Opens the shadow that a source names.
///
/// - Throws: what ``ShadowEngine/open(_:options:)`` throws.
public func openShadow(
  _ source: ShadowSource, options: ShadowOptions = ShadowOptions()
) throws(AssayError) -> any Shadow {
  for engine in shadowEngines where try engine.source(source.text) != nil {
    return try engine.open(source, options: options)
  }
  throw AssayError(.internalFault, "A shadow's engine is not known; please report this.", at: Place(source.description))
}
