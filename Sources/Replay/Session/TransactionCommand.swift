/// A command that opens, closes or marks a transaction, whichever engine's spelling the text uses. Names are as the engine
/// compares them.
package enum TransactionCommand: Sendable, Equatable {
  case begin
  /// `andChain`: a new transaction opens at once.
  case commit(andChain: Bool)
  case rollback(andChain: Bool)
  case savepoint(String)
  case release(String)
  case rollbackTo(String)

  /// Whether it ends a transaction with its effects kept.
  package var isCommit: Bool { if case .commit = self { true } else { false } }

  /// Whether a transaction that has failed takes it: it goes back to before the failure.
  package var endsFailure: Bool {
    switch self {
    case .commit, .rollback, .rollbackTo: true
    case .begin, .savepoint, .release: false
    }
  }

  /// A command that PostgreSQL or MySQL reads and SQLite refuses: `START TRANSACTION`, `BEGIN ISOLATION LEVEL …`,
  /// `COMMIT WORK`, `ABORT`, `ROLLBACK AND CHAIN`. The bytes are one command, without what follows its semicolon.
  package init?(foreign text: Span<UInt8>) {
    guard let words = Self.words(text), let first = words.first else { return nil }
    let rest = words.dropFirst()
    switch first {
    case "begin" where Self.areModes(rest, after: ["work", "transaction", "tran"]): self = .begin
    case "start" where rest.first == "transaction" && Self.areModes(rest, after: ["transaction"]): self = .begin
    case "commit", "end":
      guard let chain = Self.chain(rest) else { return nil }
      self = .commit(andChain: chain)
    case "rollback", "abort":
      let plain = Self.withoutNoise(rest)
      if plain.first == "to" {
        let target = plain.dropFirst().first == "savepoint" ? plain.dropFirst(2) : plain.dropFirst()
        guard first == "rollback", target.count == 1, let name = target.first else { return nil }
        self = .rollbackTo(name)
      } else {
        guard let chain = Self.chain(rest) else { return nil }
        self = .rollback(andChain: chain)
      }
    default: return nil
    }
  }

  /// The words of the command in lower case; `nil` where anything but words, commas and space is in it.
  private static func words(_ text: Span<UInt8>) -> [String]? {
    var words: [String] = []
    var word: [UInt8] = []
    for index in text.indices.prefix(200) {
      let byte = text[index]
      if (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || byte &- UInt8(ascii: "0") < 10 {
        word.append((byte | 0x20) &- UInt8(ascii: "a") < 26 ? byte | 0x20 : byte)
        continue
      }
      if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
      word.removeAll(keepingCapacity: true)
      guard " \t\r\n,;".utf8.contains(byte) else { return nil }
    }
    if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
    return text.count > 200 ? nil : words
  }

  private static let modeWords: Set<String> = [
    "isolation", "level", "serializable", "repeatable", "read", "committed", "uncommitted", "write", "only", "not",
    "deferrable", "with", "consistent", "snapshot",
  ]

  private static func areModes(_ words: ArraySlice<String>, after noise: Set<String>) -> Bool {
    let modes = noise.contains(words.first ?? "") ? words.dropFirst() : words
    return modes.allSatisfy(modeWords.contains)
  }

  private static func withoutNoise(_ words: ArraySlice<String>) -> ArraySlice<String> {
    words.first == "work" || words.first == "transaction" ? words.dropFirst() : words
  }

  private static func chain(_ words: ArraySlice<String>) -> Bool? {
    switch Array(withoutNoise(words)) {
    case [], ["and", "no", "chain"]: false
    case ["and", "chain"]: true
    default: nil
    }
  }
}
