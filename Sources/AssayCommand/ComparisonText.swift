import AuditTrail
import Reporting

/// What changed since an earlier package, for people.
struct ComparisonText {
  /// Kinds of exceptions that are listed; the page has all.
  private static let most = 25

  private let comparison: PackageComparison
  private let files: [String]

  init(_ comparison: PackageComparison, _ files: [String]) {
    (self.comparison, self.files) = (comparison, files)
  }

  /// The tests that changed, the kinds of exceptions, a sentence over all, and where the rest is.
  var text: String {
    var tests = TextTable([
      ("test", .left), ("change", .left), ("then", .left), ("now", .left), ("exceptions then", .right), ("now", .right),
      ("what it tests", .left),
    ])
    for row in comparison.testRows { tests.add(row) }
    var kinds = TextTable([
      ("exceptions", .left), ("rating", .left), ("test", .left), ("first seen", .left), ("then", .right),
      ("now", .right),
      ("what", .left),
    ])
    let rows = comparison.kindRows
    for row in rows.prefix(Self.most) { kinds.add(row) }
    let rest = rows.count - Self.most
    return
      ([tests, kinds].filter { !$0.isEmpty }.map(\.text)
      + (rest > 0 ? ["… and \(grouped(rest)) more kinds."] : [])
      + [printable(comparison.headline), "What changed: \(files.joined(separator: ", "))"]).joined(separator: "\n\n")
  }
}
