import AuditTrail
public import Ledger
import SQLAnalysis
import Sensitivity

extension LedgerRedaction {
  /// Traffic without literals, comments, parameters and e-mail addresses.
  ///
  /// A text keeps everything else as it was written, so that rules over texts can still be held against it. Its facts are
  /// those of the whole text; a name is in them only where the redacted text holds it too, so that what an engine
  /// takes for a name and another for a literal is in neither.
  public static let traffic = LedgerRedaction(
    statement: { (sql, encoded, isPostgreSQL) throws(AssayError) in
      let named = hidingWords(
        in: sql, as: isPostgreSQL ? [.postgreSQL] : [.mySQL, .postgreSQL], behind: RedactionMark.text)
      let text = markingLiterals(in: named, quotedNames: isPostgreSQL)
      var facts = try Facts(encoded: encoded)
      facts.keepNames(in: text)
      facts.normalized = redactedShape(facts.normalized)
      return Statement(sql: text, facts: facts.encoded)
    },
    shape: { redactedShape($0) }, name: { redactingValues(in: $0) },
    effect: { effect in
      var effect = effect.renaming(plain)
      if case .failed(let code, let missing?) = effect.execution {
        effect.execution = .failed(code: code, missingObject: plain(missing))
      }
      return effect
    })
}

/// A shape once more without literals: engines differ on what double quotes hold, so what they hold goes too.
private func redactedShape(_ normalized: String) -> String {
  redactingLiterals(in: markingLiterals(in: normalized, quotedNames: false).replacing(RedactionMark.text, with: "?"))
}

/// The name without values, or the mark where it holds what names seldom do.
private func plain(_ name: String) -> String { isPlain(name) ? redactingValues(in: name) : RedactionMark.text }

private func isPlain(_ name: String) -> Bool {
  !looksLikeValue(name)
    && name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "*"),
        UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "$"), UInt8(ascii: "#"):
        true
      default: byte > 0x7F
      }
    }
}

extension Facts {
  fileprivate mutating func keepNames(in text: String) {
    let text = text.lowercased()
    func kept(_ name: String) -> String {
      name.isEmpty || name == "*" || text.contains(name.lowercased()) ? name : RedactionMark.text
    }
    func kept(_ columns: [ColumnReference]) -> [ColumnReference] {
      Set(
        columns.map {
          ColumnReference(
            table: TableReference(schema: $0.table.schema.map(kept), name: kept($0.table.name)),
            column: kept($0.column))
        }
      ).sorted()
    }
    for index in commands.indices {
      commands[index].reads = kept(commands[index].reads)
      commands[index].outputs = kept(commands[index].outputs)
      commands[index].writes = kept(commands[index].writes)
      commands[index].objects = commands[index].objects.map { ObjectReference(type: $0.type, name: kept($0.name)) }
      // What the grammar itself calls, such as `btrim` for TRIM, is in no text.
      commands[index].functions = commands[index].functions.map { isPlain($0) ? $0 : RedactionMark.text }
    }
  }
}
