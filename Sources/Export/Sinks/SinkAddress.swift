package import AuditTrail

/// Where to export to, as it is typed.
package enum SinkAddress: Sendable, Hashable, CustomStringConvertible {
  /// Standard output.
  case standardOutput
  /// A file that is written from the beginning each time, in one piece.
  case file(String)
  /// A file that lines are added to.
  case appended(String)
  /// A syslog server (RFC 5424), by TCP (RFC 6587) or TLS (RFC 5425).
  case syslog(host: String, port: Int, isEncrypted: Bool)
  /// A server that takes bodies by HTTP.
  case http(BulkProtocol, server: String)

  /// Reads an address. Throws `usage`.
  package init(_ text: String) throws(AssayError) {
    func rest(_ scheme: String) -> String? { text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : nil }
    if text == "-" {
      self = .standardOutput
    } else if let path = rest("file:"), !path.isEmpty {
      self = .file(path)
    } else if let path = rest("append:"), !path.isEmpty {
      self = .appended(path)
    } else if let server = rest("syslog+tls://") {
      self = try Self.syslog(server, usual: 6514, isEncrypted: true)
    } else if let server = rest("syslog+tcp://") {
      self = try Self.syslog(server, usual: 601, isEncrypted: false)
    } else if let bulk = BulkProtocol.allCases.first(where: { text.hasPrefix($0.rawValue + ":") }) {
      let server = try Self.checkedURL(String(text.dropFirst(bulk.rawValue.count + 1)))
      try bulk.check(server)
      self = .http(bulk, server: server)
    } else {
      throw AssayError(
        .usage,
        "Unknown sink; expected -, file:PATH, append:PATH, syslog+tls://HOST:PORT, syslog+tcp://HOST:PORT, "
          + "\(BulkProtocol.allCases.map { "\($0.rawValue):https://HOST:PORT" }.joined(separator: ", ")).")
    }
  }

  private static func syslog(_ server: String, usual: Int, isEncrypted: Bool) throws(AssayError) -> Self {
    let bare = server.hasSuffix("/") ? String(server.dropLast()) : server
    // An IPv6 address is in brackets.
    let end = bare.hasPrefix("[") ? bare.firstIndex(of: "]").map { bare.index(after: $0) } : bare.firstIndex(of: ":")
    let host = end.map { String(bare[..<$0]) } ?? bare
    let tail = end.map { bare[$0...] } ?? ""
    let port = tail.isEmpty ? usual : Int(tail.dropFirst()) ?? 0
    let isHost = !host.isEmpty && host.utf8.allSatisfy(isHostCharacter)
    guard isHost, tail.isEmpty || tail.hasPrefix(":"), (1...65_535).contains(port) else {
      throw AssayError(.usage, "Unknown server; expected HOST or HOST:PORT.")
    }
    return .syslog(host: host, port: port, isEncrypted: isEncrypted)
  }

  private static func isHostCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
      true
    default: false
    }
  }

  /// An address of HTTP without a name, a password, a query or what is not a plain character.
  private static func checkedURL(_ url: String) throws(AssayError) -> String {
    guard let scheme = ["https://", "http://"].first(where: url.hasPrefix) else {
      throw AssayError(.usage, "Unknown address; expected one that begins with https:// or http://.")
    }
    guard !url.contains("@") else {
      throw AssayError(
        .usage, "An address holds no name and no password; put the credential into a file, or into the environment.")
    }
    let isPlain = url.utf8.allSatisfy {
      (0x21..<0x7F).contains($0) && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
    }
    guard isPlain, url.utf8.count > scheme.utf8.count, url.utf8.count < 2_048 else {
      throw AssayError(.usage, "This is not a plain address; leave out spaces, ? and #.")
    }
    return url.hasSuffix("/") ? String(url.dropLast()) : url
  }

  /// The address without what is usual, as a cursor names it.
  package var description: String {
    switch self {
    case .standardOutput: "-"
    case .file(let path): "file:\(path)"
    case .appended(let path): "append:\(path)"
    case .syslog(let host, let port, let isEncrypted): "syslog+\(isEncrypted ? "tls" : "tcp")://\(host):\(port)"
    case .http(let bulk, let server): "\(bulk.rawValue):\(server)"
    }
  }

  /// Whether what it takes is not asked for again: the ledger notes how far it was sent.
  package var keepsCursor: Bool {
    switch self {
    case .standardOutput, .file: false
    case .appended, .syslog, .http: true
    }
  }

  /// Whether others on the way can read what is sent: nothing encrypts it, and it leaves the machine.
  package var isReadable: Bool {
    guard case .http(_, let server) = self, server.hasPrefix("http://") else { return false }
    let host = server.dropFirst("http://".count).prefix { $0 != "/" }
    let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
    return !(name == "localhost" || name == "[::1]" || networkAddressIsLoopback(String(name)))
  }
}

private func networkAddressIsLoopback(_ name: String) -> Bool {
  let parts = name.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
}
