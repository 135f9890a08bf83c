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
  "[" + values.map(jsonText).joined(separator: ",") + "]"
}

/// Names with their values as a JSON object, sorted by name.
func jsonObject(_ values: [String: String]) -> String {
  "{" + values.sorted { $0.key < $1.key }.map { jsonText($0.key) + ":" + jsonText($0.value) }.joined(separator: ",")
    + "}"
}

/// A text as a JSON string.
func jsonText(_ value: String) -> String {
  var text = "\""
  for scalar in value.unicodeScalars {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case let control where control.value < 0x20:
      let digits = String(control.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: text.unicodeScalars.append(scalar)
    }
  }
  return text + "\""
}
