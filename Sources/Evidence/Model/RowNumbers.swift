/// Places of rows in a population, from 0, as runs: that all of a million rows lack a field takes one.
public struct RowNumbers: Sendable, Hashable {
  /// The runs, in the order in which they were noted.
  public private(set) var runs: [Range<Int>] = []

  /// How many rows.
  public var count: Int { runs.reduce(0) { $0 + $1.count } }

  /// No rows.
  public init() {}

  /// Notes a row that comes after those that were noted, or is the last of them.
  mutating func append(_ row: Int) {
    guard let last = runs.last, last.upperBound >= row, last.lowerBound <= row else {
      return runs.append(row..<row + 1)
    }
    runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, row + 1)
  }
}
