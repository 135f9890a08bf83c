import Evidence

extension StarterFiles {
  /// A template of each side file, with its header, and its sidecar, which says what the columns mean.
  static var sideFiles: [(String, String)] {
    SideFile.all.flatMap { kind in
      let path = "side-files/\(kind.name).csv"
      return [
        (path, kind.columns.map(\.name).joined(separator: ",") + "\n"), ("\(path).meta.yaml", sidecar(kind)),
      ]
    }
  }

  private static func sidecar(_ kind: SideFile) -> String {
    let width = kind.columns.map(\.name.count).max() ?? 0
    let columns = kind.columns.map { column in
      let name = column.name + String(repeating: " ", count: width - column.name.count)
      let parts = ["#   \(name) ", column.meaning, column.isOptional ? "May be empty." : "", column.kind.form]
      return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }
    return """
      # \(kind.name).csv: \(kind.purpose).
      \(columns.joined(separator: "\n"))
      # Say where the rows come from: the system, what was asked of it, by whom, when, and how many rows it gave. A run stops
      # until that is filled in, so that nobody takes an empty template for an empty register.
      system:
      query:
      extracted_by:
      at:
      rows:

      """
  }
}

extension SideColumn.Kind {
  /// How a cell is written; empty where any text is right.
  fileprivate var form: String {
    switch self {
    case .text: ""
    case .day: "Such as 2026-07-01."
    case .time: "Such as 2026-07-01T09:00:00Z."
    case .moment: "Such as 2026-07-01T09:00:00Z."
    case .count: "A whole number."
    case .flag: "true or false."
    case .choice(let words): "One of \(words.joined(separator: ", "))."
    }
  }
}
