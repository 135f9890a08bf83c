/// The name of an object as an error's message has it, in lower case, where it may be told: no quotes are needed to write it,
/// so that it is not a value that stands where a name should.
package func toldName(_ text: some StringProtocol) -> String {
  let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  let isName =
    text.utf8.count <= 128
    && parts.allSatisfy { part in
      guard let first = part.first, !(first &- UInt8(ascii: "0") < 10) else { return false }
      return part.allSatisfy { byte in
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || "_$".utf8.contains(byte)
      }
    }
  return isName ? text.lowercased() : "(unnamed)"
}
