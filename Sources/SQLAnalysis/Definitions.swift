import AuditTrail

extension Walk {
  /// A command that defines something: what it does, to what type of object, and which member names it.
  private struct Definition {
    var kind: CommandKind
    var type: String
    var name: Key

    init(_ kind: CommandKind, _ type: String, _ name: Key) {
      self.kind = kind
      self.type = type
      self.name = name
    }
  }

  /// The commands whose tree names one object in one place.
  private static let definitions: [Key: Definition] = [
    .CreateStmt: Definition(.create, "table", .relation), .ViewStmt: Definition(.create, "view", .view),
    .IndexStmt: Definition(.create, "index", .idxname), .CreateSchemaStmt: Definition(.create, "schema", .schemaname),
    .CreateSeqStmt: Definition(.create, "sequence", .sequence),
    .AlterSeqStmt: Definition(.alter, "sequence", .sequence), .CreateRoleStmt: Definition(.create, "role", .role),
    .AlterRoleStmt: Definition(.alter, "role", .role), .AlterRoleSetStmt: Definition(.alter, "role", .role),
    .DropRoleStmt: Definition(.drop, "role", .roles), .CreatedbStmt: Definition(.create, "database", .dbname),
    .AlterDatabaseStmt: Definition(.alter, "database", .dbname),
    .AlterDatabaseSetStmt: Definition(.alter, "database", .dbname),
    .AlterDatabaseRefreshCollStmt: Definition(.alter, "database", .dbname),
    .DropdbStmt: Definition(.drop, "database", .dbname),
    .CreateExtensionStmt: Definition(.create, "extension", .extname),
    .AlterExtensionStmt: Definition(.alter, "extension", .extname),
    .AlterExtensionContentsStmt: Definition(.alter, "extension", .extname),
    .CreateEventTrigStmt: Definition(.create, "event_trigger", .trigname),
    .AlterEventTrigStmt: Definition(.alter, "event_trigger", .trigname),
    .CompositeTypeStmt: Definition(.create, "type", .typevar), .CreateEnumStmt: Definition(.create, "type", .typeName),
    .CreateRangeStmt: Definition(.create, "type", .typeName), .AlterEnumStmt: Definition(.alter, "type", .typeName),
    .AlterTypeStmt: Definition(.alter, "type", .typeName),
    .CreateDomainStmt: Definition(.create, "domain", .domainname),
    .AlterDomainStmt: Definition(.alter, "domain", .typeName), .CreateFdwStmt: Definition(.create, "fdw", .fdwname),
    .AlterFdwStmt: Definition(.alter, "fdw", .fdwname),
    .CreateForeignServerStmt: Definition(.create, "foreign_server", .servername),
    .AlterForeignServerStmt: Definition(.alter, "foreign_server", .servername),
    .CreateUserMappingStmt: Definition(.create, "user_mapping", .servername),
    .AlterUserMappingStmt: Definition(.alter, "user_mapping", .servername),
    .DropUserMappingStmt: Definition(.drop, "user_mapping", .servername),
    .CreatePLangStmt: Definition(.create, "language", .plname),
    .CreatePublicationStmt: Definition(.create, "publication", .pubname),
    .AlterPublicationStmt: Definition(.alter, "publication", .pubname),
    .CreateSubscriptionStmt: Definition(.create, "subscription", .subname),
    .AlterSubscriptionStmt: Definition(.alter, "subscription", .subname),
    .DropSubscriptionStmt: Definition(.drop, "subscription", .subname),
    .CreateStatsStmt: Definition(.create, "statistics", .defnames),
    .AlterStatsStmt: Definition(.alter, "statistics", .defnames),
    .CreateTableSpaceStmt: Definition(.create, "tablespace", .tablespacename),
    .DropTableSpaceStmt: Definition(.drop, "tablespace", .tablespacename),
    .AlterTableSpaceOptionsStmt: Definition(.alter, "tablespace", .tablespacename),
    .CreateOpClassStmt: Definition(.create, "opclass", .opclassname),
    .CreateOpFamilyStmt: Definition(.create, "opfamily", .opfamilyname),
    .AlterOpFamilyStmt: Definition(.alter, "opfamily", .opfamilyname),
    .CreateConversionStmt: Definition(.create, "conversion", .conversion_name),
    .CreateTransformStmt: Definition(.create, "transform", .type_name),
    .CreateCastStmt: Definition(.create, "cast", .targettype),
    .CreateAmStmt: Definition(.create, "access_method", .amname),
    .AlterCollationStmt: Definition(.alter, "collation", .collname),
    .AlterTSDictionaryStmt: Definition(.alter, "tsdictionary", .dictname),
    .AlterTSConfigurationStmt: Definition(.alter, "tsconfiguration", .cfgname),
    .AlterOperatorStmt: Definition(.alter, "operator", .opername),
    .AlterTableMoveAllStmt: Definition(.alter, "tablespace", .tablespacename),
    .ImportForeignSchemaStmt: Definition(.create, "foreign_table", .local_schema),
    .ReassignOwnedStmt: Definition(.alter, "role", .roles), .DropOwnedStmt: Definition(.drop, "role", .roles),
  ]

