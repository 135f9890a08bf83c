import Synchronization

/// Keeps what is made when it is first asked for. Two threads that ask at once make the same, and one of them is kept.
package final class Known<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let values = Mutex<[Key: Value]>([:])

  /// Nothing is known yet.
  package init() {}

  /// The value of a key, made by `make` where it is not known.
  package func value<Failure>(of key: Key, make: () throws(Failure) -> Value) throws(Failure) -> Value {
    if let known = values.withLock({ $0[key] }) { return known }
    let made = try make()
    values.withLock { $0[key] = made }
    return made
  }
}
