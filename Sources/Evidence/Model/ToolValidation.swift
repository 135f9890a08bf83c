/// What running the labelled cases that the program carries came to, as the ledger keeps it of this very program.
public struct ToolValidation: Sendable, Hashable, Codable {
  /// The cases on one engine.
  public struct Run: Sendable, Hashable, Codable {
    /// The engine.
    public var engine: String
    /// The server's major version, where there is a server.
    public var serverVersion: Int64?
    /// Cases that ran.
    public var cases: Int64
    /// Their statements.
    public var statements: Int64
    /// Statements of which everything came out as the case says.
    public var right: Int64
    /// What did not.
    public var failures: [Failure]

    /// A run.
    public init(
      engine: String, serverVersion: Int64?, cases: Int64, statements: Int64, right: Int64, failures: [Failure]
    ) {
      (self.engine, self.serverVersion, self.cases) = (engine, serverVersion, cases)
      (self.statements, self.right, self.failures) = (statements, right, failures)
    }
  }

  /// Something that a case expects and that did not come about.
  public struct Failure: Sendable, Hashable, Codable {
    /// The file of the corpus.
    public var file: String
    /// The case.
    public var name: String
    /// The statement's number in the case, from 1.
    public var statement: Int64
    /// Which figure.
    public var what: String
    /// What the case says.
    public var expected: String
    /// What came out.
    public var actual: String

    /// A failure.
    public init(file: String, name: String, statement: Int64, what: String, expected: String, actual: String) {
      (self.file, self.name, self.statement) = (file, name, statement)
      (self.what, self.expected, self.actual) = (what, expected, actual)
    }
  }

  /// The version of the cases.
  public var corpus: String
  /// The SHA-256 over their files, in hex.
  public var corpusSHA256: String
  /// The name of the way in which the program measures.
  public var measuringRevision: String
  /// What was recorded, by engine.
  public var runs: [Run]

  /// What was recorded of these cases.
  public init(corpus: String, corpusSHA256: String, measuringRevision: String, runs: [Run]) {
    (self.corpus, self.corpusSHA256) = (corpus, corpusSHA256)
    (self.measuringRevision, self.runs) = (measuringRevision, runs)
  }
}
