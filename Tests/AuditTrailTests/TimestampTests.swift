import AuditTrail
import SeededRandom
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000000001Z", 1), ("1969-12-31T23:59:59.999999999Z", -1),
    ("2026-07-01T09:00:00Z", 1_782_896_400_000_000_000), ("2026-07-01T09:00:00.25Z", 1_782_896_400_250_000_000),
    ("2026-07-01t09:00:00z", 1_782_896_400_000_000_000), ("2026-07-01 09:00:00Z", 1_782_896_400_000_000_000),
    ("2026-07-01T11:00:00+02:00", 1_782_896_400_000_000_000), ("2026-07-01T03:30:00-05:30", 1_782_896_400_000_000_000),
    ("2026-07-01T09:00:00-00:00", 1_782_896_400_000_000_000), ("2026-06-30T23:59:60Z", 1_782_864_000_000_000_000),
    ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
    ("1677-09-21T00:12:44Z", -9_223_372_036_000_000_000),
    ("2262-04-11T23:47:16.854775807Z", 9_223_372_036_854_775_807),
  ])
  func `RFC 3339 is read to the nanosecond`(text: String, nanoseconds: Int64) throws {
    #expect(try #require(Timestamp(text)).nanoseconds == nanoseconds)
  }

  @Test(arguments: [
    "", "2026-07-01", "2026-07-01T09:00:00", "2026-07-01T09:00Z", "2026-07-01T9:00:00Z", "2026-7-1T09:00:00Z",
    "2026-13-01T09:00:00Z", "2026-00-01T09:00:00Z", "2026-07-00T09:00:00Z", "2026-06-31T09:00:00Z",
    "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-07-01T24:00:00Z", "2026-07-01T09:60:00Z",
    "2026-07-01T09:00:61Z", "2026-07-01T09:00:00.Z", "2026-07-01T09:00:00.1234567890Z", "2026-07-01T09:00:00,5Z",
    "2026-07-01T09:00:00+0200", "2026-07-01T09:00:00+02", "2026-07-01T09:00:00+24:00", "2026-07-01T09:00:00+02:60",
    "2026-07-01T09:00:00Zx", "2026-07-01T09:00:00Z ", " 2026-07-01T09:00:00Z", "+026-07-01T09:00:00Z",
    "2026-07-01T09:00:00.5", "２０２６-07-01T09:00:00Z", "9999-12-31T23:59:59Z", "2262-04-11T23:47:16.854775808Z",
    "1677-09-21T00:12:43Z", "0000-01-01T00:00:00Z", "12026-07-01T09:00:00Z",
  ])
  func `what is not a time in range is refused`(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test(arguments: [
    ("2026-07-01T09:00:00Z", "2026-07-01T09:00:00Z"), ("2026-07-01T09:00:00.250Z", "2026-07-01T09:00:00.25Z"),
    ("2026-07-01T09:00:00.000250Z", "2026-07-01T09:00:00.00025Z"),
    ("2026-07-01T09:00:00.000000025Z", "2026-07-01T09:00:00.000000025Z"),
    ("2026-07-01T07:00:00Z", "2026-07-01T09:00:00+02:00"), ("1969-12-31T23:59:59.500Z", "1969-12-31T23:59:59.5Z"),
  ])
  func `a time is written in UTC with the digits it needs`(written: String, read: String) throws {
    #expect(try #require(Timestamp(read)).description == written)
  }

  @Test func `every time that is written is read back as itself`() throws {
    var random = SplitMix64(seed: 20_260_701)
    for _ in 0..<5000 {
      // Every fourth is rounded, so that each length of a fraction comes up.
      let unit: Int64 = [1, 1000, 1_000_000, 1_000_000_000][Int(random.next() % 4)]
      let time = Timestamp(nanoseconds: Int64(truncatingIfNeeded: random.next()) / unit * unit)
      #expect(Timestamp(time.description) == time, "\(time.nanoseconds)")
    }
  }

  @Test(arguments: [Int64.min, .min + 1, .max])
  func `the ends of the range can be written and read back`(nanoseconds: Int64) {
    let text = Timestamp(nanoseconds: nanoseconds).description
    #expect(text.hasPrefix(nanoseconds < 0 ? "1677-09-21T00:12:43.145224" : "2262-04-11T23:47:16.854775"))
    #expect(Timestamp(text)?.nanoseconds == nanoseconds)
  }

  @Test func `days and hours before 1970 are rounded down`() throws {
    let time = try #require(Timestamp("1969-12-31T23:59:59.5Z"))
    #expect((time.seconds, time.hour, time.day) == (-1, -1, -1))
    #expect(time.date == CivilDate(year: 1969, month: 12, day: 31))
    #expect((Timestamp(nanoseconds: 0).hour, Timestamp(nanoseconds: 0).day) == (0, 0))
  }

  @Test func `adding stops at the ends of the range`() {
    #expect(Timestamp(nanoseconds: .max).adding(nanoseconds: 1).nanoseconds == .max)
    #expect(Timestamp(nanoseconds: .min).adding(nanoseconds: -1).nanoseconds == .min)
    #expect(Timestamp(nanoseconds: 5).adding(nanoseconds: -7).nanoseconds == -2)
    #expect(Timestamp(seconds: .max) == nil)
    #expect(Timestamp(seconds: -2)?.nanoseconds == -2_000_000_000)
  }

  @Test func `order is that of time, not of text`() throws {
    let earlier = try #require(Timestamp("2026-07-01T10:30:00+02:00"))
    let later = try #require(Timestamp("2026-07-01T09:00:00Z"))
    #expect(earlier < later)
  }
}
