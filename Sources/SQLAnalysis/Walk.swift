import AuditTrail

/// Kinds of commands as a bit each: a set of one costs nothing.
struct Kinds {
  private var bits: UInt32 = 0

  private static let all = CommandKind.allCases
  private static let singles = CommandKind.allCases.map { Set([$0]) }

  mutating func insert(_ kind: CommandKind) { bits |= Kinds.bit(kind) }

  func contains(_ kind: CommandKind) -> Bool { bits & Kinds.bit(kind) != 0 }

  private static func bit(_ kind: CommandKind) -> UInt32 { 1 << UInt32(all.firstIndex(of: kind) ?? 0) }

  /// The kinds as a set.
  var set: Set<CommandKind> {
    if bits.nonzeroBitCount == 1 { return Kinds.singles[bits.trailingZeroBitCount] }
    return Set(Kinds.all.filter(contains))
  }
}

/// The facts of one command while its tree is walked.
struct Draft {
  var kinds = Kinds()
  var predicate = PredicateState.none
  var hasLimit: Bool?
  var reads: [Ref] = []
  var outputs: [Ref] = []
  var writes: [Ref] = []
  var objects: [ObjectReference] = []
  var functions: [String] = []
  var isNested: Bool
  /// The place of the top-level command that it is or is in.
  var top: Int
  /// Tables in a FROM list, which are read even where no column is.
  var touched: [Int32] = []
}

/// SQL found inside a command, to be read after it: a function's body, a `DO` block, an `EXECUTE` of a constant.
struct Inner {
  enum Form { case statements, procedure }
  var form: Form
  /// The statements, or the whole command that defines the procedure.
  var text: [UInt8]
  /// A procedure's body.
  var body: [UInt8] = []
  /// The command that holds it.
  var draft: Int
}

/// Walks a parse tree and drafts the facts of its commands.
struct Walk {
  var tree = Tree()
  var drafts: [Draft] = []
  var current = 0
  var tables: [TableReference] = []
  private var tablePlaces: [TableReference: Int32] = [:]
  /// What is left of the work that one text may cause; text made to explode counts as not parsed.
  private var budget = 0
  var overApproximate = false
  /// Whether the facts would be others if the text's values were.
  var hangsOnValues = false
  var inner: [Inner] = []
  /// FROM lists, outermost first.
  var scopes: [[ScopeEntry]] = []
  /// Common table expressions in sight, innermost last.
  var ctes: [(name: String, relation: Relation)] = []
  /// What the output expression under way has been found to read.
  var flowing: [Ref] = []
  /// What a name alone may mean; kept for its memory.
  var candidates: [Ref] = []
  /// The part of the text that is the command under way.
  var range = 0..<0

  /// Forgets everything of the last text.
  mutating func reset() {
    drafts.removeAll(keepingCapacity: true)
    tables.removeAll(keepingCapacity: true)
    tablePlaces.removeAll(keepingCapacity: true)
    budget = 1_000_000
    inner.removeAll(keepingCapacity: true)
    scopes.removeAll(keepingCapacity: true)
    ctes.removeAll(keepingCapacity: true)
    flowing.removeAll(keepingCapacity: true)
    overApproximate = false
    hangsOnValues = false
    current = 0
  }

  /// Starts a command's draft, lets `body` fill it, and goes back to the one around it.
  mutating func draft<Result>(nested: Bool, _ body: (inout Walk) -> Result) -> Result {
    let outer = current
    let top = nested ? drafts[outer].top : drafts.count
    current = drafts.count
    drafts.append(Draft(isNested: nested, top: top))
    let result = body(&self)
    current = outer
    return result
  }

  /// The place of a table in ``tables``.
  mutating func table(_ reference: TableReference) -> Int32 {
    // Few texts name more tables than are faster compared than hashed.
    if tables.count <= 8 {
      if let place = tables.firstIndex(of: reference) { return Int32(place) }
    } else {
      if tablePlaces.isEmpty { for (place, table) in tables.enumerated() { tablePlaces[table] = Int32(place) } }
      if let place = tablePlaces[reference] { return place }
      tablePlaces[reference] = Int32(tables.count)
    }
    tables.append(reference)
    return Int32(tables.count - 1)
  }

