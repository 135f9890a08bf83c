import AuditTrail

/// Keys under `statement` that rule each other out.
extension Conjunction {
  /// Kinds of command that never have what a test asks for, by themselves and with whatever they carry; nor is there a
  /// command of several kinds that has it unless one of them can. The tests hold this against every analysed case.
  static func kindsWithout(_ test: Test) -> [CommandKind] {
    switch test {
    case .predicate: [.truncate, .alter, .drop, .grant, .revoke, .call, .do, .set, .transaction]
    case .limit:
      [.insert, .update, .delete, .merge, .truncate, .alter, .drop, .grant, .revoke, .call, .do, .set, .transaction]
    case .objects: [.insert, .update, .delete, .merge, .truncate, .call, .do, .transaction]
    case .writes: [.alter, .drop, .grant, .revoke, .call, .do, .set, .transaction]
    case .reads, .functions: [.truncate, .drop, .grant, .revoke, .transaction]
    case .kind, .multiple, .parsed, .text, .user, .identityKind, .groups, .strongAuthentication, .connectionName,
      .engine, .database, .environment, .tag, .purpose, .client, .hours, .approved:
      []
    }
  }

  /// What is wrong among the conditions.
  func lints(rule: String) -> [PolicyLint] {
    var lints: [PolicyLint] = []
    let commands = conditions.filter(\.test.isAboutCommand)
    let isUnparsed = whole.contains(.parsed(false))
    for condition in commands where isUnparsed {
      if case .kind = condition.test { continue }
      lints.append(
        PolicyLint(
          .unknownWhenUnparsed, rule: rule,
          "`\(condition.key)` is never known of a text that does not parse, so the rule never applies for certain; "
            + "drop `parsed: false` or `\(condition.key)`", at: condition.place))
    }
    for condition in commands {
      guard case .kind(let kinds) = condition.test else { continue }
      for other in commands {
        let dead = Self.kindsWithout(other.test).filter { kinds & $0.bit != 0 }
        guard !dead.isEmpty else { continue }
        let names = listedNames(dead.map(\.rawValue))
        if kinds & ~dead.reduce(0, { $0 | $1.bit }) == 0 {
          lints.append(
            PolicyLint(
              .contradiction, rule: rule,
              "no \(names) has what `\(other.key)` asks for, so the predicate never holds; drop `\(other.key)`, or name "
                + "other kinds", at: other.place))
        } else {
          lints.append(
            PolicyLint(
              .deadKind, rule: rule,
              "\(names) never \(dead.count == 1 ? "has" : "have") what `\(other.key)` asks for and matches nothing "
                + "here; give it a rule (or an alternative) without `\(other.key)`", at: condition.place))
        }
      }
    }
    return lints + unknownTypes(rule)
  }

  private func unknownTypes(_ rule: String) -> [PolicyLint] {
    conditions.flatMap { condition -> [PolicyLint] in
      guard case .objects(let types) = condition.test else { return [] }
      return types.filter { !Self.objectTypes.contains($0) }.map { type in
        PolicyLint(
          .unknownObjectType, rule: rule,
          "no command makes, changes or removes a `\(type)`; expected such as table, "
            + "index, view, column, function, schema or role", at: condition.place)
      }
    }
  }

  /// Types as facts name them. Source: `ObjectType` of PostgreSQL's grammar, without `OBJECT_`, and what facts add.
  private static let objectTypes: Set<String> = Set(
    """
    access_method aggregate amop amproc attribute cast column collation conversion database default defacl domain
    domconstraint event_trigger extension fdw foreign_server foreign_table function index language largeobject
    materialized_view matview opclass operator opfamily parameter_acl policy procedure publication
    publication_namespace publication_rel role routine rule schema sequence subscription statistics statistic_ext
    tabconstraint table tablespace transform trigger tsconfiguration tsdictionary tsparser tstemplate type user_mapping
    view program file setting
    """.split { $0 == " " || $0 == "\n" }.map { normalizedObjectType(String($0)) })
}

extension Condition {
  /// The last key on the way to it.
  var key: String { path.split(separator: ".").last.map(String.init) ?? path }
}

/// `a`, `a and b`, `a, b and c`.
func listedNames(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " and " + last
}
