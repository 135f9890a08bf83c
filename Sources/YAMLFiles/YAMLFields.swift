package import AuditTrail
package import Yams

/// A YAML file that is read field by field: keeps every node's place and collects what is wrong instead of stopping.
package final class YAMLFields {
  /// Larger files are refused unread, in bytes.
  package static let largestFile = 4 << 20
  /// How many nodes the aliases of a file may stand for, as ``aliasExpansionBound(_:)`` counts them.
  package static let largestExpansion = 4_000_000

  package let path: String
  private let lines: [Substring]
  /// Where each Unicode scalar of a line ends, in bytes; made when a place in the line is first asked for.
  private var ends: [Int: [Int32]] = [:]
  package private(set) var errors: [AssayError] = []

  package init(path: String, text: String) {
    self.path = path
    lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  /// The document's root, or `nil` with a failure noted.
  package func root(of text: String) -> Node? {
    guard text.utf8.count <= Self.largestFile else {
      errors.append(AssayError(.invalidFile, "the file is larger than 4 MiB; split the policy", at: Place(path)))
      return nil
    }
    guard aliasExpansionBound(text.utf8) <= Self.largestExpansion else {
      errors.append(
        AssayError(.invalidFile, "aliases stand for too many nodes; write the values out", at: Place(path)))
      return nil
    }
    do {
      guard let node = try Yams.compose(yaml: text) else {
        errors.append(AssayError(.invalidFile, "the file is empty; expected a policy", at: Place(path)))
        return nil
      }
      return node
    } catch let error as YamlError {
      errors.append(failure(error))
    } catch {
      errors.append(AssayError(.invalidFile, "not YAML", at: Place(path)))
    }
    return nil
  }

  private func failure(_ error: YamlError) -> AssayError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      AssayError(.invalidFile, "not YAML: \(problem)", at: place(mark))
    case .duplicatedKeysInMapping(let keys, let context):
      AssayError(
        .invalidFile, "key \(keys.map { "`\($0)`" }.joined(separator: ", ")) occurs twice", at: place(context.mark))
    case .reader(let problem, _, _, _):
      AssayError(.invalidFile, "not YAML: \(problem)", at: Place(path))
    default:
      AssayError(.invalidFile, "not YAML", at: Place(path))
    }
  }

  // MARK: Places

  /// A mark as a place: libyaml counts columns in Unicode scalars, places count bytes.
  private func place(_ mark: Mark?) -> Place {
    guard let mark else { return Place(path) }
    guard mark.line >= 1, mark.line <= lines.count else { return Place(path, line: mark.line, column: mark.column) }
    if ends[mark.line] == nil {
      var (end, found): (Int32, [Int32]) = (0, [0])
      for scalar in lines[mark.line - 1].unicodeScalars {
        end += Int32(UTF8.width(scalar))
        found.append(end)
      }
      ends[mark.line] = found
    }
    let known = ends[mark.line] ?? [0]
    return Place(path, line: mark.line, column: Int(known[min(max(0, mark.column - 1), known.count - 1)]) + 1)
  }

  package func place(_ node: Node) -> Place { place(node.mark) }

  /// Notes a failure at a node.
  package func complain(_ node: Node, _ message: String) {
    errors.append(AssayError(.invalidFile, message, at: place(node)))
  }

  // MARK: Values

  /// A mapping's values by key; unknown keys and keys that are not words are failures.
  package func mapping(_ node: Node, _ what: String, keys: [String], required: [String] = []) -> [String: Node]? {
    guard let mapping = node.mapping else {
      complain(node, "expected \(what) as a mapping of \(listed(keys, "and"))")
      return nil
    }
    var values: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.scalar?.string, keys.contains(name) else {
        complain(key, "unknown key `\(key.scalar?.string ?? "…")` in \(what); expected \(listed(keys, "or"))")
        continue
      }
      values[name] = value
    }
    for name in required where values[name] == nil {
      complain(node, "\(what) lacks `\(name)`")
    }
    return values
  }

  /// A scalar's text; a null or an empty text is a failure.
  package func text(_ node: Node, _ what: String) -> String? {
    guard let scalar = node.scalar, !scalar.string.isEmpty, node.null == nil || scalar.style != .plain else {
      complain(node, "expected \(what)")
      return nil
    }
    return scalar.string
  }

  /// A list of texts, or one text as a list of one.
  package func texts(_ node: Node, _ what: String) -> [(text: String, node: Node)] {
    entries(node, what).compactMap { entry in text(entry, what).map { ($0, entry) } }
  }

  /// A list's entries, or a single value as a list of one; an empty list is a failure.
  package func entries(_ node: Node, _ what: String) -> [Node] {
    guard let sequence = node.sequence else { return [node] }
    if sequence.isEmpty { complain(node, "the list is empty; expected \(what)") }
    return Array(sequence)
  }

  /// One of a fixed set of words.
  package func choice<Value>(_ node: Node, _ what: String, _ choices: [(String, Value)]) -> Value? {
    let names = choices.map(\.0)
    guard let word = node.scalar?.string else {
      complain(node, "expected \(what): \(listed(names, "or"))")
      return nil
    }
    guard let found = choices.first(where: { $0.0 == word }) else {
      complain(node, "unknown \(what) `\(word)`; expected \(listed(names, "or"))")
      return nil
    }
    return found.1
  }

  /// `true` or `false`.
  package func flag(_ node: Node, _ what: String) -> Bool? {
    choice(node, what, [("true", true), ("false", false)])
  }

  /// A whole number of at least `least`.
  package func count(_ node: Node, _ what: String, least: Int64 = 1) -> Int64? {
    guard let text = node.scalar?.string, let value = Int64(text), value >= least else {
      complain(node, "expected \(what) as a whole number of at least \(least)")
      return nil
    }
    return value
  }

  /// A moment in RFC 3339, or a date, which is midnight UTC.
  package func moment(_ node: Node, _ what: String) -> Timestamp? {
    guard let text = node.scalar?.string, let time = Timestamp(text) ?? CivilDate(text)?.start else {
      complain(node, "expected \(what) as a time such as 2026-07-01T00:00:00Z")
      return nil
    }
    return time
  }
}

