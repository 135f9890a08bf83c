/// What is reached from the given ones, all the way and these included, in the order in which it is found.
package func reached<Node: Hashable>(from start: [Node], by next: (Node) -> [Node]) -> [Node] {
  var found = start
  var known = Set(start)
  var index = 0
  while index < found.count {
    for node in next(found[index]) where known.insert(node).inserted { found.append(node) }
    index += 1
  }
  return found
}

/// A column and every column that keys join it to, all the way: all of them hold the same values.
///
/// - Parameter keys: the two columns of each foreign key.
package func joinedColumns<Column: Hashable>(to column: Column, by keys: [(child: Column, parent: Column)]) -> [Column]
{
  reached(from: [column]) { member in
    keys.flatMap { key in (key.child == member ? [key.parent] : []) + (key.parent == member ? [key.child] : []) }
  }
}
