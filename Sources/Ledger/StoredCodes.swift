import AuditTrail

/// An enumeration that statements store as a small number. A case keeps its number for ever: ledgers that exist hold it.
protocol StoredCode: CaseIterable, Hashable {
  var code: Int64 { get }
}

extension StoredCode {
  /// The case with that number; `nil` for a number that this program does not write.
  init?(code: Int64) {
    guard let match = Self.allCases.first(where: { $0.code == code }) else { return nil }
    self = match
  }
}

extension Outcome: StoredCode {
  var code: Int64 {
    switch self {
    case .ran: 0
    case .notRun: 1
    case .ranUnapproved: 2
    case .unknown: 3
    }
  }
}

extension RowsKind: StoredCode {
  var code: Int64 {
    switch self {
    case .returned: 0
    case .affected: 1
    case .unknown: 2
    }
  }
}

extension ApprovalLink: StoredCode {
  var code: Int64 {
    switch self {
    case .recorded: 0
    case .inferred: 1
    }
  }
}
