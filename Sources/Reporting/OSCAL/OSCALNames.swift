import AuditTrail
import Digests
import Evidence

/// The UUIDs of an OSCAL document: version 5, each from the kind of a thing and its names, so that the same thing has the
/// same one in every document. What belongs to a report is named by its organisation, system and period as well.
struct OSCALNames {
  /// The namespace of the program's own UUIDs.
  static let namespace: [UInt8] = [
    0x90, 0xE9, 0x12, 0x75, 0x45, 0x52, 0x40, 0x74, 0xAD, 0x02, 0xE3, 0x17, 0xDF, 0x4F, 0x53, 0x51,
  ]
  /// The namespace of the program's own properties: a name below a domain that nobody can own (RFC 6761), since readers
  /// refuse an address without `//`.
  static let address = "https://assay.invalid/ns/oscal"

  private let scope: [String]

  init(_ model: EvidenceModel) { scope = [model.organization, model.system, model.period.label] }

  /// What belongs to the report.
  func uuid(_ kind: String, _ names: String...) -> NameUUID { Self.uuid([kind] + names + scope) }

  /// What is the same in every report.
  static func shared(_ kind: String, _ names: String...) -> NameUUID { uuid([kind] + names) }

  private static func uuid(_ names: [String]) -> NameUUID {
    NameUUID(names.joined(separator: "\u{1F}"), in: namespace)
  }

  func observation(_ test: TestID) -> NameUUID { uuid("observation", test.rawValue) }
  func risk(_ test: TestID) -> NameUUID { uuid("risk", test.rawValue) }
  func resource(_ path: String) -> NameUUID { uuid("resource", path) }
  var organization: NameUUID { uuid("organization") }
  var system: NameUUID { uuid("system") }
  static func tool(_ version: String) -> NameUUID { shared("tool", version) }
  static let catalog = shared("catalog")
}

extension OSCALNode {
  /// A property of the program's own namespace.
  static func prop(_ name: String, _ value: String) -> OSCALNode {
    object(["name": .token(name), "ns": .address(OSCALNames.address), "value": .name(value)])
  }

  /// A figure as a property.
  static func prop(_ name: String, _ value: some BinaryInteger) -> OSCALNode { prop(name, String(value)) }

  /// The origin of all that the document says: the program.
  static func origin(_ model: EvidenceModel) -> OSCALNode {
    object([
      "actors": .list([
        object(["type": .token("tool"), "actor-uuid": .uuid(OSCALNames.tool(model.toolVersion))])
      ])
    ])
  }
}
