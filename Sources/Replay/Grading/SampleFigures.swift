import AuditTrail
public import Ledger
import Policies

/// What a sample of plain reads showed.
public struct SampleFigures: Sendable, Hashable {
  /// How many plain reads there were, and how many were taken.
  public let sample: ReplaySample
  /// Of those taken, the ones with a conclusive verdict.
  public private(set) var graded = 0
  /// Of those graded, the ones that were harmful or disclosed.
  public private(set) var deviations = 0

  /// Nothing counted yet.
  public init(_ sample: ReplaySample) { self.sample = sample }

  /// Below what share of the plain reads deviations lie, at 95 %; `nil` where none was graded.
  public var upperLimit: Double? { upperDeviationLimit(deviations: deviations, of: graded) }

  mutating func count(_ verdict: Verdict) {
    guard verdict.isConclusive else { return }
    if verdict.isHarmful { deviations += 1 }
    graded += 1
  }
}
