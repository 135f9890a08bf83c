package import AuditTrail

/// Delivers records to a sink until each was taken or refused: waits and tries again where the sink asks for it, and looks for
/// the record that is refused where nobody says which.
package struct Delivery {
  private let sink: any ExportSink
  /// How often it is tried again without any progress; `nil` for ever.
  private let retries: Int?
  private let pause: (_ milliseconds: Int, _ reason: String) -> Void
  /// How often it was tried again.
  package private(set) var tries = 0
  /// Whether the sink ever took a record.
  package private(set) var hasTaken = false

  /// The first wait and the longest, in milliseconds; each one is twice the one before.
  private static let (firstWait, longestWait) = (500, 30_000)

  /// A delivery to the sink; `pause` waits, and may say why.
  package init(
    to sink: any ExportSink, retries: Int?, pause: @escaping (_ milliseconds: Int, _ reason: String) -> Void
  ) {
    (self.sink, self.retries, self.pause) = (sink, retries, pause)
  }

  /// Delivers the records; gives those that were refused, with the reasons. Throws what ends the export.
  package mutating func deliver(
    _ events: ArraySlice<EncodedEvent>
  ) throws(AssayError) -> [(event: EncodedEvent, reason: String)] {
    var (pending, refused): ([EncodedEvent], [(event: EncodedEvent, reason: String)]) = (Array(events), [])
    var failures = 0
    while true {
      let answer: DeliveryAnswer
      do throws(DeliveryFailure) { answer = try sink.deliver(pending[...]) } catch {
        switch error {
        case .lasting(let failure): throw failure
        case .divisible(let reason):
          guard pending.count > 1 else { return refused + pending.map { ($0, reason) } }
          let middle = pending.count / 2
          return refused + (try deliver(pending[..<middle])) + (try deliver(pending[middle...]))
        case .passing(let reason, let after): try wait(&failures, reason, after)
        }
        continue
      }
      refused += answer.refused.compactMap { place, reason in
        pending.indices.contains(place) ? (pending[place], reason) : nil
      }
      if answer.tookSome || answer.refused.count + answer.deferred.count < pending.count { hasTaken = true }
      let deferred = answer.deferred.filter(pending.indices.contains).map { pending[$0] }
      guard !deferred.isEmpty else { return refused }
      if deferred.count < pending.count { failures = 0 }
      pending = deferred
      try wait(&failures, "the server is busy", nil)
    }
  }

  /// Waits before another try; fails where there were enough.
  private mutating func wait(_ failures: inout Int, _ reason: String, _ after: Int?) throws(AssayError) {
    if let retries, failures >= retries {
      throw AssayError(
        .unavailable,
        "The sink takes nothing (\(reason)); what it has not taken is sent by the same command when it is run again.")
    }
    // What the server asks for counts where it is more, up to an hour.
    let asked = min(after ?? 0, 3_600) * 1_000
    let doubled = min(Self.firstWait << min(failures, 10), Self.longestWait)
    failures += 1
    tries += 1
    pause(max(doubled, asked), reason)
  }
}
