package import AuditTrail
import Dispatch
import FoundationEssentials
import Synchronization

/// The threads that work at once, at most: each takes memory of its own.
package let threadsAtOnce = min(4, ProcessInfo.processInfo.activeProcessorCount)

/// What `body` gives for each number below `count`, in the order of the numbers, whichever thread came to it when. Each thread
/// makes a `state` of its own. Throws what the first number that failed threw.
package func atOnce<State: ~Copyable, Value: Sendable>(
  _ count: Int, state: @Sendable () throws(AssayError) -> State,
  _ body: @Sendable (borrowing State, Int) throws(AssayError) -> Value
) throws(AssayError) -> [Value] {
  let next = Atomic(0)
  let results = Mutex([Result<Value, AssayError>?](repeating: nil, count: count))
  DispatchQueue.concurrentPerform(iterations: min(count, threadsAtOnce)) { _ in
    func work(_ state: borrowing State) {
      while true {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        let result = Result { () throws(AssayError) in try body(state, number) }
        results.withLock { $0[number] = result }
      }
    }
    do throws(AssayError) {
      work(try state())
    } catch {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if number < count { results.withLock { $0[number] = .failure(error) } }
    }
  }
  var values: [Value] = []
  for result in results.withLock(\.self) {
    guard let result else { throw AssayError(.internalFault, "A part of the work was not done.") }
    values.append(try result.get())
  }
  return values
}

/// What both give; they run at once. Throws what the first threw, else what the second did.
package func both<First: Sendable, Second: Sendable>(
  _ first: @Sendable () throws(AssayError) -> First, _ second: @Sendable () throws(AssayError) -> Second
) throws(AssayError) -> (First, Second) {
  let results = Mutex<(First?, Second?)>((nil, nil))
  _ = try atOnce(2, state: { () throws(AssayError) in }) { (_: borrowing Void, number) throws(AssayError) in
    if number == 0 {
      let value = try first()
      results.withLock { $0.0 = value }
    } else {
      let value = try second()
      results.withLock { $0.1 = value }
    }
  }
  guard case (.some(let one), .some(let other)) = results.withLock(\.self) else {
    throw AssayError(.internalFault, "A part of the work was not done.")
  }
  return (one, other)
}
