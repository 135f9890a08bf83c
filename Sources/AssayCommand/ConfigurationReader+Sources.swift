import Archives
import AuditTrail
import Foundation
import Policies
import YAMLFiles
import Yams

/// What `assay.yaml` says of the sources: their connections and users, and whose signatures count.
extension ConfigurationReader {
  /// Paths, or mappings that also name the server an archive is from, and what its times lack.
  func readArchives(_ node: Node, into configuration: inout Configuration) {
    for entry in fields.entries(node, "a path") {
      if entry.mapping == nil {
        if let text = fields.text(entry, "a path") { configuration.archives.append(path(text)) }
        continue
      }
      guard
        let values = fields.mapping(
          entry, "an archive",
          keys: ["path", "source", "format", "time_zone", "year", "exclude", "log_line_prefix"], required: ["path"]),
        let file = values["path"].flatMap({ fields.text($0, "a path") })
      else { continue }
      configuration.archives.append(path(file))
      if let source = values["source"].flatMap({ fields.text($0, "a server's name") }) {
        configuration.archiveSources.append((path(file), source))
      }
      if let format = values["format"].flatMap(format) { configuration.archiveFormats.append((path(file), format)) }
      for exclude in values["exclude"].map({ fields.texts($0, "a pattern such as *.tmp") }) ?? [] {
        configuration.archiveExcludes.append((path(file), exclude.text))
      }
      let setting = LogSetting(
        timeZone: values["time_zone"].flatMap(timeZone),
        year: values["year"].flatMap { fields.count($0, "a year", least: 1970) }.map { Int(clamping: $0) },
        linePrefix: values["log_line_prefix"]?.scalar?.string)
      if setting != LogSetting() { configuration.archiveLogs.append((path(file), setting)) }
    }
  }

  private func format(_ node: Node) -> ArchiveFormat? {
    guard let name = fields.text(node, "a format") else { return nil }
    do {
      switch ChosenFormat(argument: name) {
      case nil:
        fields.complain(node, "unknown format `\(name)`; `assay formats` lists them, mapping:FILE.yaml names a mapping")
        return nil
      case .known(let format): return format
      case .mapping(let file): return try ChosenFormat.mapping(path: path(file)).format()
      }
    } catch {
      fields.complain(
        node, "the mapping cannot be used: \((error as? FailureList)?.errors.first?.description ?? "\(error)")")
      return nil
    }
  }

  private func timeZone(_ node: Node) -> TimeZone? {
    guard let name = fields.text(node, "a time zone such as Europe/Berlin") else { return nil }
    let zone = TimeZone(identifier: name)
    if zone == nil { fields.complain(node, "unknown time zone `\(name)`; expected a name such as Europe/Berlin") }
    return zone
  }

  func readScope(_ node: Node, into configuration: inout Configuration) {
    guard let values = fields.mapping(node, "the scope", keys: ["connections", "sensitive"]) else { return }
    if let connections = values["connections"] {
      guard let mapping = connections.mapping else {
        fields.complain(connections, "expected connections as a mapping of names")
        return
      }
      for (key, value) in mapping {
        guard let name = fields.text(key, "a connection's name"),
          let settings = fields.mapping(value, "a connection", keys: ["environment", "approval_required"])
        else { continue }
        configuration.connections.append(
          Configuration.ConnectionSetting(
            name: name, environment: settings["environment"].flatMap { fields.text($0, "an environment") },
            approvalRequired: settings["approval_required"].flatMap { fields.flag($0, "approval_required") } ?? false))
      }
      configuration.connections.sort { $0.name < $1.name }
    }
    guard let sensitive = values["sensitive"] else { return }
    if sensitive.scalar?.string == "detect" {
      configuration.sensitive = .detect
    } else if sensitive.sequence?.isEmpty == true {
      configuration.sensitive = .columns([])
    } else {
      let columns = fields.texts(sensitive, "a column as table.column, or detect")
      for column in columns where column.text.split(separator: ".").count < 2 {
        fields.complain(column.node, "`\(column.text)` names no table; expected table.column")
      }
      configuration.sensitive = .columns(columns.map(\.text).sorted())
    }
  }

