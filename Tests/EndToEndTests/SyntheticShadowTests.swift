import Testing

/// The sample quarter on its own rows and on a shadow made from schema, row counts and ledger alone.
@Suite struct SyntheticShadowTests {
  @Test func `a synthetic shadow agrees with the sample's own rows on every planted incident`() async throws {
    let real = try await SampleQuarter.shared.value.verdicts.mapValues(\.verdict)
    let synthetic = try await SyntheticQuarter.shared.value.verdicts
    for incident in SampleTests.incidents {
      let key = "\(incident["session"] ?? "")/\(incident["seq"] ?? "")"
      #expect(synthetic[key] == incident["expected_verdict"], "\(key)")
    }
    var (agreed, all) = ([String: Int](), [String: Int]())
    for (key, verdict) in real {
      all[verdict, default: 0] += 1
      if synthetic[key] == verdict { agreed[verdict, default: 0] += 1 }
    }
    // Whether an UPDATE changed its row's values is in no ledger; every other verdict agrees nearly always.
    for (verdict, count) in all where verdict != "needless_review" {
      #expect(Double(agreed[verdict, default: 0]) >= 0.99 * Double(count), "\(verdict)")
    }
  }
}
