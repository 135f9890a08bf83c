import Testing

@testable import Evidence

/// The sizes and limits of samples, against figures that were computed elsewhere.
@Suite struct SampleSizeTests {
  /// Computed with Python's `math.comb`: the least n for which C(N - K, n) <= (1 - confidence) C(N, n), K = ceil(N * rate).
  @Test(arguments: [
    (1000, 95, 100, 258), (102, 95, 500, 40), (1_000_000, 95, 500, 59), (1_000_000, 99, 100, 459), (10, 95, 500, 10),
    (1, 95, 100, 1), (0, 95, 100, 0), (500, 90, 300, 71),
  ])
  func `a sample is as small as it can be`(population: Int, confidence: Int, rate: Int, size: Int) {
    let law = Hypergeometric(population: population, confidence: confidence)
    #expect(law.size(excluding: rate) == size)
  }

  /// Of 102 items 25 without deviation leave 10 (9.8 %).
  @Test(arguments: [(102, 25, 0, 10), (102, 25, 1, 16), (102, 102, 3, 3), (1000, 258, 0, 9), (60, 59, 0, 0)])
  func `the most that may deviate follows from what was shown`(population: Int, sample: Int, shown: Int, most: Int) {
    let law = Hypergeometric(population: population, confidence: 95)
    #expect(law.mostDeviating(sample: sample, shown: shown) == most)
  }

  /// A sum over all samples of a small population, which shares nothing with the products above.
  @Test func `on small populations the law is the share of all samples`() {
    for population in 1...9 {
      for deviating in 0...population {
        for size in 0...population {
          for shown in 0...size {
            let samples = (0..<(1 << population)).filter { $0.nonzeroBitCount == size }
            let few = samples.count { ($0 & ((1 << deviating) - 1)).nonzeroBitCount <= shown }
            let law = Hypergeometric(population: population, confidence: 90)
            #expect(
              law.excludes(deviating: deviating, sample: size, shown: shown) == (few * 100 <= samples.count * 10),
              "\(population) \(deviating) \(size) \(shown)")
          }
        }
      }
    }
  }
}
