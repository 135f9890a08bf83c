import AuditTrail
import Policies

/// How databases are reached, as ``DatabaseAccess`` says it, ready to be asked of a session in a database's log.
package struct DatabaseWays: Sendable {
  private let proxies: [ClientAddresses]
  private let direct: [(login: DirectLogin, client: ClientAddresses?)]

  /// What the configuration says; `nil` where it says nothing.
  package init(_ access: DatabaseAccess?) {
    proxies = (access?.proxies ?? []).compactMap(ClientAddresses.init)
    direct = (access?.direct ?? []).map { ($0, $0.client.flatMap(ClientAddresses.init)) }
  }

  /// Whether the address is a proxy's; `nil` where no proxy's address is known, or that of the session.
  package func isProxy(_ address: String?) -> Bool? {
    guard !proxies.isEmpty, let address else { return nil }
    return proxies.contains { $0.contain(address) }
  }

  /// Whether a login may go past the proxies with that client program and from that address.
  package func isApproved(login user: String?, application: String?, address: String?) -> Bool {
    guard let user else { return false }
    return direct.contains { login, client in
      matches(user, pattern: login.databaseUser)
        && (login.application.map { matches(application ?? "", pattern: $0) } ?? true)
        && (login.client == nil || client.map { address.map($0.contain) ?? false } ?? false)
    }
  }

  /// Whether the login of a population's item may.
  func isApproved(_ item: Item) -> Bool {
    isApproved(
      login: item.text("database_user"), application: item.text("application"), address: item.text("client"))
  }

  /// What a test of them says where no log can be held against a proxy.
  static let nothing = Conclusion(
    .inconclusive, "The ledger holds no session of the period from the log of a database that a proxy leads to.")
  static let remedy =
    "Read the log of each database (assay formats lists them) next to the proxy's archives; `reconcile:` in assay.yaml says "
    + "which connections lead to it."
}
