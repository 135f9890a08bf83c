/// What hoop's connections and attributes say about which rule applies to which connection.
struct HoopBindings {
  /// Whether a connections file was read, so that a name not in it is a mistake.
  var knowsConnections = false
  private var namesByID: [String: String] = [:]
  private var names: Set<String> = []
  private var connectionsByAttribute: [String: Set<String>] = [:]
  private var attributesByRule: [String: Set<String>] = [:]
  private var connectionsByRuleID: [String: Set<String>] = [:]

  mutating func addConnection(name: String, id: String?, attributes: [String], rules: [String]) {
    names.insert(name)
    if let id { namesByID[id.lowercased()] = name }
    for attribute in attributes { connectionsByAttribute[attribute, default: []].insert(name) }
    for rule in rules { connectionsByRuleID[rule.lowercased(), default: []].insert(name) }
  }

  mutating func addAttribute(name: String, connections: [String]) {
    connectionsByAttribute[name, default: []].formUnion(connections)
  }

  mutating func bind(rule: String, toAttribute attribute: String) {
    attributesByRule[rule, default: []].insert(attribute)
  }

  /// The connections of a rule, and the bindings that lead nowhere, in words.
  func resolve(
    rule: String, id: String?, connectionIDs: [String], connectionNames: [String], attributes: [String]
  ) -> (connections: Set<String>, unresolved: [String]) {
    var connections = id.flatMap { connectionsByRuleID[$0.lowercased()] } ?? []
    var unresolved: [String] = []
    for id in connectionIDs {
      if let name = namesByID[id.lowercased()] {
        connections.insert(name)
      } else {
        unresolved.append("connection \(id)")
      }
    }
    for name in connectionNames {
      if knowsConnections, !names.contains(name) {
        unresolved.append("connection \(name)")
      } else {
        connections.insert(name)
      }
    }
    for attribute in Set(attributes).union(attributesByRule[rule] ?? []).sorted() {
      if let bound = connectionsByAttribute[attribute] {
        connections.formUnion(bound)
      } else {
        unresolved.append("attribute \(attribute)")
      }
    }
    return (connections, unresolved)
  }
}
