package import AuditTrail
package import Ledger

/// What a statement's text, its mask and its record tell of a leak where no compared world shows one; the same on
/// every engine.
extension Leak {
  /// How a sensitive column reaches the client by the text alone: `flowsOut` says whether an output expression reads it,
  /// `nil` where the text does not show it; `isMasked` that it is in the output only as itself and the mask caught it.
  package init(flowsOut: Bool?, isMasked: Bool) {
    switch flowsOut {
    case true: self = isMasked ? .predicate : .derived
    case false: self = .predicate
    case nil: self = .derived
    }
  }
}

extension StatementEntry {
  /// Whether a detector masked what the client got by its content.
  package var isMaskedByContent: Bool {
    decision.action != .block && decision.masked.contains { $0.hasPrefix("detector:") }
  }

  /// Whether no row of the shadow met the predicate though the record says that rows came back: then only data flow
  /// can tell what they held.
  package func showsNothing(_ here: ObservedRows, of effect: Effect) -> Bool {
    guard here.seen.rows == 0, here.seen.failure == nil, effect.tables.isEmpty, let result,
      result.rowsKind == .returned
    else { return false }
    return (result.rows ?? 0) > 0
  }
}
