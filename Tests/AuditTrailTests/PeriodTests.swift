import AuditTrail
import Testing

@Suite struct CivilDateTests {
  @Test(arguments: [
    (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (2026, 7, 1, 20_635),
    (1600, 1, 1, -135_140), (2400, 2, 29, 157_113),
  ])
  func `a date is its number of days`(year: Int, month: Int, day: Int, days: Int) {
    let date = CivilDate(year: year, month: month, day: day)
    #expect(date.daysSinceEpoch == days)
    #expect(CivilDate(daysSinceEpoch: days) == date)
  }

  @Test func `days and dates are one to one, in order, over eight centuries`() {
    var before = CivilDate(daysSinceEpoch: -135_141)
    for days in -135_140..<157_200 {
      let date = CivilDate(daysSinceEpoch: days)
      let isNext =
        date.day == before.day + 1 && date.month == before.month && date.year == before.year
        || date.day == 1 && before.day == CivilDate.days(inMonth: before.month, of: before.year)
          && (date.month == before.month + 1 && date.year == before.year
            || date.month == 1 && before.month == 12 && date.year == before.year + 1)
      guard date.daysSinceEpoch == days, before < date, isNext else {
        Issue.record("\(before) is followed by \(date)")
        return
      }
      before = date
    }
  }

  @Test(arguments: ["2026-07-01", "1999-12-31", "2024-02-29", "1700-01-01"])
  func `a date is read as it is written`(text: String) {
    #expect(CivilDate(text)?.description == text)
  }

  @Test(arguments: ["", "2026-7-1", "2026-02-30", "2026-07-01T", "20260701", "2026/07/01", "9999-01-01", "abcd-ef-gh"])
  func `what is not a date is refused`(text: String) {
    #expect(CivilDate(text) == nil)
  }

  @Test func `a date beyond the range starts at its end`() {
    #expect(CivilDate(year: 9999, month: 1, day: 1).start.nanoseconds == .max)
    #expect(CivilDate(year: 1, month: 1, day: 1).start.nanoseconds == .min)
    #expect(CivilDate(year: 1, month: 1, day: 1).description == "0001-01-01")
  }

  @Test(arguments: [
    (2, 2024, 29), (2, 2026, 28), (2, 2000, 29), (2, 1900, 28), (4, 2026, 30), (7, 2026, 31), (12, 2026, 31),
  ])
  func `months have their days`(month: Int, year: Int, days: Int) {
    #expect(CivilDate.days(inMonth: month, of: year) == days)
  }
}

@Suite struct PeriodTests {
  @Test(arguments: [
    ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 365),
    ("2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", 366),
    ("2026-Q1", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", 90),
    ("2026-Q3", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z", 92),
    ("2026-Q4", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z", 92),
    ("2026-02", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", 28),
    ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", 31),
  ])
  func `years, quarters and months are read`(text: String, start: String, end: String, days: Int) throws {
    let period = try #require(Period(text))
    #expect((period.label, period.zone) == (text, "UTC"))
    #expect((period.start.description, period.end.description) == (start, end))
    #expect((period.days.count, period.hours.count) == (days, days * 24))
  }

  @Test(arguments: [
    "", "26", "2026-", "2026-Q0", "2026-Q5", "2026-q3", "2026-Q33", "2026-13", "2026-00", "2026-7", "2026-+7",
    "2026-Q+",
    "+026", "2026-07-01", "1600", "9999", "2026 Q3",
  ])
  func `what is not a period is refused`(text: String) {
    #expect(Period(text) == nil)
  }

  @Test func `a period holds its start and not its end`() throws {
    let period = try #require(Period("2026-Q3"))
    #expect(period.contains(period.start))
    #expect(period.contains(period.end.adding(nanoseconds: -1)))
    #expect(!period.contains(period.end))
    #expect(!period.contains(period.start.adding(nanoseconds: -1)))
  }

  @Test func `a moment of a year is in one quarter and in one month`() throws {
    let quarters = try (1...4).map { try #require(Period("2026-Q\($0)")) }
    let months = try (1...12).map { try #require(Period("2026-\($0 < 10 ? "0" : "")\($0)")) }
    let year = try #require(Period("2026"))
    for hour in year.hours {
      let moment = try #require(Timestamp(seconds: Int64(hour) * 3600))
      #expect(quarters.count { $0.contains(moment) } == 1)
      #expect(months.count { $0.contains(moment) } == 1)
    }
  }

  @Test func `the hours a period touches include those it touches in part`() throws {
    let start = try #require(Timestamp("2026-07-01T09:30:00Z"))
    let end = try #require(Timestamp("2026-07-01T11:00:00.000000001Z"))
    let period = Period(label: "part", start: start, end: end)
    #expect(period.hours == start.hour..<(start.hour + 3))
    #expect(period.days.count == 1)
  }

  @Test func `a period that would end before it begins is empty`() throws {
    let time = try #require(Timestamp("2026-07-01T09:00:00Z"))
    let period = Period(label: "none", start: time, end: time.adding(nanoseconds: -5))
    #expect(period.start == period.end)
    #expect(!period.contains(time))
    #expect(period.hours.isEmpty)
  }
}
