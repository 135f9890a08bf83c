import JSONReader

/// Packs fields as ``AuditTrail/RecordBatch`` does: four bytes of length, least first, then the bytes; 0xFFFFFFFF is "none".
func packed(_ fields: [String?]) -> [UInt8] {
  var bytes: [UInt8] = []
  for field in fields {
    guard let field else {
      bytes.append(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF])
      continue
    }
    let count = UInt32(truncatingIfNeeded: field.utf8.count)
    for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: count >> (8 * UInt32(shift)))) }
    bytes.append(contentsOf: field.utf8)
  }
  return bytes
}

/// A list of texts as a JSON array.
func jsonList(_ values: [String]) -> String {
  var json = JSONWriter(verbatim: true)
  json.strings(values)
  return json.text
}

/// Names with their values as a JSON object, sorted by name.
func jsonObject(_ values: [String: String]) -> String {
  var json = JSONWriter(verbatim: true)
  json.beginObject()
  for (key, value) in values.sorted(by: { $0.key < $1.key }) {
    json.key(key)
    json.string(value)
  }
  json.endObject()
  return json.text
}
