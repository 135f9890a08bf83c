/// The member names of libpg_query's trees that facts are drawn from, spelt as there.
// swift-format-ignore: AlwaysUseLowerCamelCase
enum Key: String, CaseIterable {
  /// Any other name.
  case unknown = ""
  case SelectStmt, InsertStmt, UpdateStmt, DeleteStmt, MergeStmt, TruncateStmt, CopyStmt, CallStmt, DoStmt,
    ExplainStmt, PrepareStmt, DeclareCursorStmt, CreateTableAsStmt, TransactionStmt, VariableSetStmt, ReturnStmt,
    CreateStmt, CreateForeignTableStmt, ViewStmt, IndexStmt, CreateFunctionStmt, CreateSchemaStmt, CreateSeqStmt,
    AlterSeqStmt, CreateRoleStmt, AlterRoleStmt, AlterRoleSetStmt, DropRoleStmt, CreatedbStmt, AlterDatabaseStmt,
    AlterDatabaseSetStmt, AlterDatabaseRefreshCollStmt, DropdbStmt, CreateExtensionStmt, AlterExtensionStmt,
    AlterExtensionContentsStmt, CreateTrigStmt, CreateEventTrigStmt, AlterEventTrigStmt, CreatePolicyStmt,
    AlterPolicyStmt, RuleStmt, CompositeTypeStmt, CreateEnumStmt, CreateRangeStmt, CreateDomainStmt, AlterDomainStmt,
    AlterEnumStmt, AlterTypeStmt, DefineStmt, CreateCastStmt, CreateConversionStmt, CreateFdwStmt, AlterFdwStmt,
    CreateForeignServerStmt, AlterForeignServerStmt, CreateUserMappingStmt, AlterUserMappingStmt, DropUserMappingStmt,
    CreatePLangStmt, CreatePublicationStmt, AlterPublicationStmt, CreateSubscriptionStmt, AlterSubscriptionStmt,
    DropSubscriptionStmt, CreateStatsStmt, AlterStatsStmt, CreateTableSpaceStmt, DropTableSpaceStmt,
    AlterTableSpaceOptionsStmt, CreateOpClassStmt, CreateOpFamilyStmt, AlterOpFamilyStmt, CreateTransformStmt,
    CreateAmStmt, AlterTableStmt, AlterTableMoveAllStmt, AlterObjectSchemaStmt, AlterObjectDependsStmt,
    AlterOwnerStmt, AlterOperatorStmt, AlterCollationStmt, AlterTSDictionaryStmt, AlterTSConfigurationStmt,
    RenameStmt, AlterFunctionStmt, AlterSystemStmt, AlterDefaultPrivilegesStmt, CommentStmt, SecLabelStmt, GrantStmt,
    GrantRoleStmt, ReassignOwnedStmt, DropOwnedStmt, ImportForeignSchemaStmt, DropStmt, stmts, stmt, stmt_location,
    stmt_len, targetList, fromClause, whereClause, groupClause, havingClause, windowClause, valuesLists, sortClause,
    limitCount, limitOffset, withClause, all, larg, rarg, intoClause, distinctClause, relation, cols, selectStmt,
    onConflictClause, returningList, usingClause, action, infer, ctes, recursive, ctename, aliascolnames, ctequery,
    RangeVar, RangeSubselect, RangeTableSample, JoinExpr, CommonTableExpr, schemaname, relname, alias, aliasname,
    colnames, subquery, lateral, functions, coldeflist, colname, node, quals, isNatural, ResTarget, ColumnRef, A_Star,
    A_Const, A_Expr, A_Indirection, A_ArrayExpr, BoolExpr, BooleanTest, NullTest, CaseExpr, CaseWhen, CoalesceExpr,
    FuncCall, List, SubLink, TypeCast, TypeName, `String`, CollateClause, name, val, fields, funcname, args, arg,
    sval, ival, fval, boolval, isnull, kind, lexpr, rexpr, boolop, elements, booltesttype, nulltesttype, defresult,
    expr, result, subLinkType, testexpr, subselect, typeName, def, names, number, location, items, query, options,
    object, objects, objtype, objectType, removeType, renameType, relationType, relations, is_from, is_program,
    filename, attlist, funccall, defname, DefElem, sql_body, into, rel, is_grant, targtype, granted_roles, roles,
    role, rolename, roletype, idxname, schemaElts, sequence, dbname, extname, trigname, policy_name, table, rulename,
    actions, typevar, domainname, defnames, fdwname, servername, plname, authrole, opername, pubname, subname,
    tablespacename, amname, opclassname, opfamilyname, dictname, cfgname, conversion_name, type_name, is_procedure,
    objname, cmds, subtype, AlterTableCmd, base, view, setstmt, `func`, joinCondition, sourceRelation,
    mergeWhenClauses, MergeWhenClause, commandType, condition, values, priv_name, dynquery, targettype, local_schema,
    collname, operName, PLpgSQL_stmt_execsql, PLpgSQL_stmt_dynexecute, PLpgSQL_stmt_perform, PLpgSQL_stmt_fors,
    PLpgSQL_stmt_return_query, PLpgSQL_stmt_open, PLpgSQL_stmt_forc, PLpgSQL_stmt_dynfors, PLpgSQL_stmt_call, version

  private static let known = KeyTable()

  /// The key of the name in those bytes.
  static func of(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Key { known.find(bytes, name) }
}

/// An open-addressing table from names to keys, far faster than a dictionary of strings.
private struct KeyTable {
  private struct Slot {
    var key = Key.unknown
    var start = 0
    var count = 0
  }

  private var slots = [Slot](repeating: Slot(), count: 2_048)
  private var names: [UInt8] = []

  init() {
    for key in Key.allCases where key != .unknown {
      let name = Array(key.rawValue.utf8)
      var slot = KeyTable.hash(name.span, 0..<name.count)
      while slots[slot].count > 0 { slot = (slot + 1) & 2_047 }
      slots[slot] = Slot(key: key, start: names.count, count: name.count)
      names += name
    }
  }

  func find(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Key {
    var slot = KeyTable.hash(bytes, name)
    while slots[slot].count > 0 {
      if slots[slot].count == name.count, equals(slots[slot].start, bytes, name) { return slots[slot].key }
      slot = (slot + 1) & 2_047
    }
    return .unknown
  }

  private func equals(_ start: Int, _ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
    for offset in 0..<name.count where names[start + offset] != bytes[name.lowerBound + offset] { return false }
    return true
  }

  private static func hash(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Int {
    var hash: UInt32 = 2_166_136_261
    for index in name { hash = (hash ^ UInt32(bytes[index])) &* 16_777_619 }
    return Int((hash ^ (hash >> 15)) & 2_047)
  }
}
