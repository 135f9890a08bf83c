/// Something that a package cannot prove by itself.
public struct NotProvable: Sendable, Hashable {
  /// A file or folder of the package, and what of it is not provable.
  public struct Place: Sendable, Hashable {
    /// The file or folder.
    public let file: String
    /// What it shows, in words.
    public let what: String
  }

  /// The whole of it, every fact named.
  public let sentence: String
  /// The same for people: the facts are named by the files that show them.
  public let summary: String
  /// Those files.
  public let places: [Place]

  /// A sentence that names no facts.
  init(_ sentence: String) { (self.sentence, summary, places) = (sentence, sentence, []) }

  /// What only `machine/facts.json` states, as paths into it.
  init(openFacts paths: [String]) {
    let beginning = "What only machine/facts.json states, or states more closely than any population"
    let end = "Whoever changes one of these and renders everything again is not told."
    sentence = "\(beginning): \(paths.joined(separator: ", ")). \(end)"
    summary = "\(beginning). \(end)"
    places = Self.shown.compactMap { file, what, owners in
      paths.contains { owners.contains(Self.owner(of: $0)) } ? Place(file: file, what: what) : nil
    }
  }

  /// Which file of a package shows what of the facts stands under a name.
  private static let shown: [(file: String, what: String, owners: Set<String>)] = [
    (
      "custody/", "how each archive was read, its source, seal and flags; files not read",
      ["inputs", "chain_breaks", "unread"]
    ),
    ("policies/", "which policies were in force, since when, and who approved them", ["policies"]),
    (
      "replay/", "shadows and their fidelity, findings, the sample, what is in no population",
      ["shadows", "findings", "sample", "unlisted_days", "unlisted_verdicts"]
    ),
    (
      "scope/, summary.md",
      "the configuration: scope, thresholds, ratings, side files; kinds of identities; sessions over a bound; what earlier packages noted",
      ["plan", "connections", "kind_conflicts", "straddling"]
    ),
    (
      "tests/T-02.md", "sessions that were not read whole; the source's own counts", ["short_sessions", "counted_days"]
    ),
    ("tests/, tieout/", "what a test left out; totals that only the ledger shows", ["drawn", "totals"]),
  ]

  /// The name under which a fact stands.
  private static func owner(of path: String) -> String { String(path.prefix { $0 != "[" && $0 != "." && $0 != " " }) }

  /// The names under which facts are shown by some file.
  static var owners: Set<String> { shown.reduce(into: []) { $0.formUnion($1.owners) } }
}
