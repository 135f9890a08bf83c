/// A UUID that follows from a name (RFC 9562, version 5): the same name in the same namespace gives the same one.
public struct NameUUID: Sendable, Hashable {
  private let bytes: [UInt8]

  /// The UUID of `name` in the namespace, which is a UUID of its own: 16 bytes.
  public init(_ name: String, in namespace: [UInt8]) {
    // SHA-1 is what the version is made of; nothing rests on nobody finding another name.
    var digest = Libcrypto.digest(of: namespace + Array(name.utf8), by: "SHA1", count: 20)
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    bytes = Array(digest.prefix(16))
  }
}

extension NameUUID: CustomStringConvertible {
  /// The 32 lower-case hexadecimal digits, in groups of 8, 4, 4, 4 and 12.
  public var description: String {
    let digits = Hex.encode(bytes)
    var (rest, groups) = (Substring(digits), [Substring]())
    for count in [8, 4, 4, 4, 12] {
      groups.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return groups.joined(separator: "-")
  }
}
