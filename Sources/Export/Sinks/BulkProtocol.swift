import AuditTrail
import JSONReader

/// How servers take many records in one body of HTTP.
package enum BulkProtocol: String, Sendable, Hashable, CaseIterable {
  /// Elasticsearch and OpenSearch: `_bulk`.
  case elasticsearch
  /// Splunk's HTTP Event Collector.
  case splunk
  /// OpenTelemetry's OTLP/HTTP with JSON.
  case otlp

  /// Fails for a server's address that lacks what the interface needs. Throws `usage`.
  func check(_ server: String) throws(AssayError) {
    let path = server.split(separator: "/").dropFirst(2)
    guard self == .elasticsearch, path.isEmpty else { return }
    throw AssayError(.usage, "Name the index behind the server, such as elasticsearch:https://HOST:9200/assay.")
  }

  /// Where under the server's address the interface is. The answer of `_bulk` is asked for what is read of it.
  var path: String {
    switch self {
    case .elasticsearch: "/_bulk?filter_path=items.*.status,items.*.error"
    case .splunk: "/services/collector/event"
    case .otlp: "/v1/logs"
    }
  }

  /// The header that carries a credential.
  func header(credential: String) -> String {
    switch self {
    case .splunk: "Authorization: Splunk \(credential)"
    case .elasticsearch, .otlp: "Authorization: \(credential)"
    }
  }

  var contentType: String {
    switch self {
    case .elasticsearch: "Content-Type: application/x-ndjson"
    case .splunk, .otlp: "Content-Type: application/json"
    }
  }

  /// The records as one body.
  func body(_ events: ArraySlice<EncodedEvent>, schema: any EventSchema, createsOnly: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    switch self {
    case .elasticsearch:
      // A document of the same id takes the place of the first: a second delivery leaves one. Data streams take only
      // `create`, which is answered by a conflict where there is one of the id.
      let action = createsOnly ? "create" : "index"
      for event in events {
        bytes += "{\"\(action)\":{\"_id\":\"\(event.uid)\"}}\n".utf8
        bytes += Self.value(event, schema)
        bytes.append(UInt8(ascii: "\n"))
      }
    case .splunk:
      for event in events {
        bytes +=
          "{\"time\":\(Self.seconds(event.time)),\"source\":\"assay\",\"sourcetype\":\"assay:\(event.kind.rawValue)\","
          .utf8
        bytes += "\"fields\":{\"assay_id\":\"\(event.uid)\"},\"event\":".utf8
        bytes += Self.value(event, schema)
        bytes += "}\n".utf8
      }
    case .otlp:
      bytes += schema.envelope.head
      for (place, event) in events.enumerated() {
        if place > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += event.record
      }
      bytes += schema.envelope.tail
    }
    return bytes
  }

  /// The line as a value of JSON: what is no JSON is a text of it.
  private static func value(_ event: EncodedEvent, _ schema: any EventSchema) -> [UInt8] {
    let line = schema.line(event.record)
    guard line.first != UInt8(ascii: "{") else { return line }
    var json = JSONWriter()
    json.string(String(decoding: line, as: UTF8.self))
    return json.bytes
  }

  /// Seconds since 1970 with their fraction.
  private static func seconds(_ time: Timestamp) -> String {
    let (seconds, rest) = time.nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    let digits = String(rest)
    let sign = time.nanoseconds < 0 ? "-" : ""
    return "\(sign)\(seconds)." + String(repeating: "0", count: 9 - digits.utf8.count) + digits
  }
}
