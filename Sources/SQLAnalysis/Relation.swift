import AuditTrail

/// A column of a table that the text names, by the table's place in ``Walk/tables``.
struct Ref: Hashable {
  var table: Int32
  var column: String

  /// Whether both have the same bytes.
  static func == (left: Self, right: Self) -> Bool { left.table == right.table && left.column.isExactly(right.column) }
}

/// What a query, CTE or table function puts out: for each column, the columns of tables that its value comes from.
struct Relation {
  /// Named columns in order.
  var columns: [(name: String, refs: [Ref])] = []
  /// Tables all of whose columns are put out (`*`).
  var stars: [Int32] = []
  /// Columns that any further column may come from.
  var blur: [Ref] = []

  /// Every column that its values come from.
  var all: [Ref] {
    var refs: [Ref] = []
    add(to: &refs)
    return refs
  }

  /// Puts every column that its values come from behind `refs`.
  func add(to refs: inout [Ref]) {
    for column in columns { refs += column.refs }
    for table in stars { refs.append(Ref(table: table, column: "*")) }
    refs += blur
  }

  /// How much it holds, which is what copying it costs.
  var size: Int { columns.reduce(stars.count + blur.count) { $0 + 1 + $1.refs.count } }

  /// The columns of either, side by side.
  func beside(_ other: Relation) -> Relation {
    Relation(columns: columns + other.columns, stars: stars + other.stars, blur: blur + other.blur)
  }

  /// Whether a column of that name is known to be put out.
  func names(_ name: String) -> Bool { columns.contains { $0.name.isExactly(name) } }

  /// What a column of that name may come from.
  func sources(of name: String) -> [Ref] {
    var refs: [Ref] = []
    for column in columns where column.name.isExactly(name) { refs += column.refs }
    for table in stars { refs.append(Ref(table: table, column: name)) }
    return refs + blur
  }

  /// The same under other column names; where `*` hides how many there are, any new name may be any of its columns.
  func renamed(_ names: [String]) -> Relation {
    guard !names.isEmpty else { return self }
    guard stars.isEmpty else {
      var result = self
      let everything = all
      result.columns += names.map { ($0, everything) }
      return result
    }
    var result = self
    for (index, name) in names.enumerated() {
      if index < columns.count { result.columns[index].name = name } else { result.columns.append((name, blur)) }
    }
    return result
  }

  /// The rows of either: columns meet by position, names are the left one's.
  func united(with other: Relation) -> Relation {
    guard stars.isEmpty, other.stars.isEmpty, columns.count == other.columns.count else {
      var result = self
      result.stars += other.stars
      result.blur += other.all
      return result
    }
    var result = self
    for index in columns.indices { result.columns[index].refs += other.columns[index].refs }
    result.blur += other.blur
    return result
  }
}

/// One entry of a FROM list: a table or what a subquery, CTE or function puts out, under the name it goes by.
struct ScopeEntry {
  /// The name it goes by.
  var name: String
  /// The table, when it is one.
  var table: Int32?
  /// What it puts out, when it is not a table.
  var relation = Relation()
  /// Names that an alias list gives the columns of a table; which columns they are only a catalog would say.
  var columnAliases: [String] = []

  /// Whether only a catalog would say which columns it has.
  var isOpen: Bool { table != nil || !relation.stars.isEmpty }

  /// What `name.*` is.
  var everything: [Ref] { table.map { [Ref(table: $0, column: "*")] } ?? relation.all }
}
