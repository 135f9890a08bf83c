public import AuditTrail

/// The compact form in which the ledger keeps facts: a version byte, then numbers as LEB128 and texts by length.
extension Facts {
  private static let version: UInt8 = 1

  /// The facts as bytes; the same facts give the same bytes.
  public var encoded: [UInt8] {
    var writer = FactsWriter()
    writer.bytes.append(Self.version)
    writer.flag(parsed)
    writer.flag(overApproximate)
    writer.number(commandCount)
    writer.text(fingerprint)
    writer.text(normalized)
    writer.list(commands) { $0.command($1) }
    return writer.bytes
  }

  /// The facts that ``encoded`` wrote.
  ///
  /// - Throws: `ledger` when the bytes are not such facts, or of another version.
  public init(encoded bytes: [UInt8]) throws(AssayError) {
    guard bytes.first == Self.version else { throw FactsReader.damaged }
    var reader = FactsReader(bytes: bytes, position: 1)
    let parsed = try reader.flag()
    let overApproximate = try reader.flag()
    let commandCount = try reader.number()
    let fingerprint = try reader.text()
    let normalized = try reader.text()
    let commands = try reader.list { (reader) throws(AssayError) in try reader.command() }
    guard reader.position == bytes.count else { throw FactsReader.damaged }
    self.init(
      parsed: parsed, fingerprint: fingerprint, normalized: normalized, commands: commands, commandCount: commandCount,
      overApproximate: overApproximate)
  }
}

private struct FactsWriter {
  var bytes: [UInt8] = []

  mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func number(_ value: Int) {
    var rest = UInt(bitPattern: value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func text(_ value: String) {
    number(value.utf8.count)
    bytes.append(contentsOf: value.utf8)
  }

  mutating func list<Element>(_ values: [Element], _ body: (inout FactsWriter, Element) -> Void) {
    number(values.count)
    for value in values { body(&self, value) }
  }

  mutating func table(_ table: TableReference) {
    flag(table.schema != nil)
    if let schema = table.schema { text(schema) }
    text(table.name)
  }

  mutating func columns(_ columns: [ColumnReference]) {
    list(columns) {
      $0.table($1.table)
      $0.text($1.column)
    }
  }

  mutating func command(_ command: CommandFacts) {
    var kinds = 0
    for (index, kind) in CommandKind.allCases.enumerated() where command.kinds.contains(kind) { kinds |= 1 << index }
    number(kinds)
    number(PredicateState.allCases.firstIndex(of: command.predicate) ?? 0)
    number(command.hasLimit.map { $0 ? 2 : 1 } ?? 0)
    columns(command.reads)
    columns(command.outputs)
    columns(command.writes)
    list(command.objects) {
      $0.text($1.type)
      $0.text($1.name)
    }
    list(command.functions) { $0.text($1) }
    flag(command.isNested)
  }
}

private struct FactsReader {
  let bytes: [UInt8]
  var position: Int

  static let damaged = AssayError(
    .ledger,
    "Stored facts cannot be read: they are damaged or of another version. Ingest the archives into a new ledger.")

  private mutating func byte() throws(AssayError) -> UInt8 {
    guard position < bytes.count else { throw Self.damaged }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func flag() throws(AssayError) -> Bool {
    let byte = try byte()
    guard byte < 2 else { throw Self.damaged }
    return byte == 1
  }

  mutating func number() throws(AssayError) -> Int {
    var value: UInt = 0
    var shift: UInt = 0
    while true {
      let byte = try byte()
      guard shift < 63 else { throw Self.damaged }
      value |= UInt(byte & 0x7f) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    guard let number = Int(exactly: value) else { throw Self.damaged }
    return number
  }

  /// A count of things that take at least a byte each.
  private mutating func count() throws(AssayError) -> Int {
    let count = try number()
    guard count <= bytes.count - position else { throw Self.damaged }
    return count
  }

  mutating func text() throws(AssayError) -> String {
    let count = try count()
    defer { position += count }
    guard let text = String(validating: bytes[position..<(position + count)], as: UTF8.self) else { throw Self.damaged }
    return text
  }

  mutating func list<Element>(
    _ body: (inout FactsReader) throws(AssayError) -> Element
  ) throws(AssayError) -> [Element] {
    var values: [Element] = []
    for _ in 0..<(try count()) { values.append(try body(&self)) }
    return values
  }

  private mutating func columns() throws(AssayError) -> [ColumnReference] {
    try list { (reader) throws(AssayError) in
      let schema = try reader.flag() ? try reader.text() : nil
      return ColumnReference(
        table: TableReference(schema: schema, name: try reader.text()), column: try reader.text())
    }
  }

  mutating func command() throws(AssayError) -> CommandFacts {
    let bits = try number()
    var facts = CommandFacts(kinds: [])
    guard bits < 1 << CommandKind.allCases.count else { throw Self.damaged }
    for (index, kind) in CommandKind.allCases.enumerated() where bits & (1 << index) != 0 { facts.kinds.insert(kind) }
    let predicate = try number()
    let limit = try number()
    guard predicate < PredicateState.allCases.count, limit < 3 else { throw Self.damaged }
    facts.predicate = PredicateState.allCases[predicate]
    facts.hasLimit = limit == 0 ? nil : limit == 2
    facts.reads = try columns()
    facts.outputs = try columns()
    facts.writes = try columns()
    facts.objects = try list { (reader) throws(AssayError) in
      ObjectReference(type: try reader.text(), name: try reader.text())
    }
    facts.functions = try list { (reader) throws(AssayError) in try reader.text() }
    facts.isNested = try flag()
    return facts
  }
}
