import AuditTrail
import Evidence
import XLSX

/// The workbook's look: few colours, always beside a text that says the same.
enum WorkpaperStyle {
  static let ink = Color(0x1F2A37)
  static let quiet = Color(0x5B6776)
  static let line = Color(0xCBD2DA)
  static let head = Color(0x22405E)

  static let title = CellStyle(bold: true, fontSize: 16, fontColor: head, verticalAlignment: .center)
  static let note = CellStyle(fontColor: quiet, verticalAlignment: .top)
  static let section = CellStyle(bold: true, fontSize: 12, fontColor: head, verticalAlignment: .bottom)
  static let link = CellStyle(fontColor: Color(0x1A5FB4))
  static let cellLink = CellStyle(
    fontColor: Color(0x1A5FB4), border: true, borderColor: line, verticalAlignment: .top)
  static let header = CellStyle(
    bold: true, fontColor: Color(0xFFFFFF), fill: head, border: true, borderColor: head, wrap: true,
    verticalAlignment: .center)
  static let label = CellStyle(
    bold: true, fontColor: ink, border: true, borderColor: line, wrap: true, verticalAlignment: .top)
  static let text = CellStyle(fontColor: ink, border: true, borderColor: line, wrap: true, verticalAlignment: .top)
  static let number = CellStyle(
    fontColor: ink, border: true, borderColor: line, numberFormat: "#,##0", alignment: .right, verticalAlignment: .top,
    indent: 1)
  static let real = CellStyle(
    fontColor: ink, border: true, borderColor: line, numberFormat: "0.0000", alignment: .right, verticalAlignment: .top,
    indent: 1)
  static let time = CellStyle(
    fontColor: ink, border: true, borderColor: line, numberFormat: "yyyy-mm-dd hh:mm:ss", alignment: .left,
    verticalAlignment: .top)
  static let day = CellStyle(
    fontColor: ink, border: true, borderColor: line, numberFormat: "yyyy-mm-dd", alignment: .left,
    verticalAlignment: .top)
  static let total = CellStyle(
    bold: true, fontColor: ink, fill: Color(0xEEF1F5), border: true, borderColor: line, numberFormat: "#,##0",
    alignment: .right, verticalAlignment: .top, indent: 1)

  /// The style of a cell that says a status.
  static func status(_ status: TestStatus) -> CellStyle {
    let fill =
      switch status {
      case .pass: Color(0xDDF0E0)
      case .passWithAccepted: Color(0xE9F1D4)
      case .fail: Color(0xF7D9D7)
      case .inconclusive: Color(0xFBECC8)
      case .notRun, .notApplicable: Color(0xE8EAED)
      }
    return CellStyle(
      bold: true, fontColor: ink, fill: fill, border: true, borderColor: line, wrap: true, verticalAlignment: .top)
  }

  /// The style of a cell that says a severity.
  static func severity(_ severity: Severity) -> CellStyle {
    switch severity {
    case .s4, .s3: status(.fail)
    case .s2: status(.inconclusive)
    case .s1, .s0: text
    }
  }

  /// The colour of an action in the chart.
  static func color(_ action: Action) -> Color {
    switch action {
    case .allow: Color(0x4C9F70)
    case .mask: Color(0x3B7EA1)
    case .review: Color(0xE0A030)
    case .block: Color(0xC0483D)
    case .observed: Color(0x9AA5B1)
    }
  }

  /// The style and value of a cell of evidence.
  static func shown(_ cell: Cell, _ column: Column) -> (CellValue, CellStyle) {
    switch cell {
    case .empty: (.blank, text)
    case .integer(let value): (.integer(value), number)
    case .real(let value): value.isFinite ? (.number(value), real) : (.blank, text)
    case .flag(let value): (.text(value ? "yes" : "no"), text)
    case .date(let date):
      isShownAsDate(date.start) ? (.date(seconds: date.start.seconds), day) : (.text(cell.plain), text)
    // To the second a date can be sorted and filtered; a finer time stays whole as a text.
    case .time(let time) where time.nanoseconds % 1_000_000_000 == 0 && isShownAsDate(time):
      (.date(seconds: time.seconds), self.time)
    case .time: (.text(cell.plain), text)
    case .text(let value):
      (.text(value), emphasis(value, column) ?? text)
    }
  }

  private static func emphasis(_ value: String, _ column: Column) -> CellStyle? {
    switch column.name {
    case "status", "control_status", "test_status", "design_status": TestStatus(rawValue: value).map(status)
    case "severity": Severity.allCases.first { $0.name == value }.map(severity)
    default: nil
    }
  }

  /// The dates that spreadsheet programs count alike.
  private static func isShownAsDate(_ time: Timestamp) -> Bool {
    (-2_203_891_200..<253_402_300_800).contains(time.seconds)
  }

  /// Characters that a column of evidence is wide.
  static func width(_ column: Column) -> Double {
    switch column.type {
    case .integer, .real, .flag: max(10, Double(column.title.count) + 2)
    case .date: 12
    case .time: 25
    case .text: textWidth(column.name)
    }
  }

  private static func textWidth(_ name: String) -> Double {
    switch name {
    case "condition", "criteria", "conclusion", "detail", "reason", "notes", "meaning", "remedy", "note": 48
    case "clause": 44
    case "purpose", "sql", "shape", "statement", "left", "right", "title", "label": 38
    case "cause", "effect": 60
    case "controls": 80
    case "limits", "reservations", "judged_by": 36
    case "control_title": 30
    case "framework", "exception", "event": 22
    case "catalog_version", "control_status", "test_status", "relation", "shows": 15
    case "response", "acceptance_reason", "flags", "source", "path", "archive": 30
    case "test", "severity", "rating", "seal", "kind", "control": 11
    default: name.hasSuffix("sha256") || name == "signature_key" ? 24 : 18
    }
  }

  /// Lines beyond which a row does not grow; its cells hold the whole text all the same.
  private static let lineLimit = 12

  /// The height in points of a row whose texts go on in further lines: programs do not measure rows when they open a
  /// file. Widths are in digits, which most letters are no wider than.
  static func height(_ texts: [String], widths: [Double]) -> Double {
    var most = 1
    for index in 0..<min(texts.count, widths.count) where texts[index].utf8.count > 8 {
      let room = max(1, Int(widths[index]))
      let lines = lines(of: texts[index], room)
      most = max(most, lines)
    }
    return 15 * Double(min(most, lineLimit))
  }

  /// How many lines a text takes that breaks where it says, between words, and within a word that is longer than a line. It
  /// is asked for each row of a population, so it goes by bytes: one that begins a character is a letter.
  private static func lines(of text: String, _ room: Int) -> Int {
    var (whole, lines, used, word) = (0, 1, 0, 0)
    func endWord() {
      guard word > 0 else { return }
      if used > 0, used + 1 + word > room { (lines, used) = (lines + 1, 0) }
      used += (used > 0 ? 1 : 0) + word
      if used > room { (lines, used) = (lines + (used - 1) / room, (used - 1) % room + 1) }
      word = 0
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"):
        endWord()
        (whole, lines, used) = (whole + lines, 1, 0)
      case UInt8(ascii: " "): endWord()
      case let byte where byte & 0xC0 != 0x80: word += 1
      default: break
      }
    }
    endWord()
    return whole + lines
  }
}
