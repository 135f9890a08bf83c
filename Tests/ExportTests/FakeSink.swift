import AuditTrail

@testable import Export

/// A sink that keeps what it takes, and behaves as it is told.
final class FakeSink: ExportSink {
  /// What a delivery ends in.
  enum Step {
    case answer(DeliveryAnswer)
    case failure(DeliveryFailure)
    /// Every record counts as refused; `tookSome` says that some were not.
    case refusal(String, tookSome: Bool)
  }

  /// What the next deliveries end in; without one a delivery is taken.
  var steps: [Step] = []
  /// Records that are refused, by their ids; nobody says which where `isSilent` is set.
  var bad: Set<String> = []
  var isSilent = false
  private(set) var taken: [String] = []
  private(set) var deliveries: [Int] = []

  func deliver(_ events: ArraySlice<EncodedEvent>) throws(DeliveryFailure) -> DeliveryAnswer {
    deliveries.append(events.count)
    var answer = DeliveryAnswer()
    if !steps.isEmpty {
      switch steps.removeFirst() {
      case .answer(let told): answer = told
      case .failure(let failure): throw failure
      case .refusal(let reason, let tookSome):
        answer.refused = (0..<events.count).map { ($0, reason) }
        answer.tookSome = tookSome
      }
      keep(events, answer)
      return answer
    }
    for (place, event) in events.enumerated() where bad.contains(event.uid) {
      if isSilent { throw .divisible(reason: "400 no") }
      answer.refused.append((place, "no"))
    }
    keep(events, answer)
    return answer
  }

  private func keep(_ events: ArraySlice<EncodedEvent>, _ answer: DeliveryAnswer) {
    let left = Set(answer.refused.map(\.place) + answer.deferred)
    taken += events.enumerated().filter { !left.contains($0.offset) }.map(\.element.uid)
  }
}

/// A file in memory.
final class FakeFile: LineFile {
  private(set) var bytes: [UInt8] = []
  private(set) var settled = 0

  func append(_ bytes: [UInt8]) { self.bytes += bytes }
  func settle() { settled = bytes.count }

  var lines: [String] { String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) }
}
