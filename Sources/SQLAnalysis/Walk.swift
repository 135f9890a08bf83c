import AuditTrail

/// The facts of one command while its tree is walked.
struct Draft {
  var kinds: Set<CommandKind>
  var predicate = PredicateState.none
  var hasLimit: Bool?
  var reads: [Ref] = []
  var outputs: [Ref] = []
  var writes: [Ref] = []
  var objects: [ObjectReference] = []
  var functions: [String] = []
  var isNested: Bool
  /// The place of the top-level command that it is or stands in.
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
  var scopes: [[Entry]] = []
  /// Common table expressions in sight, innermost last.
  var ctes: [(name: String, relation: Relation)] = []
  /// What the output expression under way has been found to read.
  var flowing: [Ref] = []
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
  mutating func draft<Result>(_ kinds: Set<CommandKind>, nested: Bool, _ body: (inout Walk) -> Result) -> Result {
    let outer = current
    let top = nested ? drafts[outer].top : drafts.count
    current = drafts.count
    drafts.append(Draft(kinds: kinds, isNested: nested, top: top))
    let result = body(&self)
    current = outer
    return result
  }

  /// The place of a table in ``tables``.
  mutating func table(_ reference: TableReference) -> Int32 {
    if let place = tablePlaces[reference] { return place }
    let place = Int32(tables.count)
    tables.append(reference)
    tablePlaces[reference] = place
    return place
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

  /// The drafts as facts: each command with those inside it behind it; names without repetitions, sorted.
  func facts() -> [CommandFacts] {
    let ordered =
      inner.isEmpty ? drafts : drafts.indices.sorted { (drafts[$0].top, $0) < (drafts[$1].top, $1) }.map { drafts[$0] }
    return ordered.map { draft in
      var facts = CommandFacts(kinds: draft.kinds)
      facts.predicate = draft.predicate
      facts.hasLimit = draft.hasLimit
      var reads = draft.reads
      for table in draft.touched where !reads.contains(where: { $0.table == table }) {
        reads.append(Ref(table: table, column: ""))
      }
      facts.reads = columns(reads)
      facts.outputs = columns(draft.outputs)
      facts.writes = columns(draft.writes)
      facts.objects = draft.objects.sortedSet()
      facts.functions = draft.functions.sortedSet()
      facts.isNested = draft.isNested
      return facts
    }
  }

  private func columns(_ refs: [Ref]) -> [ColumnReference] {
    guard !refs.isEmpty else { return [] }
    return refs.map { ColumnReference(table: tables[Int($0.table)], column: $0.column) }.sortedSet()
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
