import Testing

@testable import AuditTrail

@Suite struct NearestNamesTests {
  @Test(arguments: [("kitten", "sitting", 3), ("", "ab", 2), ("ab", "", 2), ("same", "same", 0)])
  func `the distance between names counts letters`(left: String, right: String, distance: Int) {
    #expect(editDistance(Array(left.utf8), Array(right.utf8)) == distance)
  }

  @Test(arguments: [
    ("incidnt", ["incident"]), ("INCIDENT", ["incident"]), ("rn", ["run"]), ("repot", ["report", "replay"]),
    ("xyzzy", []),
  ])
  func `names are found that a mistyped one may have meant`(typed: String, names: [String]) {
    let known = ["run", "replay", "report", "incident", "verify", "sample"]
    let found = NearestNames(to: typed, in: known)
    #expect(found.names.first == names.first && Set(found.names).isSuperset(of: names.prefix(1)), "\(found.names)")
    #expect((found.question == nil) == names.isEmpty)
  }

  @Test func `at most three are named, the nearest first`() {
    let found = NearestNames(to: "s1", in: ["s22", "s2", "s3", "s4", "s1x"])
    #expect(found.names == ["s2", "s3", "s4"])
    #expect(found.question == " Did you mean s2 or s3 or s4?")
  }
}
