/// The chance that a sample without replacement shows few deviations, in whole numbers: no rounding decides a sample's size.
///
/// Source: the hypergeometric distribution; attribute sampling as in AICPA AU-C 530 and its guide on audit sampling.
package struct Hypergeometric: Sendable {
  /// Items of the population.
  package let population: Int
  /// How sure the sample must make, in percent, 1 to 99.
  package let confidence: Int

  /// A population and how sure a sample of it must make.
  package init(population: Int, confidence: Int) { (self.population, self.confidence) = (population, confidence) }

  /// Whether a sample that shows at most so many deviations would be less likely than what the confidence leaves, if so many
  /// items of the population deviated.
  package func excludes(deviating: Int, sample: Int, shown: Int) -> Bool {
    // P(X <= shown) = sum of C(n, x) K^(x) (N-K)^(n-x) / N^(n), where a^(b) is a (a-1) … (a-b+1).
    var below = Natural(0)
    for x in 0...max(0, min(shown, sample, deviating)) where sample - x <= population - deviating {
      var term = Natural(1)
      for place in 0..<x {
        term.multiply(by: UInt64(deviating - place))
        // C(n, x): each step divides evenly.
        term.multiply(by: UInt64(sample - place))
        term.divide(by: UInt64(place + 1))
      }
      for place in 0..<(sample - x) { term.multiply(by: UInt64(population - deviating - place)) }
      below.add(term)
    }
    var all = Natural(1)
    for place in 0..<sample { all.multiply(by: UInt64(population - place)) }
    below.multiply(by: 100)
    all.multiply(by: UInt64(100 - confidence))
    return below <= all
  }

  /// The least sample that, showing no deviation, excludes that the rate or more of the population deviates; the whole
  /// population where none smaller does. The rate is in hundredths of a percent.
  package func size(excluding rate: Int) -> Int {
    let (whole, rest) = population.multipliedReportingOverflow(by: rate)
    let deviating = rest ? population : max(1, whole / 10_000 + (whole % 10_000 > 0 ? 1 : 0))
    // Sizes are small beside populations, and products of half a million factors are long.
    var high = 1
    while high < population, !excludes(deviating: deviating, sample: high, shown: 0) { high *= 2 }
    return least(in: high / 2...min(high, population)) { excludes(deviating: deviating, sample: $0, shown: 0) }
  }

  /// The most items of the population that may deviate, where a sample shows so many deviations.
  package func mostDeviating(sample: Int, shown: Int) -> Int {
    guard sample < population else { return shown }
    return least(in: shown...population) { excludes(deviating: $0 + 1, sample: sample, shown: shown) }
  }

  /// The least number for which a condition holds that holds for all greater ones; the last where it holds for none.
  private func least(in range: ClosedRange<Int>, _ holds: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A whole number of any size, for products of small ones.
private struct Natural: Comparable {
  /// The least word first; no zeros at the end.
  private var words: [UInt32]

  init(_ value: UInt32) { words = value == 0 ? [] : [value] }

  mutating func multiply(by factor: UInt64) {
    guard factor <= UInt64(UInt32.max) else {
      var upper = self
      upper.multiply(by: factor >> 32)
      multiply(by: factor & UInt64(UInt32.max))
      if !upper.words.isEmpty { upper.words.insert(0, at: 0) }
      return add(upper)
    }
    var carry: UInt64 = 0
    for place in words.indices {
      carry += UInt64(words[place]) * factor
      words[place] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry > 0 { words.append(UInt32(carry)) }
    trim()
  }

  /// Divides by a number that leaves no rest.
  mutating func divide(by divisor: UInt64) {
    var rest: UInt64 = 0
    for place in words.indices.reversed() {
      let value = rest << 32 | UInt64(words[place])
      words[place] = UInt32(value / divisor)
      rest = value % divisor
    }
    trim()
  }

  mutating func add(_ other: Natural) {
    var carry: UInt64 = 0
    for place in 0..<max(words.count, other.words.count) {
      if place == words.count { words.append(0) }
      carry += UInt64(words[place]) + (place < other.words.count ? UInt64(other.words[place]) : 0)
      words[place] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry > 0 { words.append(UInt32(carry)) }
  }

  private mutating func trim() {
    while words.last == 0 { words.removeLast() }
  }

  static func < (left: Natural, right: Natural) -> Bool {
    if left.words.count != right.words.count { return left.words.count < right.words.count }
    for place in left.words.indices.reversed() where left.words[place] != right.words[place] {
      return left.words[place] < right.words[place]
    }
    return false
  }
}
