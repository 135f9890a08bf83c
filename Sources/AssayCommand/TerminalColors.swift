import ArgumentParser

/// When standard output is bold and in colour.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  /// On a terminal.
  case auto
  /// Into a pipe or a file, too.
  case always
  /// Nowhere.
  case never
}

extension Terminal {
  /// The colours of words that say how grave something is: what is bad is red, what is good is green, what nobody can say is
  /// yellow, and 39 is the terminal's own. The numbers are ECMA-48's (8.3.117 "SGR").
  private static let colors: [Substring: Int] = [
    "S0": 39, "S1": 39, "S2": 39, "false_allow": 31, "mask_leak": 31, "S4": 31, "S3": 31, "fail": 31, "failed": 31,
    "let_through": 31, "unapproved": 31,
    "confirmed_block": 32, "confirmed_review": 32, "confirmed_mask": 32, "confirmed_allow": 32, "pass": 32,
    "passed": 32,
    "verified": 32, "inconclusive": 33, "diverged": 33, "false_block": 33, "needless_review": 33, "not_run": 33,
  ]

  /// The text with its words in their colours. They count only in cells that hold no other words, so that no word of a
  /// sentence or of a statement is coloured.
  static func colored(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var result = ""
      var rest = line
      while !rest.isEmpty {
        let gap = rest.prefix { $0 == " " }
        rest = rest[gap.endIndex...]
        let cell = rest.firstRange(of: "  ").map { rest[..<$0.lowerBound] } ?? rest
        rest = rest[cell.endIndex...]
        result += gap
        let words = cell.split(separator: " ")
        let isGraded = words.allSatisfy { colors[$0] != nil }
        result += isGraded ? words.map(colored(word:)).joined(separator: " ") : String(cell)
      }
      return result
    }.joined(separator: "\n")
  }

  private static func colored(word: Substring) -> String {
    guard let color = colors[word], color != 39 else { return String(word) }
    return "\u{1B}[\(color)m\(word)\u{1B}[0m"
  }
}
