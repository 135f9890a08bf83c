/// How many values each detector recognises in UTF-8 text, by the detectors' names; a run of text counts once, for the
/// detector that takes the most of it.
public func recognize(_ text: [UInt8], with detectors: [Detector] = Detector.allCases) -> [String: Int64] {
  var marks: [(range: Range<Int>, detector: Detector)] = []
  for detector in detectors {
    for range in detector.find(in: text.span) { marks.append((range, detector)) }
  }
  marks.sort { ($0.range.lowerBound, -$0.range.count) < ($1.range.lowerBound, -$1.range.count) }
  var counts: [String: Int64] = [:]
  var end = 0
  for mark in marks where mark.range.lowerBound >= end {
    counts[mark.detector.rawValue, default: 0] += 1
    end = mark.range.upperBound
  }
  return counts
}
