public import Digests

/// The text with every value that one of the detectors finds replaced by the detector's name in brackets, as `[email]`.
public func redact(_ text: String, with detectors: [Detector] = Detector.allCases) -> String {
  replacingValues(in: text, with: detectors) { "[\($0.rawValue)]" }
}

/// The text with every value that one of the detectors finds replaced by what stands for it.
func replacingValues(in text: String, with detectors: [Detector], _ mark: (Detector) -> String) -> String {
  let bytes = Array(text.utf8)
  var marks: [(range: Range<Int>, detector: Detector)] = []
  for detector in detectors {
    for range in detector.find(in: bytes.span) { marks.append((range, detector)) }
  }
  guard !marks.isEmpty else { return text }
  marks.sort { ($0.range.lowerBound, -$0.range.count) < ($1.range.lowerBound, -$1.range.count) }
  var result: [UInt8] = []
  var copied = 0
  for (range, detector) in marks where range.lowerBound >= copied {
    result += bytes[copied..<range.lowerBound]
    result += mark(detector).utf8
    copied = range.upperBound
  }
  result += bytes[copied...]
  return String(decoding: result, as: UTF8.self)
}

extension Detector {
  /// Those whose values no name of a table, column or application holds but by intent. Telephone numbers and IPv6 addresses
  /// look too much like what names and casts are made of.
  public static let inNames: [Detector] = [.email, .ssn, .card, .iban, .ipv4, .apiKey, .jwt]
}

/// A name for a value that is the same wherever the value and the key are, and says nothing of the value without the
/// key: the first 16 hex digits of its HMAC-SHA-256 (64 bits: collisions are unlikely below a billion values).
public func pseudonym(_ key: inout HMACSHA256, _ value: String) -> String {
  String(key.code(for: value).hex.prefix(16))
}
