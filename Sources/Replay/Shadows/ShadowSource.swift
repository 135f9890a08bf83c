public import AuditTrail

/// Where a shadow comes from: a script or a dump, which make a shadow by birth, or a database, which must hold the marker.
public struct ShadowSource: Sendable, Hashable, CustomStringConvertible {
  /// What is named.
  public enum Kind: Sendable, Hashable {
    /// An embedded database's file, which must hold the marker.
    case database
    /// A script for an embedded database.
    case script
    /// A dump of a server's database, loaded into a throw-away server.
    case dump
    /// A database of a running server, which must hold the marker.
    case server
  }

  /// Which of them.
  public let kind: Kind
  /// The file, as the user gave it; of a running server, its address without role and password.
  public let path: String
  /// What stands before the path, such as `sqlite:`.
  package let prefix: String
  /// The text itself, which may hold a password.
  package let text: String

  /// A source as an engine reads it.
  package init(_ kind: Kind, path: String, prefix: String, text: String) {
    self.kind = kind
    self.path = path
    self.prefix = prefix
    self.text = text
  }

  /// Whether a server's processes are needed.
  public var needsServer: Bool { kind == .dump || kind == .server }

  /// The source as it was typed, without role and password.
  public var description: String { label(path) }

  /// The source with another name for its file, such as one that does not depend on where a command was run.
  public func label(_ path: String) -> String { kind == .server ? self.path : prefix + path }
}

/// What a user says of a shadow beyond its files.
public struct ShadowOptions: Sendable {
  /// What its rows are; overrides the marker.
  public var basis: Basis?
  /// The moment it is a copy of; overrides the marker.
  public var asOf: Timestamp?
  /// Production's row counts, where they are known.
  public var production = ProductionRows()
  /// What evidence calls the source, so that a package does not depend on where a command was run; `nil` is as typed.
  public var label: String?
  /// Whether a running server may be used as its superuser.
  public var allowSuperuser = false

  /// Nothing said.
  public init(
    basis: Basis? = nil, asOf: Timestamp? = nil, production: ProductionRows = ProductionRows(), label: String? = nil
  ) {
    self.basis = basis
    self.asOf = asOf
    self.production = production
    self.label = label
  }
}
