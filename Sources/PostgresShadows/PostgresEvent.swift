import Postgres
import Replay

/// What an event trigger of ours said of a command on objects.
enum PostgresEvent: Sendable {
  /// An object that is gone. `isOriginal`: the command named it; `isNormal`: it went by a cascade that is no formality.
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
    let owner: UInt32

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
      return relation
    }
  }

  case drop(Drop)
  case change(Change)
  /// A table's rows are about to be written anew.
  case rewrite(UInt32)

  /// Reads what an event trigger of ours wrote down; `nil` for what is not known.
  init?(_ fields: [String]) {
    func isTrue(_ field: String) -> Bool { field == "true" }
    switch fields.first {
    case "drop" where fields.count == 10:
      self = .drop(
        Drop(
          type: fields[1], schema: fields[2], name: fields[3], identity: fields[4], isOriginal: isTrue(fields[5]),
          isNormal: isTrue(fields[6]), isTemporary: isTrue(fields[7]), oid: UInt32(fields[8]) ?? 0,
          lastName: fields[9]))
    case "end" where fields.count == 15:
      self = .change(
        Change(
          tag: fields[1], type: fields[2], schema: fields[3], identity: fields[4], oid: UInt32(fields[5]) ?? 0,
          name: fields[6], kind: fields[7], file: UInt32(fields[8]) ?? 0,
          security: .init(isOn: isTrue(fields[9]), isForced: isTrue(fields[10])), isSecurityDefiner: isTrue(fields[11]),
          isTemporary: isTrue(fields[12]), root: UInt32(fields[13]) ?? 0, owner: UInt32(fields[14]) ?? 0))
    case "rewrite" where fields.count == 2: self = .rewrite(UInt32(fields[1]) ?? 0)
    default: return nil
    }
  }
}
