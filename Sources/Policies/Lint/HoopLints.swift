import AuditTrail

extension HoopPolicy {
  /// What is odd about the rules; what hoop's matching cannot see is named, since a policy that reads the statement can.
  var lints: [PolicyLint] {
    var lints = rules.flatMap(\.lints)
    for (name, place) in outputRules {
      lints.append(
        PolicyLint(
          .hoopOutputRule, rule: name,
          "its rules on the output are not evaluated: they need what the database answered; use a masking rule, or "
            + "`discloses` of `harm`", at: place))
    }
    return lints
  }
}

extension HoopRule {
  fileprivate var lints: [PolicyLint] {
    var lints: [PolicyLint] = []
    if let connections, connections.isEmpty {
      lints.append(
        PolicyLint(
          .hoopUnboundRule, rule: name,
          "the rule is bound to no connection, so it never applies; bind it, or delete it",
          at: place))
    }
    switch check {
    case .refusal(let reason):
      lints.append(
        PolicyLint(
          .hoopRefusedPattern, rule: name,
          "hoop cannot evaluate it and refuses every text (\(reason)); write the pattern in RE2's syntax, without look-around",
          at: place))
    case .words(_, let expected) where expected.utf8.contains { $0 | 0x20 >= 97 && $0 | 0x20 <= 122 }:
      lints.append(
        PolicyLint(
          .hoopCaseSensitiveWord, rule: name,
          "letters' case counts in denied words (\(expected)): another spelling passes; use a pattern with (?i), or a "
            + "policy rule by `kind`", at: place))
    case .pattern(_, let expected, _) where Self.isAnchored(expected):
      lints.append(
        PolicyLint(
          .hoopAnchoredPattern, rule: name,
          "the pattern sees the beginning of the text only: a comment, a second statement or WITH before it passes; use a "
            + "policy rule by `kind` and `where`", at: place))
    default: break
    }
    return lints
  }

  /// Whether the pattern begins with `^` and that means the text's first character, not each line's.
  private static func isAnchored(_ pattern: String) -> Bool {
    var rest = pattern[...]
    while rest.hasPrefix("(?"), let close = rest.firstIndex(of: ")") {
      let flags = rest[rest.index(rest.startIndex, offsetBy: 2)..<close]
      guard flags.allSatisfy(\.isLetter) else { return false }
      if flags.contains("m") { return false }
      rest = rest[rest.index(after: close)...]
    }
    return rest.hasPrefix("^") || rest.hasPrefix("\\A")
  }
}
