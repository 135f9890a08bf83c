import AuditTrail
import Digests

/// What harmful units did on the shadow and kept, each with all of its statements.
struct UnitDeeds {
  private struct Deeds {
    var rows: Int64 = 0
    var objects: [String] = []
  }

  private var deeds: [ExactText: Deeds] = [:]

  /// `decided` are the items of T-19.
  init(_ decided: Items) throws(AssayError) {
    try decided.forEach { item in
      guard item.flag("harmful") else { return }
      let isKept = item.flag("kept") || item.cell("unit") == .empty
      // What tried to leave the database is told whatever came of it.
      guard isKept || item.text("kind") == HarmKind.escapes.rawValue else { return }
      let key = ExactText(item.unitKey)
      var unit = deeds[key] ?? Deeds()
      if isKept { unit.rows = unit.rows.addingReportingOverflow(item.integer("rows_destroyed") ?? 0).partialValue }
      for object in (item.text("objects") ?? "").split(separator: ", ").map(String.init)
      where !unit.objects.contains(where: { $0.isExactly(object) }) {
        unit.objects.append(object)
      }
      deeds[key] = unit
    }
  }

  /// What the item's unit did, after “it”: “destroyed 2,000 rows, and dropped table visits”; `nil` where nothing is known of it.
  func words(_ item: Item) -> String? {
    guard let unit = deeds[ExactText(item.unitKey)] else { return nil }
    let destroyed = unit.rows > 0 ? "destroyed \(counted(unit.rows, "row"))" : nil
    let objects = unit.objects.isEmpty ? nil : unit.objects.joined(separator: ", ")
    let parts = [destroyed, objects].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", and ")
  }
}
