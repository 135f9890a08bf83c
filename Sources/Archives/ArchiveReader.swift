import AuditTrail

/// Reads archives of one format: a folder under `Archives`, and a line in ``ArchiveFormat/allCases``.
protocol ArchiveReader: ~Copyable, SendableMetatype {
  /// The name for `--format` and in summaries.
  static var name: String { get }
  /// What a person calls the format.
  static var title: String { get }
  /// How it is told from the others, always by content and never by the file's name.
  static var detection: String { get }
  /// How its entries are laid out in the file.
  static var entries: String { get }
  /// What its records can show besides sessions and statements.
  static var shows: Set<ArchiveContent> { get }
  /// What writes it, where the archive does not say so itself.
  static var producer: String? { get }

  /// Whether content is of the format, by the entry that begins there. Throws where it is, and cannot be read all the same.
  static func tells(_ start: EntryStart) throws(Rejection) -> Bool

  /// A reader of one archive.
  init(options: ReadOptions)
  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError)
  /// What was found, into a summary.
  mutating func report(into summary: inout ArchiveSummary, flags: inout Set<String>)
}

/// What an archive can hold besides sessions and their statements.
public enum ArchiveContent: String, Sendable, Hashable, CaseIterable {
  /// Who acted: a person, a service or an agent.
  case identities
  /// What a proxy decided.
  case decisions
  /// Requests for approval and their results.
  case approvals
  /// Rows, durations or errors.
  case results
  /// The values of parameters.
  case parameters
  /// Changes of policies.
  case policyChanges = "policy_changes"
  /// Changes of access.
  case accessChanges = "access_changes"
  /// Signs of life.
  case heartbeats
  /// A seal over its lines.
  case seal
}

/// A place in the content where an entry may begin.
struct EntryStart {
  /// The content from there on, as far as it is looked at.
  let bytes: ArraySlice<UInt8>
  /// Whether nothing but white space comes before it.
  let isFirst: Bool
  /// The JSON object that begins there; empty where none does.
  let object: ShallowObject

  init(_ bytes: ArraySlice<UInt8>, isFirst: Bool) {
    self.bytes = bytes
    self.isFirst = isFirst
    object = ShallowObject(bytes)
  }

  /// The first object of the file's own: that of a line, of an array, or of a list envelope; an envelope comes before its first.
  var elements: [ShallowObject] {
    var objects = [object]
    if isFirst, bytes.first == 0x5B { objects.append(ShallowObject(bytes.dropFirst().drop(while: \.isJSONSpace))) }
    if let data = object.dataStart { objects.append(ShallowObject(bytes[data...].drop(while: \.isJSONSpace))) }
    return objects
  }
}
