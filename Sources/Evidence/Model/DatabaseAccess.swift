/// How databases may be reached other than by a proxy, and from where proxies reach them, as the configuration says.
public struct DatabaseAccess: Sendable, Hashable, Codable {
  /// The addresses, or ranges of them, from which the proxies come; where there are none addresses say nothing.
  public var proxies: [String]
  /// Logins that may go past the proxies.
  public var direct: [DirectLogin]

  /// Ways to databases.
  public init(proxies: [String] = [], direct: [DirectLogin] = []) {
    self.proxies = proxies
    self.direct = direct
  }
}

/// A login that may go past the proxies, with who approved it and why.
public struct DirectLogin: Sendable, Hashable, Codable {
  /// The login at the database, in which `*` stands for any text.
  public var databaseUser: String
  /// The client program, in which `*` stands for any text; `nil` for any.
  public var application: String?
  /// An address or a range of them; `nil` for any.
  public var client: String?
  /// Why it may.
  public var reason: String
  /// Who approved that.
  public var approvedBy: String

  /// A login.
  public init(
    databaseUser: String, application: String? = nil, client: String? = nil, reason: String, approvedBy: String
  ) {
    self.databaseUser = databaseUser
    self.application = application
    self.client = client
    self.reason = reason
    self.approvedBy = approvedBy
  }
}
