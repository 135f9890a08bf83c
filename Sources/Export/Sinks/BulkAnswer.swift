import JSONReader

/// What a server says of the records of one body. Whatever it says is read as far as it makes sense.
struct BulkAnswer: ~Copyable {
  private var parser = JSONParser()

  /// What the answer with a status of success says of so many records; `nil` where it says of no record what became of it.
  mutating func read(_ body: [UInt8], of bulk: BulkProtocol, count: Int, createsOnly: Bool) -> DeliveryAnswer? {
    switch bulk {
    case .elasticsearch: elasticsearch(body, count: count, createsOnly: createsOnly)
    case .splunk: splunk(body)
    case .otlp: otlp(body, count: count)
    }
  }

  private mutating func elasticsearch(_ body: [UInt8], count: Int, createsOnly: Bool) -> DeliveryAnswer? {
    guard let root = try? parser.parse(String(decoding: body, as: UTF8.self)),
      let items = parser.value(of: root, "items")
    else { return nil }
    let elements = parser.elements(of: items)
    guard elements.count == count else { return nil }
    var answer = DeliveryAnswer()
    for (place, element) in elements.enumerated() {
      guard let item = parser.value(of: element, "index") ?? parser.value(of: element, "create"),
        let status = parser.value(of: item, "status").flatMap({ parser.int($0) })
      else { return nil }
      switch status {
      case 200..<300: break
      case 409 where createsOnly: break
      case 429, 500...: answer.deferred.append(place)
      default: answer.refused.append((place, "\(status) \(reason(item))"))
      }
    }
    return answer
  }

  private func reason(_ item: JSONValue) -> String {
    guard let error = parser.value(of: item, "error") else { return "" }
    let text = [
      parser.value(of: error, "type").flatMap { parser.string($0) },
      parser.value(of: error, "reason").flatMap { parser.string($0) },
    ]
    return text.compactMap(\.self).joined(separator: ": ")
  }

  /// What is not an answer of the collector's, such as a page to log in, delivers nothing, whatever its status is.
  private mutating func splunk(_ body: [UInt8]) -> DeliveryAnswer? {
    guard let root = try? parser.parse(String(decoding: body, as: UTF8.self)),
      parser.value(of: root, "code").flatMap({ parser.int($0) }) == 0
    else { return nil }
    return DeliveryAnswer()
  }

  /// A partial success says how many were refused and not which; sending again is forbidden, for all others would be twice.
  private mutating func otlp(_ body: [UInt8], count: Int) -> DeliveryAnswer? {
    var answer = DeliveryAnswer()
    // Some servers answer nothing, which is how the other encoding writes a success.
    guard !body.isEmpty else { return answer }
    guard let root = try? parser.parse(String(decoding: body, as: UTF8.self)), parser.kind(root) == .object else {
      return nil
    }
    guard let partial = parser.value(of: root, "partialSuccess"),
      let rejected = parser.value(of: partial, "rejectedLogRecords")
    else { return answer }
    let number = parser.int(rejected) ?? parser.string(rejected).flatMap(Int64.init) ?? 0
    guard number > 0 else { return answer }
    let said = parser.value(of: partial, "errorMessage").flatMap { parser.string($0) } ?? ""
    answer.tookSome = number < count
    let which = number >= count ? "" : "the server refused \(number) of \(count) records and did not say which: "
    for place in 0..<count { answer.refused.append((place, which + said)) }
    return answer
  }

  /// What an answer of failure says, in a few words.
  mutating func words(_ body: [UInt8]) -> String {
    guard let root = try? parser.parse(String(decoding: body, as: UTF8.self)) else {
      return String(decoding: body, as: UTF8.self)
    }
    for key in ["text", "message"] as [StaticString] {
      if let text = parser.value(of: root, key).flatMap({ parser.string($0) }) { return text }
    }
    let words = reason(root)
    return words.isEmpty ? parser.value(of: root, "error").flatMap { parser.string($0) } ?? "" : words
  }
}
