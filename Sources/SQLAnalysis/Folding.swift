/// Constant folding: is a predicate true whatever the data? A comparison of a column with itself counts as true, though
/// it is not where the column is null: it selects every row that has a value.
extension Tree {
  /// The truth of an expression, or `nil` where it depends on data.
  func truth(_ node: Int) -> Bool? { constant(node).truth }

  /// The value of the expression in a wrapper.
  func constant(_ node: Int) -> Constant {
    guard let inner = unwrapped(node) else { return .unknown }
    switch key(inner) {
    case .A_Const: return literal(inner)
    case .BoolExpr: return Constant(logic(inner))
    case .A_Expr: return operation(inner)
    case .TypeCast: return cast(inner)
    case .NullTest: return nullTest(inner)
    case .BooleanTest: return booleanTest(inner)
    case .CoalesceExpr: return coalesce(inner)
    case .CaseExpr: return cases(inner)
    case .SubLink: return subquery(inner)
    case .CollateClause: return member(inner, .arg).map({ constant($0) }) ?? .unknown
    default: return .unknown
    }
  }

  private func literal(_ node: Int) -> Constant {
    if flag(node, .isnull) { return .null }
    if member(node, .ival) != nil { return integer(node).map(Constant.integer) ?? .unknown }
    if let value = member(node, .boolval) { return .bool(flag(value, .boolval)) }
    if let value = member(node, .fval) {
      return text(value, .fval).flatMap(Double.init).map(Constant.decimal) ?? .unknown
    }
    if let value = member(node, .sval) { return .string(text(value, .sval) ?? "") }
    return .unknown
  }

  // MARK: AND, OR, NOT

  private func logic(_ node: Int) -> Bool? {
    guard let arguments = member(node, .args) else { return nil }
    switch text(node, .boolop) {
    case "NOT_EXPR": return firstChild(arguments).flatMap({ truth($0) }).map { !$0 }
    case "AND_EXPR":
      var all: Bool? = true
      var next = arguments + 1
      while next < end(arguments) {
        let argument = next
        next = end(argument)
        guard let truth = truth(argument) else {
          all = nil
          continue
        }
        if !truth { return false }
      }
      return all
    case "OR_EXPR":
      var none: Bool? = false
      for argument in children(arguments) {
        guard let truth = truth(argument) else {
          none = nil
          continue
        }
        if truth { return true }
      }
      return none == nil && holdsEitherWay(arguments) ? true : none
    default: return nil
    }
  }

  /// `x IS NULL OR x IS NOT NULL`, `a = 1 OR a <> 1`, `p OR NOT p`.
  private func holdsEitherWay(_ arguments: Int) -> Bool {
    let arms = children(arguments).prefix(16).compactMap({ unwrapped($0) })
    for (index, left) in arms.enumerated() {
      for right in arms[(index + 1)...] where areOpposite(left, right) || areOpposite(right, left) { return true }
    }
    return false
  }

  private func areOpposite(_ left: Int, _ right: Int) -> Bool {
    switch (key(left), key(right)) {
    case (.NullTest, .NullTest):
      guard let a = member(left, .arg), let b = member(right, .arg) else { return false }
      return text(left, .nulltesttype) != text(right, .nulltesttype) && sameValue(a, b)
    case (.A_Expr, .A_Expr):
      guard let name = operatorName(left), let other = operatorName(right), let negated = Self.negations[name] else {
        return false
      }
      guard negated.contains(other), let a = member(left, .lexpr), let b = member(right, .lexpr),
        let c = member(left, .rexpr), let d = member(right, .rexpr)
      else { return false }
      return sameValue(a, b) && sameValue(c, d)
    case (_, .BoolExpr):
      guard text(right, .boolop, is: "NOT_EXPR"), let argument = member(right, .args).flatMap({ firstChild($0) }),
        let inner = unwrapped(argument)
      else { return false }
      return key(inner) == key(left) && sameValue(inner, left)
    default: return false
    }
  }

  private static let negations: [String: Set<String>] = [
    "=": ["<>"], "<": [">="], ">": ["<="], "<=": [">="],
  ]

  // MARK: Operators

