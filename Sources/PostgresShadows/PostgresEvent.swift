import Postgres
import Replay

/// What an event trigger of ours said of a command on objects.
enum PostgresEvent: Sendable {
  /// An object that is gone. `isOriginal`: the command named it; `isNormal`: it went by a cascade that is not a formality.
  struct Drop: Sendable {
    let type: String
    let schema: String
    let name: String
    let identity: String
    let isOriginal: Bool
    let isNormal: Bool
    let isTemporary: Bool
    let oid: UInt32
    /// The last part of its address: a column's or policy's own name.
    let lastName: String
    /// A column's number; 0 for all else.
    let column: Int64
  }

  /// An object that was made or altered.
  struct Change: Sendable {
    let tag: String
    let type: String
    let schema: String
    let identity: String
    let oid: UInt32
    let name: String
    let kind: String
    let file: UInt32
    let security: PostgresRelation.RowSecurity
    let isSecurityDefiner: Bool
    let isTemporary: Bool
    let root: UInt32
    /// Whether it belongs to another than the session's role by now.
    let isOthers: Bool
    let columnCount: Int64
    /// The table of a policy that lets more rows through; 0 for all else.
    ///
    /// Source: PostgreSQL 15, CREATE POLICY, "permissive policies are combined with OR".
    let shown: UInt32

    /// Whether it is code that runs when others name it, or what it stands on.
    var isCode: Bool {
      [
        "function", "procedure", "aggregate", "operator", "cast", "trigger", "rule", "domain constraint", "policy",
        "extension",
      ]
      .contains(type)
    }

    var relation: PostgresRelation? {
      guard oid != 0, !kind.isEmpty, "rpvmf".contains(kind) else { return nil }
      var relation = PostgresRelation(
        oid: oid, schema: schema, name: name, kind: kind, root: root == 0 ? oid : root, isTemporary: isTemporary)
      relation.security = security
      relation.columnCount = columnCount
      return relation
    }
  }

  case drop(Drop)
  case change(Change)
  /// A table's rows are about to be written again, and whether for another type of a column.
  case rewrite(UInt32, changesType: Bool)

  /// Reads what an event trigger of ours wrote down; `nil` for what is not known.
  init?(_ fields: [String]) {
    func isTrue(_ field: String) -> Bool { field == "true" }
    switch fields.first {
    case "drop" where fields.count == 11:
      self = .drop(
        Drop(
          type: fields[1], schema: fields[2], name: fields[3], identity: fields[4], isOriginal: isTrue(fields[5]),
          isNormal: isTrue(fields[6]), isTemporary: isTrue(fields[7]), oid: UInt32(fields[8]) ?? 0,
          lastName: fields[9], column: Int64(fields[10]) ?? 0))
    case "end" where fields.count == 17:
      self = .change(
        Change(
          tag: fields[1], type: fields[2], schema: fields[3], identity: fields[4], oid: UInt32(fields[5]) ?? 0,
          name: fields[6], kind: fields[7], file: UInt32(fields[8]) ?? 0,
          security: .init(isOn: isTrue(fields[9]), isForced: isTrue(fields[10])), isSecurityDefiner: isTrue(fields[11]),
          isTemporary: isTrue(fields[12]), root: UInt32(fields[13]) ?? 0, isOthers: isTrue(fields[14]),
          columnCount: Int64(fields[15]) ?? 0,
          shown: UInt32(fields[16]) ?? 0))
    case "rewrite" where fields.count == 3:
      self = .rewrite(UInt32(fields[1]) ?? 0, changesType: (Int(fields[2]) ?? 0) & 4 != 0)
    default: return nil
    }
  }
}
