import AuditTrail

/// Who logged in, as an entry of a log of MySQL's family says it.
struct MySQLLogin {
  /// The account whose rights count.
  var account: String?
  /// The name that was given at login, where it differs from the account's: a proxy user, or one of an external directory.
  var name: String?
  /// The name by which an authentication plugin knows the user (PAM, LDAP, Kerberos, the operating system).
  var externalUser: String?
  /// The client's host, or its address.
  var host: String?
  /// The client's address.
  var address: String?
  /// The client's program.
  var application: String?
  /// The database that was current.
  var database: String?

  /// Who acted, where that is more than a database account. The kind is assumed, for a log names none.
  var identity: Identity? {
    let proxied = account == nil ? nil : name.flatMap { $0 == account ? nil : $0 }
    return (externalUser ?? proxied).map { Identity(user: $0, kind: .human, kindBasis: .assumed) }
  }

  /// Where from.
  var client: Client { Client(address: address ?? host, application: application) }

  /// Reads `account[name] @ host [address]`, as both Percona and Azure write a user.
  mutating func read(user text: String) {
    guard let at = text.firstRange(of: " @ ") else {
      account = text.nonEmpty
      return
    }
    let (who, origin) = (text[..<at.lowerBound], text[at.upperBound...])
    (account, name) = Self.bracketed(who)
    (host, address) = Self.bracketed(origin)
  }

  /// `a[b]` as its two parts, of which either may be empty.
  private static func bracketed(_ text: Substring) -> (outer: String?, inner: String?) {
    guard text.last == "]", let open = text.lastIndex(of: "[") else { return (trimmed(text), nil) }
    return (trimmed(text[..<open]), trimmed(text[text.index(after: open)...].dropLast()))
  }

  private static func trimmed(_ text: Substring) -> String? {
    let text = text.drop { $0 == " " }
    return String(text.last == " " ? text.dropLast() : text).nonEmpty
  }
}

extension String {
  /// The text; `nil` where it is empty.
  var nonEmpty: String? { isEmpty ? nil : self }
}
