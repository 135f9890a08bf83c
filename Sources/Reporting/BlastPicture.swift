import AuditTrail
import Incidents

/// The blast radius as a picture: a bar a table, as long as it had rows, filled as far as they are gone; a line each for
/// objects gone and columns seen.
struct BlastPicture {
  let incident: Incident
  /// More tables than that are in the table below only, and the picture says so.
  private static let mostBars = 14
  private static let rowHeight = 26
  private static let (labelWidth, barWidth, width) = (230, 480, 1030)

  /// Inline SVG; a sentence where there is nothing to draw.
  var svg: String {
    let blast = incident.blast
    let tables = blast.tables.filter { $0.destroyed > 0 }
    var rows: [String] = []
    for table in tables.prefix(Self.mostBars) { rows.append(bar(table, at: rows.count)) }
    for loss in blast.objects {
      let text = "\(loss.object.type) \(loss.object.name)"
      rows.append(
        line(
          text, "gone" + (loss.object.rows.map { ", with \(counted($0, "row"))" } ?? "") + " (\(loss.step))",
          at: rows.count))
    }
    for seen in blast.disclosures {
      let whom = seen.whom + (seen.actsFor.map { " for \($0)" } ?? "")
      let how = seen.leak == .raw ? "seen" : "derived"
      rows.append(line(seen.column, "\(how) by \(whom), \(seen.amount)", at: rows.count))
    }
    for act in blast.escalated + blast.escapes { rows.append(line(act.what, act.step, at: rows.count)) }
    guard !rows.isEmpty else {
      return HTMLText.element("p", incident.emptyBlast)
    }
    let height = rows.count * Self.rowHeight + 8
    let rest = tables.count - Self.mostBars
    let note =
      rest > 0 ? HTMLText.element("p", "\(counted(rest, "more table")) in the list below.", class: "small") : ""
    return """
      <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="Blast radius">
      \(rows.joined(separator: "\n"))
      </svg>
      \(note)
      """
  }

  private func y(_ row: Int) -> Int { row * Self.rowHeight + 4 }

  private func label(_ text: String, at row: Int) -> String {
    "<text x=\"0\" y=\"\(y(row) + 15)\">\(HTMLText.escaped(HTMLText.shortened(text, to: 34)))"
      + "<title>\(HTMLText.escaped(text))</title></text>"
  }

  private func bar(_ table: BlastRadius.TableLoss, at row: Int) -> String {
    let whole = max(table.before ?? 0, table.destroyed, 1)
    // What a clone lost in several sessions may exceed what one held.
    let filled = max(2, Int(Double(Self.barWidth) * Double(table.destroyed) / Double(whole)))
    let share = table.before.map { $0 > 0 ? " of \(grouped($0)) rows" : "" } ?? " rows"
    return label(table.table, at: row)
      + "<rect class=\"frame\" x=\"\(Self.labelWidth)\" y=\"\(y(row))\" width=\"\(Self.barWidth)\" height=\"20\" rx=\"3\"/>"
      + "<rect class=\"f-harm\" x=\"\(Self.labelWidth)\" y=\"\(y(row))\" width=\"\(min(filled, Self.barWidth))\" "
      + "height=\"20\" rx=\"3\"/>"
      + "<text x=\"\(Self.labelWidth + Self.barWidth + 12)\" y=\"\(y(row) + 15)\">"
      + HTMLText.escaped("\(grouped(table.destroyed))\(share)\(table.indirectSuffix)") + "</text>"
  }

  private func line(_ name: String, _ text: String, at row: Int) -> String {
    label(name, at: row)
      + "<circle class=\"f-harm\" cx=\"\(Self.labelWidth + 6)\" cy=\"\(y(row) + 10)\" r=\"5\"/>"
      + "<text x=\"\(Self.labelWidth + 20)\" y=\"\(y(row) + 15)\">\(HTMLText.escaped(HTMLText.shortened(text, to: 110)))"
      + "<title>\(HTMLText.escaped(text))</title></text>"
  }
}

/// The statements on a strip of time: a dot each, coloured by what it came to; runs of dull ones as lines.
struct TimelinePicture {
  let incident: Incident
  private static let (width, left, right) = (1030, 10, 1020)

  /// Inline SVG; nothing for fewer than two statements.
  var svg: String {
    guard let first = incident.timeline.first?.time, incident.timeline.count > 1 else { return "" }
    let last = incident.timeline.map(\.end).max() ?? first
    let places = incident.timeline.enumerated().map { index, item in
      (from: x(item.time, index, first, last), to: x(item.end, index, first, last), item: item)
    }
    // What matters is drawn last, so that it stands above; dots that would lie on one another are drawn once.
    var drawn: Set<String> = []
    var shapes: [(order: Int, text: String)] = []
    for (from, to, item) in places {
      let shape: (order: Int, text: String)
      switch item {
      case .run:
        shape = (
          0,
          "<rect class=\"f-harmless\" x=\"\(from)\" y=\"22\" width=\"\(max(2, to - from))\" height=\"4\" rx=\"2\"/>"
        )
      case .step(let step):
        let order =
          IncidentStep.Standing.allCases.count - (IncidentStep.Standing.allCases.firstIndex(of: step.standing) ?? 0)
        let radius = step.standing == .harm ? 8 : step.standing == .stopped ? 7 : 5
        shape = (
          order, "<circle class=\"f-\(step.standing.rawValue)\" cx=\"\(from)\" cy=\"24\" r=\"\(radius)\"/>"
        )
      }
      if drawn.insert(shape.text).inserted { shapes.append(shape) }
    }
    let ordered = shapes.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }
    return """
      <svg viewBox="0 0 \(Self.width) 58" role="img" aria-label="Timeline">
      <line class="axis" x1="\(Self.left)" y1="24" x2="\(Self.right)" y2="24"/>
      \(ordered.map(\.element.text).joined(separator: "\n"))
      <text class="soft" x="\(Self.left)" y="52">\(first.second)</text>
      <text class="soft" x="\(Self.right)" y="52" text-anchor="end">\(last.second)</text>
      </svg>
      """
  }

  /// By time; by order where all happened at once.
  private func x(_ time: Timestamp, _ index: Int, _ first: Timestamp, _ last: Timestamp) -> Int {
    let span = Double(last.nanoseconds) - Double(first.nanoseconds)
    let share =
      span > 0
      ? (Double(time.nanoseconds) - Double(first.nanoseconds)) / span
      : Double(index) / Double(max(1, incident.timeline.count - 1))
    return Self.left + 8 + Int(share * Double(Self.right - Self.left - 16))
  }
}

extension TimelineItem {
  /// When it ends.
  fileprivate var end: Timestamp {
    switch self {
    case .step(let step): step.time
    case .run(let run): run.lastTime
    }
  }
}
