package import AuditTrail
import Ledger

/// The sessions of a plan, put together where one writes what another touches: within a component they run in recorded
/// order on one clone, and no component knows of another.
///
/// What a session touches is asked of the shadow's own compiler, so that cascades, triggers and views count, and of the
/// text's facts where the shadow does not read the text. A text of which nothing can be told touches every table.
struct HistoryComponents {
  /// Row ids of sessions in recorded order, the largest component first.
  let components: [[Int64]]

  init(of ledger: borrowing Ledger, _ plan: ReplayPlan) throws(AssayError) {
    var reader = try SessionReader(path: ledger.path)
    var tables = TableUse(plan, try plan.cloneSources())
    var sessions: [(id: Int64, time: Timestamp)] = []
    for id in try ledger.sessionIDs(plan.filter) {
      let (session, statements) = try reader.session(id)
      let time = SessionJob.time(of: session, statements)
      try tables.add(session, statements, shadow: plan.shadow(for: session, at: time))
      sessions.append((id, time))
    }
    var union = DisjointSets(count: sessions.count)
    for group in tables.shared { for session in group.dropFirst() { union.join(group[0], session) } }
    var groups: [Int: [Int]] = [:]
    for session in sessions.indices { groups[union.root(of: session), default: []].append(session) }
    components = groups.values.map { members in
      members.sorted { (sessions[$0].time, sessions[$0].id) < (sessions[$1].time, sessions[$1].id) }
        .map { sessions[$0].id }
    }.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
  }
}

/// Which sessions touch which tables.
private struct TableUse {
  private struct Key: Hashable {
    let shadow: Int
    /// Empty for "every table".
    let table: String
  }
  private struct Text: Hashable {
    let shadow: Int
    let id: Int64
    let isForeign: Bool
  }

  private let plan: ReplayPlan
  private let sources: [any CloneSource]
  private var replays: [Int: any SessionReplay] = [:]
  private var known: [Text: TouchedTables?] = [:]
  private var users: [Key: [Int]] = [:]
  private var written: Set<Key> = []
  private var count = 0

  init(_ plan: ReplayPlan, _ sources: [any CloneSource]) {
    self.plan = plan
    self.sources = sources
  }

  /// Groups of sessions that touch a table which one of them writes, by position.
  var shared: [[Int]] {
    var groups = users.filter { written.contains($0.key) }.map(\.value)
    for key in written where key.table.isEmpty {
      groups.append(users.filter { $0.key.shadow == key.shadow }.flatMap(\.value).sorted())
    }
    return groups
  }

  /// Adds the next session.
  mutating func add(_ session: SessionEntry, _ statements: [StatementEntry], shadow: Int?) throws(AssayError) {
    defer { count += 1 }
    guard let shadow else { return }
    var (touched, changed, own): (Set<String>, Set<String>, Set<String>) = ([], [], [])
    for statement in statements {
      guard let tables = try tables(of: statement, session.connection.engine, shadow) else {
        touched.insert("")
        changed.insert("")
        continue
      }
      own.formUnion(tables.temporary)
      touched.formUnion(tables.touched)
      if statement.outcome != .notRun, statement.result?.error == nil { changed.formUnion(tables.written) }
    }
    for table in touched.subtracting(own).sorted() {
      let key = Key(shadow: shadow, table: table)
      users[key, default: []].append(count)
      if changed.contains(table) { written.insert(key) }
    }
  }

  private mutating func tables(
    of statement: StatementEntry, _ engine: String, _ shadow: Int
  ) throws(AssayError) -> TouchedTables? {
    let text = Text(shadow: shadow, id: statement.textID, isForeign: engine != plan.shadows[shadow].shadow.engine)
    if let tables = known[text] { return tables }
    let replay: any SessionReplay
    if let open = replays[shadow] { replay = open } else { replay = try sources[shadow].open() }
    replays[shadow] = replay
    let facts = plan.analyze(statement.sql, statement.dialect)
    let tables: TouchedTables?
    if let history = replay as? any HistoryReplay {
      tables = try history.tables(of: statement, facts: facts)
    } else {
      tables = facts.parsed ? TouchedTables(facts) : nil
    }
    known[text] = .some(tables)
    return tables
  }
}

extension TouchedTables {
  /// What the text itself names.
  package init(_ facts: Facts) {
    self.init()
    for command in facts.commands {
      let writes = command.writes.map { $0.table.name.nameKey }
      let objects =
        command.kinds.contains { $0.changesSchemaOrRights } ? command.objects.map { Self.last($0.name) } : []
      written.formUnion(writes + objects)
      touched.formUnion(command.reads.map { $0.table.name.nameKey } + writes + objects)
    }
  }

  private static func last(_ name: String) -> String {
    (name.split(separator: ".").last.map(String.init) ?? name).nameKey
  }
}

/// Union-find with path halving and union by size. Source: R. E. Tarjan, J. van Leeuwen, Journal of the ACM 31 (1984), 245-281.
struct DisjointSets {
  private var parents: [Int]
  private var sizes: [Int]

  /// Each element by itself.
  init(count: Int) {
    parents = Array(0..<count)
    sizes = Array(repeating: 1, count: count)
  }

  /// The element that stands for the set of another.
  mutating func root(of element: Int) -> Int {
    var element = element
    while parents[element] != element {
      parents[element] = parents[parents[element]]
      element = parents[element]
    }
    return element
  }

  /// Makes one set of two.
  mutating func join(_ left: Int, _ right: Int) {
    let (a, b) = (root(of: left), root(of: right))
    guard a != b else { return }
    let (large, small) = sizes[a] < sizes[b] ? (b, a) : (a, b)
    parents[small] = large
    sizes[large] += sizes[small]
  }
}
