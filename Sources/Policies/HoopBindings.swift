import AuditTrail

/// What hoop's connections and attributes say about which rule applies to which connection. Names are told apart by their
/// bytes: what is kept of them is their exact key.
struct HoopBindings {
  /// Whether a connections file was read, so that a name not in it is a mistake.
  var knowsConnections = false
  private var namesByID: [String: String] = [:]
  private var names: Set<String> = []
  private var connectionsByAttribute: [String: Set<String>] = [:]
  private var attributesByRule: [String: [String]] = [:]
  private var connectionsByRuleID: [String: Set<String>] = [:]

  mutating func addConnection(name: String, id: String?, attributes: [String], rules: [String]) {
    let key = name.exactKey
    names.insert(key)
    if let id { namesByID[id.lowercased().exactKey] = key }
    for attribute in attributes { connectionsByAttribute[attribute.exactKey, default: []].insert(key) }
    for rule in rules { connectionsByRuleID[rule.lowercased().exactKey, default: []].insert(key) }
  }

  mutating func addAttribute(name: String, connections: [String]) {
    connectionsByAttribute[name.exactKey, default: []].formUnion(connections.map(\.exactKey))
  }

  mutating func bind(rule: String, toAttribute attribute: String) {
    attributesByRule[rule.exactKey, default: []].append(attribute)
  }

  /// The keys of the connections of a rule, and the bindings that lead nowhere, in words.
  func resolve(
    rule: String, id: String?, connectionIDs: [String], connectionNames: [String], attributes: [String]
  ) -> (connections: Set<String>, unresolved: [String]) {
    var connections = id.flatMap { connectionsByRuleID[$0.lowercased().exactKey] } ?? []
    var unresolved: [String] = []
    for id in connectionIDs {
      if let name = namesByID[id.lowercased().exactKey] {
        connections.insert(name)
      } else {
        unresolved.append("connection \(id)")
      }
    }
    for name in connectionNames {
      if knowsConnections, !names.contains(name.exactKey) {
        unresolved.append("connection \(name)")
      } else {
        connections.insert(name.exactKey)
      }
    }
    for attribute in (attributes + (attributesByRule[rule.exactKey] ?? [])).sortedExactly() {
      if let bound = connectionsByAttribute[attribute.exactKey] {
        connections.formUnion(bound)
      } else {
        unresolved.append("attribute \(attribute)")
      }
    }
    return (connections, unresolved)
  }
}
