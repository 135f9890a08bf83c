import Testing

/// Names that Unicode calls equal are names of different things: what one did hides nothing that the other did.
@Suite struct LookAlikeNamesTests {
  private static let pairs = [("caf\u{E9}", "cafe\u{301}"), ("K", "\u{212A}"), ("one", "two")]

  /// An archive of two sessions that do the same harm, each on a connection.
  private static func archive(_ sessions: [(name: String, connection: String)]) -> String {
    let lines = sessions.flatMap { name, connection in
      [
        Archive.opening(name).replacing(#""name":"clinic""#, with: #""name":"\#(connection)""#),
        SmallQuarter.statement(1, SmallQuarter.harmful).replacing(#""session":"s1""#, with: #""session":"\#(name)""#),
        Archive.closing(name, statements: 1),
      ]
    }
    return ([Archive.header] + lines).joined(separator: "\n") + "\n"
  }

  private static func verify(_ archive: String, _ configuration: String) throws {
    let folder = try SmallQuarter.folder()
    try folder.write("raw.jsonl", archive)
    try folder.write("quarter/assay.yaml", configuration)
    try SmallQuarter.seal(in: folder)
    try SmallQuarter.run(in: folder)
    let exceptions = readCSV(try folder.bytes("quarter/reports/2026-07/exceptions/exceptions.csv"))
    #expect(exceptions.count { $0["test"] == "T-19" } == 2)
    let verified = try assay("verify", "quarter/reports/2026-07", in: folder)
    #expect(verified.status == 0, "\(verified)")
  }

  @Test(arguments: pairs) func `of two sessions each has its exception, and the package is verified`(
    one: String, other: String
  ) throws {
    try Self.verify(Self.archive([(one, "clinic"), (other, "clinic")]), SmallQuarter.configuration)
  }

  @Test(arguments: pairs) func `of two connections each has its figures, and the package is verified`(
    one: String, other: String
  ) throws {
    let configuration = SmallQuarter.configuration.replacing("connection: clinic, ", with: "").replacing(
      "scope:\n  connections:\n    clinic: { environment: production, approval_required: false }\n", with: "")
    try Self.verify(Self.archive([("s1", one), ("s2", other)]), configuration)
  }
}
