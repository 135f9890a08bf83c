/// A range of network addresses in CIDR notation, IPv4 or IPv6.
struct AddressRange: Sendable, Hashable {
  let network: NetworkAddress
  let prefix: Int

  /// Why a text is not a range.
  enum Problem: Error, Hashable {
    case malformed
    /// Bits are set behind the prefix; the range that may have been meant.
    case hostBits(expected: String)
  }

  /// Reads `10.0.0.0/8`, `2001:db8::/32` or a single address.
  init(_ text: String) throws(Problem) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = NetworkAddress(String(parts[0])) else { throw .malformed }
    var length = address.width
    if parts.count == 2 {
      guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
        let value = Int(parts[1]), value <= address.width
      else { throw .malformed }
      length = value
    }
    let masked = NetworkAddress(bits: address.bits & Self.mask(length, address.width), width: address.width)
    guard masked == address else { throw .hostBits(expected: "\(masked)/\(length)") }
    network = address
    prefix = length
  }

  func contains(_ address: NetworkAddress) -> Bool {
    address.width == network.width && address.bits & Self.mask(prefix, network.width) == network.bits
  }

  /// The range of a shorter prefix that it lies in, as it is written.
  func widened(to prefix: Int) -> String {
    let masked = NetworkAddress(bits: network.bits & Self.mask(prefix, network.width), width: network.width)
    return "\(masked)/\(prefix)"
  }

  private static func mask(_ prefix: Int, _ width: Int) -> UInt128 {
    let all: UInt128 = width == 32 ? UInt128(UInt32.max) : .max
    return prefix == 0 ? 0 : all & (all << UInt128(width - prefix))
  }
}

/// A recorded address as it is written; `nil` where the text is not an IPv4 or IPv6 address.
package func networkAddress(recorded text: String) -> String? { NetworkAddress(recorded: text)?.description }

/// An IPv4 or IPv6 address.
struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
  let bits: UInt128
  /// 32 or 128.
  let width: Int

  init(bits: UInt128, width: Int) {
    self.bits = bits
    self.width = width
  }

  /// Reads an address; an IPv4 address mapped into IPv6 (`::ffff:10.0.0.8`) is read as IPv4, a zone (`%eth0`) is dropped.
  init?(_ text: String) {
    let bare = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)[0]
    if bare.utf8.contains(UInt8(ascii: ":")) {
      guard let value = Self.version6(bare) else { return nil }
      if value >> 32 == 0xffff {
        self.init(bits: value & 0xffff_ffff, width: 32)
      } else {
        self.init(bits: value, width: 128)
      }
    } else {
      guard let value = Self.version4(bare) else { return nil }
      self.init(bits: UInt128(value), width: 32)
    }
  }

  /// Reads an address as archives write it, with or without a port: `10.0.0.8:5432`, `[::1]:5432`.
  init?(recorded text: String) {
    if let plain = NetworkAddress(text) {
      self = plain
    } else if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      self.init(String(text[text.index(after: text.startIndex)..<end]))
    } else if let colon = text.firstIndex(of: ":") {
      self.init(String(text[..<colon]))
    } else {
      return nil
    }
  }

  private static func version4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
        part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0"), let byte = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(byte)
    }
    return value
  }

  /// Source: RFC 4291 section 2.2.
  private static func version6(_ text: Substring) -> UInt128? {
    guard text.utf8.count <= 45 else { return nil }
    var halves: [[UInt16]] = [[]]
    var rest = text
    if rest.hasPrefix("::") {
      halves.append([])
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let group = rest.prefix { $0 != ":" }
      rest = rest.dropFirst(group.count)
      if group.utf8.contains(UInt8(ascii: ".")) {
        guard rest.isEmpty, let tail = version4(group) else { return nil }
        halves[halves.count - 1] += [UInt16(tail >> 16), UInt16(tail & 0xffff)]
      } else {
        guard (1...4).contains(group.utf8.count), group.allSatisfy(\.isHexDigit), let value = UInt16(group, radix: 16)
        else { return nil }
        halves[halves.count - 1].append(value)
      }
      guard !rest.isEmpty else { break }
      if rest.hasPrefix("::") {
        guard halves.count == 1 else { return nil }
        halves.append([])
        rest = rest.dropFirst(2)
      } else {
        rest = rest.dropFirst()
        guard !rest.isEmpty else { return nil }
      }
    }
    let count = halves.reduce(0) { $0 + $1.count }
    guard halves.count == 1 ? count == 8 : count < 8 else { return nil }
    let groups = halves[0] + Array(repeating: 0, count: 8 - count) + (halves.count == 2 ? halves[1] : [])
    return groups.reduce(0) { $0 << 16 | UInt128($1) }
  }

  /// Dotted for IPv4, eight groups for IPv6.
  var description: String {
    if width == 32 {
      return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: bits >> $0)) }.joined(separator: ".")
    }
    return stride(from: 112, through: 0, by: -16).map { shift in
      String(UInt16(truncatingIfNeeded: bits >> UInt128(shift)), radix: 16)
    }.joined(separator: ":")
  }
}

/// Client addresses, by a range in CIDR notation.
package struct ClientAddresses: Sendable, Hashable {
  private let range: AddressRange

  /// The addresses of a range, or one; `nil` where the text is not a range.
  package init?(_ text: String) {
    guard let range = try? AddressRange(text) else { return nil }
    self.range = range
  }

  /// Whether a recorded address is one of them.
  package func contain(_ address: String) -> Bool { NetworkAddress(recorded: address).map(range.contains) ?? false }
}
