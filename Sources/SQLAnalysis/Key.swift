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

  /// The keys by their names.
  static let byName = KeyTable()
}

/// An open-addressing table from names to keys, far faster than a dictionary of strings.
struct KeyTable {
  private struct Slot {
    var key = Key.unknown
    var start: UInt16 = 0
    var count: UInt16 = 0
  }

  private var slots = [Slot](repeating: Slot(), count: 2_048)
  private var names: [UInt8] = []

  init() {
    for key in Key.allCases where key != .unknown {
      let name = Array(key.rawValue.utf8)
      var slot = KeyTable.hash(name.span, 0..<name.count)
      while slots[slot].count > 0 { slot = (slot + 1) & 2_047 }
      slots[slot] = Slot(key: key, start: UInt16(names.count), count: UInt16(name.count))
      names += name
    }
  }

  /// The key of the name in those bytes.
  func find(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Key {
    var slot = KeyTable.hash(bytes, name)
    while slots[slot].count > 0 {
      let candidate = slots[slot]
      if Int(candidate.count) == name.count {
        var offset = 0
        while offset < name.count, names[Int(candidate.start) &+ offset] == bytes[name.lowerBound &+ offset] {
          offset &+= 1
        }
        if offset == name.count { return candidate.key }
      }
      slot = (slot + 1) & 2_047
    }
    return .unknown
  }

  /// Of a few bytes only: which names there are is known, so that how they fall is too.
  @inline(__always) private static func hash(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Int {
    let count = name.count
    guard count > 0 else { return 0 }
    let start = name.lowerBound
    var hash = UInt32(truncatingIfNeeded: count)
    hash = (hash ^ UInt32(bytes[start])) &* 0x9e37_79b1
    hash = (hash ^ UInt32(bytes[start &+ count >> 2])) &* 0x9e37_79b1
    hash = (hash ^ UInt32(bytes[start &+ count >> 1])) &* 0x9e37_79b1
    hash = (hash ^ UInt32(bytes[start &+ (3 &* count) >> 2])) &* 0x9e37_79b1
    hash = (hash ^ UInt32(bytes[start &+ count &- 1])) &* 0x9e37_79b1
    return Int(hash >> 21)
  }
}