  /// Walks a command that is not a query, manipulation or utility.
  mutating func definition(_ node: Int) {
    switch tree.key(node) {
    case .DropStmt: drop(node)
    case .AlterTableStmt: alterTable(node)
    case .RenameStmt: rename(node)
    case .AlterObjectSchemaStmt, .AlterOwnerStmt, .AlterObjectDependsStmt:
      kind(.alter)
      let type = tree.text(node, .objectType)
      if let name = tree.member(node, .relation) ?? tree.member(node, .object) { object(objectType(type), name) }
    case .AlterFunctionStmt:
      kind(.alter)
      if let function = tree.member(node, .func) { object(objectType(tree.text(node, .objtype)), function) }
    case .AlterSystemStmt:
      kind(.alter)
      if let set = tree.member(node, .setstmt), let name = tree.member(set, .name) { object("setting", name) }
    case .CommentStmt, .SecLabelStmt:
      kind(.other)
      if let name = tree.member(node, .object) { object(objectType(tree.text(node, .objtype)), name) }
    case .GrantStmt: grant(node)
    case .GrantRoleStmt:
      kind(tree.flag(node, .is_grant) ? .grant : .revoke)
      for role in tree.list(node, .granted_roles) { object("role", role) }
    case .AlterDefaultPrivilegesStmt:
      kind(.alter)
      if let action = tree.member(node, .action) { grant(action) }
    case .CreateForeignTableStmt:
      kind(.create)
      if let base = tree.member(node, .base).flatMap({ tree.member($0, .relation) }) { object("foreign_table", base) }
    case .CreateFunctionStmt: createFunction(node)
    case .CreateTrigStmt:
      kind(.create)
      attached("trigger", node, name: .trigname, to: .relation)
      function(tree.member(node, .funcname))
    case .CreatePolicyStmt, .AlterPolicyStmt:
      kind(tree.key(node) == .CreatePolicyStmt ? .create : .alter)
      attached("policy", node, name: .policy_name, to: .table)
    case .RuleStmt: rule(node)
    case .DefineStmt:
      kind(.create)
      if let names = tree.member(node, .defnames) { object(objectType(tree.text(node, .kind)), names) }
    default: listed(node)
    }
  }

  private mutating func listed(_ node: Int) {
    guard let definition = Self.definitions[tree.key(node)] else { return kind(.other) }
    kind(definition.kind)
    if let name = tree.member(node, definition.name) { object(definition.type, name) }
    switch tree.key(node) {
    case .IndexStmt:
      if tree.member(node, .idxname) == nil { object("index", name: "") }
    case .CreateSchemaStmt:
      if tree.member(node, .schemaname) == nil, let role = tree.member(node, .authrole) { object("schema", role) }
      for element in tree.list(node, .schemaElts) {
        guard let inner = tree.unwrapped(element) else { continue }
        draft(nested: true) { $0.command(inner) }
      }
    case .ViewStmt:
      if let select = tree.member(node, .query).flatMap({ tree.unwrapped($0, as: .SelectStmt) }) { _ = query(select) }
    default: break
    }
  }

  private mutating func drop(_ node: Int) {
    kind(.drop)
    let type = objectType(tree.text(node, .removeType))
    for item in tree.list(node, .objects) { object(type, item) }
  }

  private mutating func alterTable(_ node: Int) {
    kind(.alter)
    guard let relation = tree.member(node, .relation) else { return }
    object(objectType(tree.text(node, .objtype)), relation)
    let table = name(relation)
    for command in tree.list(node, .cmds) {
      guard let command = tree.unwrapped(command, as: .AlterTableCmd) else { continue }
      switch tree.text(command, .subtype) {
      case "AT_AddColumn":
        let definition = tree.member(command, .def).flatMap({ tree.unwrapped($0) })
        if let column = definition.flatMap({ tree.text($0, .colname) }) { object("column", name: "\(table).\(column)") }
      case "AT_DropColumn", "AT_AlterColumnType", "AT_ColumnDefault", "AT_SetNotNull", "AT_DropNotNull":
        if let column = tree.text(command, .name) { object("column", name: "\(table).\(column)") }
      default: break
      }
    }
  }

