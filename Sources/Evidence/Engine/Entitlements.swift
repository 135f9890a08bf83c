import AuditTrail

/// Who may do what, by the closing list of entitlements.
struct Entitlements {
  /// What a privilege allows, the least first.
  private static let order = ["read", "write", "change", "admin"]

  private struct Holding: Hashable {
    let person: String
    let connection: String
  }

  private var most: [Holding: Int] = [:]

  /// `nil` where the list was not given.
  init?(_ sideFiles: SideFiles) {
    guard let rows = sideFiles.rows("entitlements_closing") else { return nil }
    for row in rows {
      let holding = Holding(person: personKey(row.required("user")), connection: row.required("connection"))
      let rank = Self.order.firstIndex(of: row.required("privilege")) ?? 0
      most[holding] = max(most[holding] ?? rank, rank)
    }
  }

  /// The most that the person may do there; `nil` where they may do nothing.
  func most(_ user: String, _ connection: String) -> String? {
    most[Holding(person: personKey(user), connection: connection)].map { Self.order[$0] }
  }

  /// Whether the person may change structure and rights there.
  func mayChange(_ user: String, _ connection: String) -> Bool {
    ["change", "admin"].contains(most(user, connection))
  }
}
