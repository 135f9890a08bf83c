import AuditTrail
import Evidence
import Testing

/// Exceptions as a register: events, ratings, results of rows, and floors that no busy connection hides.
@Suite struct RegisterTests {
  private static let leak: [String: (Verdict, Effect)] = [
    "s1/1": (Verdict(.maskLeak, severity: .s3), Small.effect(leak: .raw, columns: ["customers.ssn"]))
  ]
  private static let archive = SmallArchive(
    openings: [Small.opening("s1")], statements: [Small.statement("s1", 1, "SELECT ssn FROM customers")])

  @Test func `two tests that note one statement note one event`() throws {
    let model = try Small.model([Self.archive], verdicts: Self.leak, basis: .copy) {
      $0.sensitiveColumns = ["customers.ssn"]
    }
    let noted = [TestID.t19, .t30].flatMap { model[$0]?.exceptions ?? [] }
    #expect(noted.count == 2)
    #expect(Set(noted.map(\.event)).count == 1)
    #expect(Set(noted.map(\.id)).count == 2)
    #expect(model.gravest.count { $0.event == noted.first?.event } == 1)
    for test in [TestID.t19, .t30] {
      #expect(model[test]?.outcomes == [.failed])
      #expect(model[test]?.exceptions.map(\.rows.runs) == [[0..<1]])
    }
  }

  @Test func `the program's table rates every test`() throws {
    let built = try Small.model([Self.archive], verdicts: Self.leak, basis: .copy)
    #expect(built[.t19]?.exceptions.map(\.rating) == [.high])
    #expect(ExceptionRatings.builtIn.ratings.count >= TestID.allCases.count)
  }

  @Test func `a connection below the floor is not hidden by a busy one`() throws {
    var busy = SmallArchive(openings: [Small.opening("s1"), Small.opening("s2", connection: "quiet")])
    var verdicts: [String: (Verdict, Effect)] = [:]
    for number in 1...Int64(50) {
      busy.statements.append(Small.statement("s1", number))
      verdicts["s1/\(number)"] = (Verdict(.confirmedAllow), Effect(.ran))
    }
    busy.statements.append(Small.statement("s2", 1))
    verdicts["s2/1"] = (Verdict(.inconclusive, reason: "no_rows"), Effect(.ran))
    let model = try Small.model([busy], verdicts: verdicts, basis: .copy)
    #expect(model[.t19]?.status == .inconclusive)
    #expect(model[.t19]?.operating.sentence.contains("0 of 1 of connection quiet") == true)
  }

  @Test func `that the configuration names a connection is not a test of the design`() throws {
    let model = try Small.model([Self.archive]) {
      $0.connections = [ScopedConnection(name: "clinic", environment: nil, approvalRequired: true)]
    }
    #expect(model[.t14]?.design.status == .notRun)
  }
}
