import AuditTrail

/// A line on standard error that says how far long work has come: share, rate and time left. Shown on terminals only.
final class ProgressLine {
  private let console: Console
  private let title: String
  private let total: Int64
  private let unit: String
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var last: ContinuousClock.Instant
  private var isShown = false

  /// Work of `total` units; 0 where that is not known.
  init(_ console: Console, _ title: String, total: Int64, unit: String) {
    self.console = console
    self.title = title
    self.total = total
    self.unit = unit
    start = clock.now
    last = start
  }

  /// Says that so many units are done; drawn at most ten times a second.
  func update(_ done: Int64) {
    guard console.showsProgress, clock.now - last > .milliseconds(100) else { return }
    last = clock.now
    isShown = true
    let seconds = Double((last - start) / .milliseconds(1)) / 1000
    let rate = seconds > 0 ? Double(done) / seconds : 0
    var text = "\(title): \(grouped(done)) \(unit), \(grouped(Int64(rate)))/s"
    if total > 0 {
      let share = min(100, Int(Double(done) * 100 / Double(total)))
      text = "\(title): \(share) %, \(grouped(Int64(rate))) \(unit)/s"
      if rate > 0, done < total { text += ", \(Int((Double(total - done) / rate).rounded(.up))) s left" }
    }
    console.showProgress(text)
  }

  /// Removes the line.
  func end() {
    if isShown { console.showProgress("") }
    isShown = false
  }
}

/// Bytes as people read them: `26.3 kB`.
func bytesText(_ bytes: Int64) -> String {
  var value = Double(bytes)
  for unit in ["B", "kB", "MB", "GB"] {
    if value < 1000 { return unit == "B" ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(unit)" }
    value /= 1000
  }
  return "\((value * 10).rounded() / 10) TB"
}
