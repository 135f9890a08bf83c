/// Stretches of time or of days, both ends inclusive. They are put together, so that a look-up costs little however many a
/// side file names.
struct MergedSpans {
  private var spans: [ClosedRange<Int64>] = []

  /// The stretches in any order; they may overlap.
  init(_ given: some Sequence<ClosedRange<Int64>>) {
    for span in given.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = spans.last, span.lowerBound <= last.upperBound {
        spans[spans.count - 1] = last.lowerBound...max(last.upperBound, span.upperBound)
      } else {
        spans.append(span)
      }
    }
  }

  /// Whether one of them holds the place.
  func contains(_ place: Int64) -> Bool {
    var (low, high) = (0, spans.count)
    while low < high {
      let middle = low + (high - low) / 2
      if spans[middle].upperBound < place { low = middle + 1 } else { high = middle }
    }
    return low < spans.count && spans[low].lowerBound <= place
  }
}