/// `a`, `a or b`, `a, b or c`.
package func listed(_ words: [String], _ conjunction: String) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}

/// At most how many nodes the aliases of a YAML text stand for, without reading it as YAML.
///
/// An alias can name only an anchor whose node has ended, so the nodes between `&x` and the first `*x` are all that `x` may
/// hold. Each node but the first begins after one of a few characters, at most two after each. Counting every such character
/// as two nodes and every `*name` as an alias, quoted or not, can only overstate. Needed because the parser hashes mapping
/// keys, and hashing walks through aliases.
func aliasExpansionBound(_ text: some Sequence<UInt8>) -> Int {
  var heldAtAnchor: [[UInt8]: Int] = [:]
  var weight: [[UInt8]: Int] = [:]
  /// All nodes so far, and those of them that aliases stand for.
  var (held, expanded) = (1, 0)
  var token: (isAlias: Bool, name: [UInt8])?
  func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
  func sum(_ left: Int, _ right: Int) -> Int { min(left.addingReportingOverflow(right).partialValue, .max / 4) }
  func close() {
    guard let (isAlias, name) = token, !name.isEmpty else { return }
    if !isAlias {
      heldAtAnchor[name] = held
    } else {
      if let start = heldAtAnchor.removeValue(forKey: name) {
        weight[name] = max(weight[name] ?? 0, 1 + (held - start))
      }
      held = sum(held, weight[name] ?? 1)
      expanded = sum(expanded, weight[name] ?? 1)
    }
  }
  for byte in text {
    if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "&") {
      close()
      token = (byte == UInt8(ascii: "*"), [])
      continue
    }
    if token != nil {
      if isNameByte(byte) {
        token?.name.append(byte)
      } else {
        close()
        token = nil
      }
    }
    if token == nil, "\n,:-?[{".utf8.contains(byte) { held += 2 }
  }
  close()
  return expanded
}
