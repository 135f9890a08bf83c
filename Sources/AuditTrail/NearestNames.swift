/// The names that a mistyped one may have meant: up to three, the nearest first.
package struct NearestNames {
  private let wanted: [UInt8]
  private var best: [(distance: Int, name: String)] = []
  private static let most = 3
  /// Longer names are compared by their beginnings.
  private static let compared = 64

  /// The names near to a text, whatever the case of its letters.
  package init(to text: String) { wanted = Array(text.lowercased().utf8.prefix(Self.compared)) }

  /// The names of a list that are near to a text.
  package init(to text: String, in names: some Sequence<String>) {
    self.init(to: text)
    for name in names { consider(name) }
  }

  /// Takes the name where it is near: less than a third of the text's letters are other ones. The first counts of several at
  /// one distance.
  package mutating func consider(_ name: String) {
    let distance = editDistance(wanted, Array(name.lowercased().utf8.prefix(Self.compared)))
    guard distance <= max(2, wanted.count / 3),
      best.count < Self.most || distance < best[Self.most - 1].distance
    else { return }
    let place = best.firstIndex { $0.distance > distance } ?? best.count
    best.insert((distance, name), at: place)
    if best.count > Self.most { best.removeLast() }
  }

  /// The names found, the nearest first.
  package var names: [String] { best.map(\.name) }

  /// The question that a message ends with, with a space before it; `nil` where no name is near.
  package var question: String? {
    best.isEmpty ? nil : " Did you mean \(names.joined(separator: " or "))?"
  }
}

/// How many letters must be changed, added or removed. Source: Wagner and Fischer, 1974.
package func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
      diagonal = above
    }
  }
  return row[right.count]
}
