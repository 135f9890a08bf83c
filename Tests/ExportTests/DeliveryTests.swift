import AuditTrail
import Testing

@testable import Export

@Suite struct DeliveryTests {
  private static func events(_ count: Int) -> [EncodedEvent] {
    (0..<count).map {
      EncodedEvent(
        uid: "\($0)", kind: .statement, time: Timestamp(nanoseconds: 0), gravity: .low, record: Array("{}".utf8))
    }
  }

  private let sink = FakeSink()

  /// Delivers so many records; gives what was refused, and how long was waited.
  private func deliver(_ count: Int, retries: Int? = 3) throws -> (refused: [String], waits: [Int]) {
    var waits: [Int] = []
    var delivery = Delivery(to: sink, retries: retries) { milliseconds, reason in
      waits.append(milliseconds)
      #expect(!reason.isEmpty)
    }
    let refused = try delivery.deliver(Self.events(count)[...])
    #expect(delivery.tries == waits.count)
    return (refused.map { "\($0.event.uid) \($0.reason)" }, waits)
  }

  @Test func `one refused record is told, and the rest is taken`() throws {
    sink.bad = ["3"]
    let (refused, waits) = try deliver(8)
    #expect(refused == ["3 no"] && waits.isEmpty)
    #expect(sink.taken == ["0", "1", "2", "4", "5", "6", "7"])
  }

  @Test(arguments: [[3], [0, 7], Array(0..<8)])
  func `where nobody says which record is refused, it is looked for`(bad: [Int]) throws {
    sink.bad = Set(bad.map(String.init))
    sink.isSilent = true
    let (refused, _) = try deliver(8)
    #expect(refused == bad.map { "\($0) 400 no" })
    #expect(sink.taken == (0..<8).filter { !bad.contains($0) }.map(String.init))
  }

  @Test func `records that a busy sink defers are sent alone, and later`() throws {
    var answer = DeliveryAnswer()
    answer.deferred = [1, 3, 99]
    answer.refused = [(0, "no")]
    sink.steps = [.answer(answer)]
    let (refused, waits) = try deliver(4)
    #expect(refused == ["0 no"] && waits == [500])
    #expect(sink.taken == ["2", "1", "3"] && sink.deliveries == [4, 2])
  }

  @Test func `waits double up to a bound, and a server's wish counts where it is more`() throws {
    sink.steps = Array(repeating: .failure(.passing(reason: "503", after: nil)), count: 8)
    sink.steps.append(.failure(.passing(reason: "429", after: 90)))
    sink.steps.append(.failure(.passing(reason: "429", after: .max)))
    let (refused, waits) = try deliver(2, retries: nil)
    #expect(refused.isEmpty && sink.taken == ["0", "1"])
    #expect(waits == [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 90_000, 3_600_000])
  }

  @Test func `what takes nothing ends the export, and what will never take anything ends it at once`() throws {
    sink.steps = Array(repeating: .failure(.passing(reason: "down", after: nil)), count: 9)
    let failure = #expect(throws: AssayError.self) { try deliver(2, retries: 2) }
    #expect(failure?.code == .unavailable && sink.deliveries.count == 3)
    sink.steps = [.failure(.lasting(AssayError(.usage, "no")))]
    #expect(throws: AssayError(.usage, "no")) { try deliver(2) }
  }
}
