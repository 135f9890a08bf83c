/// A name as SQL takes it, whatever it holds.
package func quoted(_ name: String) -> String {
  "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

/// A value as SQL takes it, whatever it holds; backslashes mean nothing special on connections of ours.
package func literal(_ text: String) -> String {
  "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}

/// Whether a byte may be part of a name or a keyword: a letter, a digit, `_` or part of a character beyond ASCII.
package func isNameByte(_ byte: UInt8) -> Bool {
  (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "_") || byte > 127
}
