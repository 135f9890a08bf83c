public import AuditTrail

/// What is known of a statement when it is decided; `nil` is unknown, never "not given".
public struct Request: Sendable {
  /// What its text says, prepared once per distinct text.
  public var facts: PreparedFacts?
  /// The text, for `text` predicates and for hoop's own matching.
  public var text: String?
  /// The whole script it belongs to, where the proxy saw it as one text (hoop's exec).
  public var script: String?
  /// Who.
  public var identity: Identity?
  /// On what.
  public var connection: Connection?
  /// From where.
  public var client: Client?
  /// Whether a ticket or reason was given.
  public var purposeGiven: Bool?
  /// Whether an approval was in force.
  public var approved: Bool?
  /// When.
  public var time: Timestamp?
  /// Whether ``AuditTrail/RedactionMark`` stands for what was taken from the text and from names, and the user is none.
  public var isRedacted: Bool
  /// The client's address, read once.
  let address: NetworkAddress?

  /// A request.
  public init(
    facts: PreparedFacts?, text: String? = nil, script: String? = nil, identity: Identity? = nil,
    connection: Connection? = nil, client: Client? = nil, purposeGiven: Bool? = nil, approved: Bool? = nil,
    time: Timestamp? = nil, isRedacted: Bool = false
  ) {
    self.facts = facts
    self.text = text
    self.script = script
    self.identity = identity
    self.connection = connection
    self.client = client
    self.purposeGiven = purposeGiven
    self.approved = approved
    self.time = time
    self.isRedacted = isRedacted
    address = client?.address.flatMap { NetworkAddress(recorded: $0) }
  }
}

/// Facts in the form that rules are matched on: made once per distinct text.
public struct PreparedFacts: Sendable {
  struct Command: Sendable {
    let kinds: UInt32
    let predicate: UInt8
    let hasLimit: Bool?
    let reads: [ColumnReference]
    let writes: [ColumnReference]
    let objects: [String]
    let functions: [String]
    /// Which tables it reads and writes, roughly.
    let readTables: TableFilter
    let writtenTables: TableFilter

    /// Whether the command's first word names no kind, in a text that did not parse: it may do anything.
    func isKindUnknown(parsed: Bool) -> Bool { !parsed && kinds == CommandKind.other.bit }
  }

  let parsed: Bool
  let isMultiple: Bool
  let isOverApproximate: Bool
  let commands: [Command]
  /// Every kind that occurs; all bits where no kind is known.
  let kinds: UInt32

  /// Facts, prepared.
  public init(_ facts: Facts) {
    parsed = facts.parsed
    isMultiple = facts.commandCount > 1
    isOverApproximate = facts.overApproximate
    commands = facts.commands.map { command in
      Command(
        kinds: command.kinds.reduce(0) { $0 | $1.bit }, predicate: command.predicate.bit, hasLimit: command.hasLimit,
        reads: command.reads, writes: command.writes,
        objects: command.objects.map { normalizedObjectType($0.type) }, functions: command.functions,
        readTables: TableFilter(command.reads.map(\.table.name)),
        writtenTables: TableFilter(command.writes.map(\.table.name)))
    }
    let known = commands.reduce(0) { $0 | $1.kinds }
    let isKindUnknown = commands.isEmpty || commands.contains { $0.isKindUnknown(parsed: false) }
    kinds = !facts.parsed && isKindUnknown ? .max : known
  }
}

/// An object's type in lower case with spaces: `materialized_view` and `MATERIALIZED VIEW` are one.
func normalizedObjectType(_ type: String) -> String {
  String(lowercasedASCII(type).map { $0 == "_" ? " " : $0 })
}
