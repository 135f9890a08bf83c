import Foundation

/// The upper limit, at 95 % confidence and one-sided, of the share of deviations in a population of which a random sample was
/// tested: the greatest share at which so few deviations in the sample would still come about in one of twenty samples.
///
/// Exact for the binomial distribution, so an upper bound for samples without replacement too; with no deviation in `n` it
/// is `1 - 0.05^(1/n)`, about `3/n`: a zero is never extrapolated. `nil` for an empty sample.
/// Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934), 404-413; as used for attribute sampling in the AICPA's
/// guide Audit Sampling, appendix A.
public func upperDeviationLimit(deviations: Int, of sample: Int) -> Double? {
  guard sample > 0, deviations >= 0, deviations <= sample else { return nil }
  guard deviations < sample else { return 1 }
  let n = Double(sample)
  if deviations == 0 { return 1 - exp(log(0.05) / n) }
  var (low, high) = (Double(deviations) / n, 1.0)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if binomialTail(deviations, of: sample, share: middle) > 0.05 { low = middle } else { high = middle }
  }
  return high
}

/// The probability of at most so many successes.
private func binomialTail(_ successes: Int, of trials: Int, share: Double) -> Double {
  let n = Double(trials)
  var term = n * log1p(-share)
  var sum = exp(term)
  for k in 1...successes {
    term += log((n - Double(k) + 1) / Double(k)) + log(share) - log1p(-share)
    sum += exp(term)
  }
  return sum
}
