import Testing

/// A period that no package could be made for is refused where it is written.
@Suite struct PeriodSettingTests {
  @Test(arguments: [".", "..", "a/b", "a b", "", "\u{E9}"]) func `a label that is not a folder's name is refused`(
    label: String
  ) throws {
    let folder = try SmallQuarter.folder()
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration.replacing(
        "period: 2026-07\n", with: "period: { from: 2026-07-01, to: 2026-08-01, label: \"\(label)\" }\n"))
    let finished = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(finished.status == 65, "\(finished)")
    #expect(finished.errors.contains("quarter/assay.yaml:2:"))
    #expect(label.isEmpty || finished.errors.contains("a label names the package's folder"))
  }

  @Test func `a period of more than ten years is refused`() throws {
    let folder = try SmallQuarter.folder()
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration.replacing("period: 2026-07\n", with: "period: { from: 1677-09-22, to: 2262-04-11 }\n"))
    let finished = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(finished.status == 65, "\(finished)")
    #expect(finished.errors.contains("10 years at most"))
  }
}
