import AuditTrail

/// How often names occur that an archive may choose: so many names of so many letters, and the others in sum.
struct NameCounts: CustomStringConvertible {
  private var counts: [String: Int64] = [:]
  private var others: Int64 = 0
  private static let mostNames = 20
  private static let longestName = 40

  /// Counts a name, once or as often as an archive says.
  mutating func add(_ name: String, _ count: Int64 = 1) {
    let name = String(name.prefix(Self.longestName))
    if counts[name] != nil || counts.count < Self.mostNames {
      counts[name, default: 0] &+= count
    } else {
      others &+= count
    }
  }

  /// How many were counted.
  var total: Int { Int(counts.values.reduce(others, &+)) }

  /// Each name with its number.
  var description: String {
    let told = counts.sorted { $0.key < $1.key }.map { "\($0.key) \(grouped($0.value))" }
    return (told + (others != 0 ? ["others \(grouped(others))"] : [])).joined(separator: ", ")
  }
}
