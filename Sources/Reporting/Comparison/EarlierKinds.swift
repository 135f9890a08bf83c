package import AuditTrail
package import Evidence
import JSONReader

extension StatedPackage {
  /// The kinds of exceptions that it notes, and those that it says the packages before it noted, unless several packages in a
  /// row did not note them again.
  package func earlierKinds() throws(AssayError) -> [EarlierKind] {
    let test = TestID.t29.rawValue
    if tests[test] != nil, let kinds = try followed("\(path)/populations/\(test).csv") { return kinds }
    // The package of a version that did not follow kinds.
    var package = self
    try package.readRows()
    var kinds: [String: EarlierKind] = [:]
    for exception in package.exceptions {
      let name = exception.kind
      var kind =
        kinds[name.id]
        ?? EarlierKind(
          id: name.id, test: exception.test, about: name.about.joined(separator: "; "), rating: exception.rating,
          periods: [period], first: nil, due: nil, quiet: 0)
      kind.rating = [kind.rating, exception.rating].compactMap(Rating.init).min()?.rawValue ?? kind.rating
      kind.first = [kind.first, exception.firstSeen.flatMap { Timestamp($0) }].compactMap(\.self).min()
      kind.due = [kind.due, exception.due.flatMap { CivilDate($0) }].compactMap(\.self).min()
      kinds[name.id] = kind
    }
    return kinds.values.sorted { $0.id < $1.id }
  }

  /// The items of its T-29; `nil` where the file is not there or none of its kind.
  private func followed(_ file: String) throws(AssayError) -> [EarlierKind]? {
    guard fileKind(file) == .file else { return nil }
    var reader = try pieces(of: file)
    guard let header = try reader.next()?.fields else { return nil }
    let places = ["kind", "test", "about", "rating", "noted", "periods", "first_seen", "due", "quiet"].map {
      header.firstIndex(of: $0)
    }
    guard !places.contains(nil) else { return nil }
    var kinds: [EarlierKind] = []
    while let row = try reader.next()?.fields {
      let cells = places.compactMap(\.self).map { CSVWriter.plain(row[$0]) }
      let quiet = Int64(cells[8]) ?? 0
      guard quiet >= 0, quiet < EarlierKind.reach else { continue }
      let isNoted = cells[4] != "0"
      kinds.append(
        EarlierKind(
          id: cells[0], test: cells[1], about: cells[2], rating: cells[3],
          periods: texts(cells[5]) + (isNoted ? [period] : []), first: Timestamp(cells[6]), due: CivilDate(cells[7]),
          quiet: quiet))
    }
    return kinds.sorted { $0.id < $1.id }
  }

  private func texts(_ json: String) -> [String] {
    var parser = JSONParser()
    guard let root = try? parser.parse(json) else { return [] }
    return parser.elements(of: root).compactMap { parser.string($0) }
  }
}