  /// The table that a `RangeVar` names.
  mutating func table(_ rangeVar: Int) -> Int32 {
    table(TableReference(schema: tree.text(rangeVar, .schemaname), name: tree.text(rangeVar, .relname) ?? ""))
  }

  /// Whether the walk was cut short.
  var isExhausted: Bool { budget < 0 }

  /// Accounts for work that grows with more than the text; `false` when there was too much of it.
  @discardableResult mutating func spend(_ amount: Int) -> Bool {
    budget -= amount
    return budget >= 0
  }

  mutating func read(_ ref: Ref, flow: Bool) {
    guard spend(1) else { return }
    drafts[current].reads.append(ref)
    if flow { flowing.append(ref) }
  }

  mutating func read(_ refs: [Ref], flow: Bool) {
    guard spend(refs.count) else { return }
    drafts[current].reads += refs
    if flow { flowing += refs }
  }

  mutating func write(_ table: Int32, _ column: String) {
    drafts[current].writes.append(Ref(table: table, column: column))
  }

  /// Notes what a query puts out to the client.
  mutating func put(out relation: borrowing Relation) { relation.add(to: &drafts[current].outputs) }

  /// The drafts as facts: each command with those inside it behind it; names without repetitions, sorted.
  func facts() -> [CommandFacts] {
    let tops = drafts.map(\.top)
    let order = inner.isEmpty ? Array(tops.indices) : tops.indices.sorted { (tops[$0], $0) < (tops[$1], $1) }
    // Tables are put in order once, so that columns need not compare their names.
    var ranks = [Int32](repeating: 0, count: tables.count)
    if tables.count > 1 {
      let tables = tables
      for (rank, table) in tables.indices.sorted(by: { tables[$0] < tables[$1] }).enumerated() {
        ranks[table] = Int32(rank)
      }
    }
    var facts: [CommandFacts] = []
    facts.reserveCapacity(order.count)
    for draft in order { facts.append(self.facts(ofDraft: draft, ranks)) }
    return facts
  }

  private func facts(ofDraft draft: Int, _ ranks: [Int32]) -> CommandFacts {
    var facts = CommandFacts(kinds: drafts[draft].kinds.set)
    facts.predicate = drafts[draft].predicate
    facts.hasLimit = drafts[draft].hasLimit
    var reads = drafts[draft].reads
    for table in drafts[draft].touched where !reads.contains(where: { $0.table == table }) {
      reads.append(Ref(table: table, column: ""))
    }
    facts.reads = columns(reads, ranks)
    facts.outputs = columns(drafts[draft].outputs, ranks)
    facts.writes = columns(drafts[draft].writes, ranks)
    facts.objects = drafts[draft].objects.sortedSet()
    facts.functions = drafts[draft].functions.sortedSet()
    facts.isNested = drafts[draft].isNested
    return facts
  }

  private func columns(_ refs: [Ref], _ ranks: [Int32]) -> [ColumnReference] {
    var result: [ColumnReference] = []
    guard !refs.isEmpty else { return result }
    let sorted =
      refs.count == 1
      ? refs
      : refs.sorted {
        $0.table == $1.table ? $0.column.precedes($1.column) : ranks[Int($0.table)] < ranks[Int($1.table)]
      }
    result.reserveCapacity(sorted.count)
    for place in sorted.indices where place == 0 || sorted[place] != sorted[place - 1] {
      result.append(ColumnReference(table: tables[Int(sorted[place].table)], column: sorted[place].column))
    }
    return result
  }
}

extension Array where Element: Comparable {
  /// Its elements in order, each once.
  func sortedSet() -> [Element] {
    guard count > 1 else { return self }
    var result: [Element] = []
    result.reserveCapacity(count)
    for element in sorted() where result.last != element { result.append(element) }
    return result
  }
}