  func identity(_ node: Node) -> Configuration.IdentityMapping? {
    guard
      let values = fields.mapping(
        node, "an identity", keys: ["match", "user", "kind", "owner"], required: ["match", "kind"]),
      let match = values["match"].flatMap(identityMatch),
      let kind = values["kind"].flatMap({
        fields.choice($0, "kind", IdentityKind.allCases.map { ($0.rawValue, $0) })
      })
    else { return nil }
    if case .user = match, let name = values["user"] {
      fields.complain(name, "`user` names whom a login stands for; an identity that is matched by user has its name")
    }
    return Configuration.IdentityMapping(
      match: match, name: values["user"].flatMap { fields.text($0, "a user") }, kind: kind,
      owner: values["owner"].flatMap { fields.text($0, "an owner") })
  }

  /// By user, or where no user is recorded by login, program and address.
  private func identityMatch(_ node: Node) -> Configuration.IdentityMapping.Match? {
    guard let matched = fields.mapping(node, "match", keys: ["user", "database_user", "application", "client"]) else {
      return nil
    }
    func name(_ key: String, _ what: String) -> String? {
      matched[key].flatMap { fields.text($0, "\(what), in which * stands for any text") }
    }
    if matched["user"] != nil {
      guard matched.count == 1 else {
        fields.complain(
          node, "match by `user`, or where no user is recorded by `database_user`, `application`, `client`")
        return nil
      }
      return name("user", "a user").map { .user($0) }
    }
    guard !matched.isEmpty else {
      fields.complain(node, "match names nobody; expected `user`, `database_user`, `application` or `client`")
      return nil
    }
    var client: ClientAddresses?
    if let node = matched["client"] {
      client = fields.text(node, "an address or a range of addresses").flatMap(ClientAddresses.init)
      guard client != nil else {
        fields.complain(node, "expected an address or a range of addresses such as 10.0.0.0/8")
        return nil
      }
    }
    return .login(
      databaseUser: name("database_user", "a login"), application: name("application", "a program's name"),
      client: client)
  }

  func readTrust(_ values: [String: Node], into configuration: inout Configuration) {
    configuration.trustedKeys =
      values["trusted_keys"].map { fields.entries($0, "a key's PEM file").compactMap(trustedKey) } ?? []
    configuration.unsignedSources = values["unsigned_sources"].map(sourceNames) ?? []
    configuration.checkpoints = values["checkpoints"].map { fields.texts($0, "a path").map { path($0.text) } } ?? []
    guard values["trusted_keys"] == nil else { return }
    for name in ["unsigned_sources", "checkpoints"] {
      if let node = values[name] { fields.complain(node, "`\(name)` says nothing without `trusted_keys`") }
    }
  }

  /// Texts, or mappings for names that hold a blank.
  private func sourceNames(_ node: Node) -> [SourceName] {
    fields.entries(node, "a source").compactMap { entry in
      guard entry.mapping != nil else { return fields.text(entry, "a source").map { SourceName($0) } }
      guard let values = fields.mapping(entry, "a source", keys: ["name", "instance"], required: ["name"]),
        let name = values["name"].flatMap({ fields.text($0, "a proxy's name") })
      else { return nil }
      return SourceName(proxy: name, instance: values["instance"].flatMap { fields.text($0, "an instance's name") })
    }
  }

  /// A path, or a mapping that says more.
  private func trustedKey(_ node: Node) -> Configuration.TrustedKeySetting? {
    if let text = node.scalar?.string, !text.isEmpty { return Configuration.TrustedKeySetting(key: path(text)) }
    guard
      let values = fields.mapping(
        node, "a trusted key", keys: ["key", "owner", "role", "from", "until", "revoked", "sources"],
        required: ["key"]),
      let key = values["key"].flatMap({ fields.text($0, "a PEM file") })
    else { return nil }
    var setting = Configuration.TrustedKeySetting(key: path(key))
    setting.owner = values["owner"].flatMap { fields.text($0, "an owner") }
    setting.role = values["role"].flatMap {
      fields.choice($0, "role", TrustedKey.Role.allCases.map { ($0.rawValue, $0) })
    }
    setting.from = values["from"].flatMap { fields.moment($0, "a time") }
    setting.until = values["until"].flatMap { fields.moment($0, "a time") }
    setting.revoked = values["revoked"].flatMap { fields.moment($0, "a time") }
    setting.sources = values["sources"].map(sourceNames) ?? []
    if let from = setting.from, let until = setting.until, from >= until {
      fields.complain(values["until"] ?? node, "the key ends before it begins")
    }
    return setting
  }
}