  private func operatorName(_ node: Int) -> String? { member(node, .name).flatMap({ lastNamePart($0) }) }

  /// Whether two expressions have the same value in every row.
  private func sameValue(_ left: Int, _ right: Int) -> Bool { same(left, right) && isStable(left) }

  /// Whether an expression has one value however often it is computed.
  private func isStable(_ node: Int) -> Bool {
    var index = node
    while index < Int(nodes[node].end) {
      switch nodes[index].key {
      case .SubLink: return false
      case .FuncCall:
        let name = member(index, .funcname).flatMap({ lastNamePart($0) }) ?? ""
        if Self.volatileFunctions.contains(name) { return false }
      default: break
      }
      index += 1
    }
    return true
  }

  private static let volatileFunctions: Set<String> = [
    "random", "random_normal", "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v4", "clock_timestamp",
    "timeofday", "nextval", "setval", "lastval", "currval", "gen_random_bytes", "txid_current", "rand", "newid",
  ]

  private func operation(_ node: Int) -> Constant {
    guard let right = member(node, .rexpr) else { return .unknown }
    let name = operatorName(node) ?? ""
    guard let left = member(node, .lexpr) else { return unary(name, right) }
    if text(node, .kind, is: "AEXPR_OP") { return binary(name, left, right) }
    switch text(node, .kind) {
    case "AEXPR_LIKE", "AEXPR_ILIKE": return like(name, left, right)
    case "AEXPR_SIMILAR":
      guard let pattern = callArguments(right).first else { return .unknown }
      return matchesAll(constant(pattern), ["%"]) ? .bool(!name.hasPrefix("!")) : .unknown
    case "AEXPR_IN": return membership(left, items(of: right), negated: name == "<>")
    case "AEXPR_OP_ANY" where name == "=": return membership(left, elements(of: right), negated: false)
    case "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT":
      return distinctness(left, right, negated: text(node, .kind, is: "AEXPR_NOT_DISTINCT"))
    case "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_BETWEEN_SYM", "AEXPR_NOT_BETWEEN_SYM":
      return between(left, items(of: right), text(node, .kind) ?? "")
    case "AEXPR_NULLIF":
      let value = constant(left)
      return value.equals(constant(right)) == true ? .null : value
    default: return .unknown
    }
  }

  private func unary(_ name: String, _ operand: Int) -> Constant {
    switch (name, constant(operand)) {
    case ("-", .integer(let value)): return value == .min ? .unknown : .integer(-value)
    case ("-", .decimal(let value)): return .decimal(-value)
    case ("+", let value): return value
    default: return .unknown
    }
  }

  private func binary(_ name: String, _ left: Int, _ right: Int) -> Constant {
    compare(name, left, constant(left), right, constant(right))
  }

  /// What an operator makes of two operands and their values, which are computed once a node: nesting must not multiply.
  private func compare(_ name: String, _ left: Int, _ a: Constant, _ right: Int, _ b: Constant) -> Constant {
    if a == .null || b == .null { return .null }
    if name == "~" || name == "~*" {
      return matchesAll(b, ["", ".*", "^", "$", "^.*$", "^.*", ".*$", ".?", "^.*?$"]) ? .bool(true) : .unknown
    }
    if a == .unknown || b == .unknown {
      guard sameValue(left, right) else { return .unknown }
      switch name {
      case "=", "<=", ">=": return .bool(true)
      case "<>", "<", ">": return .bool(false)
      default: return .unknown
      }
    }
    switch name {
    case "=": return Constant(a.equals(b))
    case "<>": return Constant(a.equals(b).map { !$0 })
    case "<": return Constant(a.compared(to: b).map { $0 < 0 })
    case ">": return Constant(a.compared(to: b).map { $0 > 0 })
    case "<=": return Constant(a.compared(to: b).map { $0 <= 0 })
    case ">=": return Constant(a.compared(to: b).map { $0 >= 0 })
    case "||":
      guard case .string(let a) = a, case .string(let b) = b else { return .unknown }
      return .string(a + b)
    default: return arithmetic(name, a, b)
    }
  }

