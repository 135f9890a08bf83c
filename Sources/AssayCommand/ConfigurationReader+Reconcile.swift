import AuditTrail
import Evidence
import Ledger
import Policies
import YAMLFiles
import Yams

/// What `assay.yaml` says under `reconcile:`: which log is of which connections' database, and who may go past the proxies.
extension ConfigurationReader {
  func readReconciliation(_ node: Node, into configuration: inout Configuration) {
    guard let values = fields.mapping(node, "reconcile", keys: ["logs", "proxies", "direct"]) else { return }
    configuration.pairings = values["logs"].map { fields.entries($0, "a log").compactMap(pairing) } ?? []
    var access = DatabaseAccess()
    if let proxies = values["proxies"] {
      for address in fields.texts(proxies, "an address or a range of addresses") {
        if ClientAddresses(address.text) == nil {
          fields.complain(address.node, "expected an address or a range of addresses such as 10.0.0.0/8")
        }
        access.proxies.append(address.text)
      }
    }
    access.direct = values["direct"].map { fields.entries($0, "a login").compactMap(directLogin) } ?? []
    if access != DatabaseAccess() { configuration.databaseAccess = access }
  }

  private func pairing(_ node: Node) -> LogPairing? {
    guard
      let values = fields.mapping(
        node, "a log", keys: ["source", "database", "connections"], required: ["connections"]),
      let connections = values["connections"].map({ fields.texts($0, "a connection").map(\.text) })
    else { return nil }
    if values["source"] == nil, values["database"] == nil {
      fields.complain(node, "say which log it is: `source`, as the archives' `source:` names the server, or `database`")
    }
    return LogPairing(
      log: values["source"].flatMap { fields.text($0, "a server's name") },
      database: values["database"].flatMap { fields.text($0, "a database's name") }, connections: connections)
  }

  private func directLogin(_ node: Node) -> DirectLogin? {
    guard
      let values = fields.mapping(
        node, "a login", keys: ["database_user", "application", "client", "reason", "approved_by"],
        required: ["database_user", "reason", "approved_by"]),
      let user = values["database_user"].flatMap({ fields.text($0, "a login, in which * stands for any text") }),
      let reason = values["reason"].flatMap({ fields.text($0, "a reason") }),
      let approver = values["approved_by"].flatMap({ fields.text($0, "a name") })
    else { return nil }
    let client = values["client"].flatMap { fields.text($0, "an address or a range of addresses") }
    if let client, let node = values["client"], ClientAddresses(client) == nil {
      fields.complain(node, "expected an address or a range of addresses such as 10.0.0.0/8")
    }
    return DirectLogin(
      databaseUser: user, application: values["application"].flatMap { fields.text($0, "a program's name") },
      client: client, reason: reason, approvedBy: approver)
  }
}
