import AuditTrail
import Foundation
import Postgres
import Replay

/// A database of a running server, as `postgresql://` names it; printed without the role and the password.
struct PostgresAddress: Sendable, Hashable {
  /// How libpq reaches it.
  let parameters: PostgresParameters
  /// The database's name.
  let database: String
  /// `postgresql://HOST:PORT/DATABASE`.
  let label: String

  /// A database to work from while another is copied or dropped.
  var maintenanceDatabase: String { database == "postgres" ? "template1" : "postgres" }

  private static let options: Set<String> = [
    "host", "port", "user", "password", "passfile", "sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout",
    "gssencmode", "channel_binding", "target_session_attrs",
  ]

  /// Reads `postgresql://[ROLE[:PASSWORD]@]HOST[:PORT]/DATABASE[?sslmode=…]`. The text itself is in no error.
  init(_ text: String) throws(AssayError) {
    guard let url = URLComponents(string: text), ["postgresql", "postgres"].contains(url.scheme) else {
      throw Self.usage("it is not a URL; write special characters of a password as %XX")
    }
    var values: [String: String] = [:]
    for item in url.queryItems ?? [] {
      guard Self.options.contains(item.name) else { throw Self.usage("the option \(item.name) is not known") }
      values[item.name] = item.value
    }
    if let host = url.host, !host.isEmpty { values["host"] = host.removingPercentEncoding ?? host }
    if let port = url.port { values["port"] = String(port) }
    if let user = url.user { values["user"] = user }
    if let password = url.password { values["password"] = password }
    let name = String(url.path.drop { $0 == "/" })
    guard !name.isEmpty, !name.contains("/") else { throw Self.usage("it names no database") }
    values["dbname"] = name
    values["options"] = PostgresCluster.superuserOptions
    if values["connect_timeout"] == nil { values["connect_timeout"] = "10" }
    parameters = PostgresParameters(values)
    database = name
    label = "postgresql://\(values["host"] ?? "")\(values["port"].map { ":\($0)" } ?? "")/\(name)"
  }

  private static func usage(_ why: String) -> AssayError {
    AssayError(
      .usage, "A running server's shadow is named as postgresql://ROLE@HOST:PORT/DATABASE; here \(why).")
  }
}