  private func arithmetic(_ name: String, _ a: Constant, _ b: Constant) -> Constant {
    guard case .integer(let a) = a, case .integer(let b) = b else { return .unknown }
    let result: (partialValue: Int, overflow: Bool)
    switch name {
    case "+": result = a.addingReportingOverflow(b)
    case "-": result = a.subtractingReportingOverflow(b)
    case "*": result = a.multipliedReportingOverflow(by: b)
    case "/": result = a.dividedReportingOverflow(by: b)
    case "%": result = a.remainderReportingOverflow(dividingBy: b)
    default: return .unknown
    }
    return result.overflow ? .unknown : .integer(result.partialValue)
  }

  private func like(_ name: String, _ left: Int, _ right: Int) -> Constant {
    let negated = name.hasPrefix("!")
    let pattern = constant(right)
    if case .string(let text) = pattern, !text.isEmpty, text.allSatisfy({ $0 == "%" }) {
      return constant(left) == .null ? .null : .bool(!negated)
    }
    guard case .string(let pattern) = pattern, case .string(let value) = constant(left) else { return .unknown }
    guard !pattern.contains("\\") else { return .unknown }
    let fold = name.hasSuffix("*")
    let matches = wildcard(
      Array(fold ? pattern.lowercased() : pattern), Array(fold ? value.lowercased() : value))
    return .bool(matches != negated)
  }

