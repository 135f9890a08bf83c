import SQLite

/// What statements of one entry share.
struct TrafficKey: Hashable {
  var text: Int64 = 0
  var context: Int64 = 0
  var decision: Int64 = 0
  var outcome: Int64 = 0
  var isCut = false
  /// 0 for statements that are decided by themselves.
  var script: Int64 = 0
  var position: Int64 = 0
  /// 0 where nothing was measured.
  var effect: Int64 = 0
  /// A number for verdict and reason; 0 where there is none.
  var grade: Int64 = 0
  /// Between which borders of time.
  var era: Int64 = 0

  /// Numbers of this program's own making need no defence against chosen collisions: two words are hashed, not ten.
  func hash(into hasher: inout Hasher) {
    hasher.combine(text &* 0x9E37_79B9 ^ context &* 0x85EB_CA6B_0000 ^ decision &* 0x0C2B_2AE3_5000_0000 ^ effect)
    hasher.combine(script &* 0x9E37_79B9 ^ position &* 64 ^ grade &* 8 ^ outcome ^ era &* 0x85EB_CA6B_0000)
  }
}

/// A statement as the roll-up counts it; `unit` is 0 where it is decided by itself.
struct CountedStatement {
  var key: TrafficKey
  var unit: Int64
  var session: Int64
  var sequence: Int64
  var time: Int64
}

/// Counts statements, session by session, and writes them as rows of `traffic`. The same entry may come out as several
/// rows where memory would not hold all: whoever reads adds them up.
struct TrafficRollup: ~Copyable {
  private struct Counted {
    var statements: Int64 = 0
    var first = Int64.max
    var last = Int64.min
    var sessions = DeltaList()
    /// Session and sequence of at most three statements, each as a list of its own.
    var examples: [UInt8] = []
    var exampleCount = 0
  }

  private var counts: [TrafficKey: Int] = [:]
  private var keys: [TrafficKey] = []
  private var values: [Counted] = []
  private var scripts: [[TrafficKey]: Int64] = [:]
  private var lastScript: Int64 = 0
  private var sessionBytes = 0
  private var session: Int64 = 0
  /// Statements of the session's scripts, by unit.
  private var units: [Int64: [CountedStatement]] = [:]
  private var insert: SQLiteStatement
  private var insertSessions: SQLiteStatement
  private var lastEntry: Int64 = 0
  private let grades: Grades

  /// Numbers of verdicts with their reasons, from 1.
  final class Grades {
    private var numbers: [String: Int64] = [:]
    private(set) var names: [(verdict: String, reason: String?)] = []

    func number(_ verdict: String, _ reason: String?) -> Int64 {
      let name = reason.map { "\(verdict)\n\($0)" } ?? verdict
      if let number = numbers[name] { return number }
      names.append((verdict, reason))
      numbers[name] = Int64(names.count)
      return Int64(names.count)
    }
  }

  init(_ database: borrowing SQLiteDatabase, _ grades: Grades) throws(SQLiteError) {
    let insert = try database.prepare(
      "INSERT INTO traffic VALUES (?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      persistent: true)
    let insertSessions = try database.prepare("INSERT INTO traffic_sessions VALUES (?1, ?2)", persistent: true)
    self.insert = insert
    self.insertSessions = insertSessions
    self.grades = grades
  }

  /// Counts a statement; statements come by session, then sequence.
  mutating func add(_ statement: CountedStatement) throws(SQLiteError) {
    if statement.session != session {
      addScripts()
      if keys.count > 200_000 || sessionBytes > 48 << 20 || scripts.count > 50_000 { try flush() }
      session = statement.session
    }
    guard statement.unit == 0 else {
      units[statement.unit, default: []].append(statement)
      return
    }
    count(statement)
  }

  /// Writes what was counted.
  mutating func finish() throws(SQLiteError) {
    addScripts()
    try flush()
  }

  private mutating func addScripts() {
    guard !units.isEmpty else { return }
    for (_, statements) in units.sorted(by: { $0.key < $1.key }) {
      let content = statements.map(\.key)
      let script = scripts[content] ?? lastScript + 1
      if script > lastScript {
        lastScript = script
        scripts[content] = script
      }
      for (position, statement) in statements.enumerated() {
        var statement = statement
        statement.key.script = script
        statement.key.position = Int64(position)
        count(statement)
      }
    }
    units.removeAll(keepingCapacity: true)
  }

  private mutating func count(_ statement: CountedStatement) {
    let index: Int
    if let known = counts[statement.key] {
      index = known
    } else {
      index = keys.count
      counts[statement.key] = index
      keys.append(statement.key)
      values.append(Counted())
    }
    values[index].statements += 1
    values[index].first = min(values[index].first, statement.time)
    values[index].last = max(values[index].last, statement.time)
    if values[index].sessions.count == 0 || values[index].sessions.last != statement.session {
      values[index].sessions.append(statement.session)
      sessionBytes += 2
    }
    if values[index].exampleCount < 3 {
      for number in [statement.session, statement.sequence] {
        var list = DeltaList()
        list.append(number)
        values[index].examples += list.bytes
      }
      values[index].exampleCount += 1
    }
  }

  private mutating func flush() throws(SQLiteError) {
    for (key, value) in zip(keys, values) {
      for (index, number) in [key.text, key.context, key.decision, key.outcome, key.isCut ? 1 : 0].enumerated() {
        try insert.bind(index + 1, number)
      }
      try insert.bind(6, key.script == 0 ? nil as Int64? : key.script)
      try insert.bind(7, key.position)
      try insert.bind(8, key.effect == 0 ? nil as Int64? : key.effect)
      let grade = key.grade == 0 ? nil : grades.names[Int(key.grade) - 1]
      try insert.bind(9, grade?.verdict)
      try insert.bind(10, grade?.reason)
      try insert.bind(11, value.statements)
      try insert.bind(12, value.first)
      try insert.bind(13, value.last)
      try insert.bind(14, blob: value.examples.span)
      lastEntry += 1
      try insert.bind(15, lastEntry)
      try insert.run()
      try insertSessions.bind(1, lastEntry)
      try insertSessions.bind(2, blob: value.sessions.bytes.span)
      try insertSessions.run()
    }
    counts.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    scripts.removeAll(keepingCapacity: true)
    sessionBytes = 0
  }
}
