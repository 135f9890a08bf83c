import AuditTrail

/// Exit statuses, after sysexits.h. Documented in `docs/json.md`.
enum ExitStatus {
  static let checkFailed: Int32 = 1
  static let usage: Int32 = 64
  static let badData: Int32 = 65
  static let missingInput: Int32 = 66
  static let unavailable: Int32 = 69
  static let internalFault: Int32 = 70
  static let inputOutput: Int32 = 74
  static let inUse: Int32 = 75
  static let refused: Int32 = 77

  /// The status of a failure.
  static func of(_ error: AssayError) -> Int32 {
    switch error.code.category {
    case .usage: usage
    case .badData: badData
    case .missingInput: missingInput
    case .unavailable: unavailable
    case .internalFault: internalFault
    case .inputOutput: inputOutput
    case .inUse: inUse
    case .refused: refused
    }
  }
}