  /// Matching by `%` and `_`, in time proportional to the product of the lengths at worst.
  private func wildcard(_ pattern: [Character], _ value: [Character]) -> Bool {
    var (p, v) = (0, 0)
    var retry: (pattern: Int, value: Int)?
    while v < value.count {
      if p < pattern.count, pattern[p] == "%" {
        retry = (p + 1, v)
        p += 1
      } else if p < pattern.count, pattern[p] == "_" || pattern[p] == value[v] {
        p += 1
        v += 1
      } else if let last = retry {
        retry = (last.pattern, last.value + 1)
        (p, v) = (last.pattern, last.value + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "%" }
  }

  private func matchesAll(_ pattern: Constant, _ patterns: [String]) -> Bool {
    guard case .string(let text) = pattern else { return false }
    return patterns.contains(text)
  }

  private func membership(_ left: Int, _ items: [Int], negated: Bool) -> Constant {
    let value = constant(left)
    var allDiffer = !items.isEmpty
    for item in items {
      if sameValue(left, item) && value == .unknown { return .bool(!negated) }
      switch value.equals(constant(item)) {
      case true?: return .bool(!negated)
      case false?: break
      case nil: allDiffer = false
      }
    }
    return allDiffer ? .bool(negated) : .unknown
  }

  private func distinctness(_ left: Int, _ right: Int, negated: Bool) -> Constant {
    let (a, b) = (constant(left), constant(right))
    if a == .null, b == .null { return .bool(negated) }
    if a == .null || b == .null { return a == .unknown || b == .unknown ? .unknown : .bool(!negated) }
    if a == .unknown || b == .unknown { return sameValue(left, right) ? .bool(negated) : .unknown }
    return Constant(a.equals(b).map { $0 == negated })
  }

  private func between(_ left: Int, _ bounds: [Int], _ kind: String) -> Constant {
    guard bounds.count == 2 else { return .unknown }
    let negated = kind.contains("NOT")
    let (value, first, second) = (constant(left), constant(bounds[0]), constant(bounds[1]))
    func lies(from low: (Int, Constant), to high: (Int, Constant)) -> Bool? {
      guard case .bool(let above) = compare("<=", low.0, low.1, left, value),
        case .bool(let below) = compare("<=", left, value, high.0, high.1)
      else { return nil }
      return above && below
    }
    guard let inside = lies(from: (bounds[0], first), to: (bounds[1], second)) else { return .unknown }
    if inside || !kind.hasSuffix("SYM") { return .bool(inside != negated) }
    return Constant(lies(from: (bounds[1], second), to: (bounds[0], first)).map { $0 != negated })
  }

  private func items(of node: Int) -> [Int] {
    guard let list = unwrapped(node, as: .List) else { return [] }
    return Array(self.list(list, .items))
  }

  private func elements(of node: Int) -> [Int] {
    if let array = unwrapped(node, as: .A_ArrayExpr) { return Array(list(array, .elements)) }
    return []
  }

  private func callArguments(_ node: Int) -> [Int] {
    unwrapped(node, as: .FuncCall).map { Array(list($0, .args)) } ?? []
  }

  // MARK: The rest

  private func cast(_ node: Int) -> Constant {
    let value = member(node, .arg).map({ constant($0) }) ?? .unknown
    let type = member(node, .typeName).flatMap { member($0, .names) }.flatMap({ lastNamePart($0) })
    switch (value, type) {
    case (.null, _), (.unknown, _): return value
    case (_, "bool"): return Constant(value.truth)
    case (.integer, "int2"), (.integer, "int4"), (.integer, "int8"), (.integer, "numeric"): return value
    case (.string, "text"), (.string, "varchar"): return value
    case (.string(let text), "int4"), (.string(let text), "int8"): return Int(text).map(Constant.integer) ?? .unknown
    default: return .unknown
    }
  }

  private func nullTest(_ node: Int) -> Constant {
    guard let argument = member(node, .arg) else { return .unknown }
    let isNull: Bool
    switch constant(argument) {
    case .unknown: return .unknown
    case .null: isNull = true
    default: isNull = false
    }
    return .bool(isNull == text(node, .nulltesttype, is: "IS_NULL"))
  }

  private func booleanTest(_ node: Int) -> Constant {
    guard let argument = member(node, .arg) else { return .unknown }
    let value = constant(argument)
    guard value != .unknown else { return .unknown }
    let truth = value == .null ? nil : value.truth
    switch text(node, .booltesttype) {
    case "IS_TRUE": return .bool(truth == true)
    case "IS_NOT_TRUE": return .bool(truth != true)
    case "IS_FALSE": return .bool(truth == false)
    case "IS_NOT_FALSE": return .bool(truth != false)
    case "IS_UNKNOWN": return .bool(truth == nil)
    case "IS_NOT_UNKNOWN": return .bool(truth != nil)
    default: return .unknown
    }
  }

  private func coalesce(_ node: Int) -> Constant {
    for argument in list(node, .args) {
      let value = constant(argument)
      if value != .null { return value }
    }
    return .null
  }

  /// A `CASE` is known when every branch that may be taken agrees.
  private func cases(_ node: Int) -> Constant {
    guard member(node, .arg) == nil else { return .unknown }
    var agreed: Constant?
    func agree(_ value: Constant) -> Bool {
      defer { agreed = agreed ?? value }
      return agreed == nil || agreed == value
    }
    for branch in list(node, .args) {
      guard let branch = unwrapped(branch, as: .CaseWhen), let condition = member(branch, .expr),
        let result = member(branch, .result)
      else { return .unknown }
      let value = constant(condition)
      if value == .null || value.truth == false { continue }
      guard agree(constant(result)) else { return .unknown }
      if value.truth == true { return agreed ?? .unknown }
    }
    guard agree(member(node, .defresult).map({ constant($0) }) ?? .null) else { return .unknown }
    return agreed ?? .unknown
  }

  /// A subquery without FROM is one row.
  private func subquery(_ node: Int) -> Constant {
    guard let select = member(node, .subselect).flatMap({ unwrapped($0, as: .SelectStmt) }),
      member(select, .larg) == nil, member(select, .fromClause) == nil, member(select, .limitCount) == nil,
      member(select, .limitOffset) == nil, member(select, .havingClause) == nil,
      member(select, .whereClause).map({ truth($0) == true }) ?? true
    else { return .unknown }
    switch text(node, .subLinkType) {
    case "EXISTS_SUBLINK": return .bool(true)
    case "EXPR_SUBLINK", "ANY_SUBLINK":
      let targets = Array(list(select, .targetList))
      guard targets.count == 1, let target = unwrapped(targets[0], as: .ResTarget), let value = member(target, .val)
      else { return .unknown }
      guard text(node, .subLinkType, is: "ANY_SUBLINK") else { return constant(value) }
      guard let tested = member(node, .testexpr), member(node, .operName) == nil else { return .unknown }
      return Constant(constant(tested).equals(constant(value)))
    default: return .unknown
    }
  }
}