  private mutating func rename(_ node: Int) {
    kind(.alter)
    let type = objectType(tree.text(node, .renameType))
    let part = tree.text(node, .subname) ?? ""
    if type == "column" || type == "attribute" || type.hasSuffix("constraint"),
      let relation = tree.member(node, .relation)
    {
      object(objectType(tree.text(node, .relationType)), relation)
      object(type, name: "\(name(relation)).\(part)")
    } else if ["trigger", "rule", "policy"].contains(type), let relation = tree.member(node, .relation) {
      object(type, name: "\(name(relation)).\(part)")
    } else if let named = tree.member(node, .relation) ?? tree.member(node, .object) {
      object(type, named)
    } else {
      object(type, name: part)
    }
  }

  private mutating func grant(_ node: Int) {
    kind(tree.flag(node, .is_grant) ? .grant : .revoke)
    let type = objectType(tree.text(node, .objtype))
    if tree.text(node, .targtype, is: "ACL_TARGET_DEFAULTS") { return object(type, name: "") }
    let isAllInSchema = tree.text(node, .targtype, is: "ACL_TARGET_ALL_IN_SCHEMA")
    for item in tree.list(node, .objects) {
      if isAllInSchema { object(type, name: name(item) + ".*") } else { object(type, item) }
    }
  }

  private mutating func rule(_ node: Int) {
    kind(.create)
    attached("rule", node, name: .rulename, to: .relation)
    var entries: [ScopeEntry] = []
    if let relation = tree.member(node, .relation) {
      let place = table(relation)
      entries = ["old", "new"].map { ScopeEntry(name: $0, table: place) }
    }
    scopes.append(entries)
    defer { scopes.removeLast() }
    expression(of: node, .whereClause)
    for action in tree.list(node, .actions) {
      guard let inner = tree.unwrapped(action) else { continue }
      draft(nested: true) { $0.command(inner) }
    }
  }

  // MARK: Names

  private mutating func attached(_ type: String, _ node: Int, name key: Key, to relation: Key) {
    let table = tree.member(node, relation).map({ name($0) }) ?? ""
    object(type, name: "\(table).\(tree.text(node, key) ?? "")")
  }

  /// Notes an object by the node that names it; several for a list of nodes.
  mutating func object(_ type: String, _ node: Int) {
    let isListOfNodes =
      tree.nodes[node].kind == .array
      && tree.firstChild(node).flatMap({ tree.unwrapped($0) }).map {
        tree.key($0) != .String
      } == true
    guard isListOfNodes else { return object(type, name: name(node)) }
    for child in tree.children(node) { object(type, name: name(child)) }
  }

  mutating func object(_ type: String, name: String) {
    drafts[current].objects.append(ObjectReference(type: type, name: name))
  }

  /// `OBJECT_TABLE` as `table`.
  func objectType(_ constant: String?) -> String {
    let type = (constant ?? "").lowercased()
    return type.hasPrefix("object_") ? String(type.dropFirst(7)) : type
  }

  /// The name that a node of any form spells: a string, a list of them, a relation, a role, a type, a function.
  func name(_ node: Int) -> String {
    let value = tree.nodes[node]
    switch value.kind {
    case .string: return tree.text(node) ?? ""
    case .array: return tree.nameParts(node).joined(separator: ".")
    case .object: break
    default: return ""
    }
    if let relation = tree.text(node, .relname) {
      return tree.text(node, .schemaname).map { "\($0).\(relation)" } ?? relation
    }
    if let role = tree.text(node, .rolename) { return role }
    if let type = tree.text(node, .roletype) {
      return type.hasPrefix("ROLESPEC_") ? type.dropFirst(9).lowercased() : type.lowercased()
    }
    for key in [Key.objname, .names, .items] {
      if let list = tree.member(node, key) {
        let parts = tree.children(list).compactMap { child -> String? in name(child) }
        return parts.filter { !$0.isEmpty && $0 != "pg_catalog" }.joined(separator: ".")
      }
    }
    for key in [Key.sval, .priv_name] {
      if let text = tree.text(node, key) { return text }
    }
    return tree.unwrapped(node).map({ name($0) }) ?? ""
  }
}
