import AuditTrail
import JSONReader
import Replay

extension ReplayForecast {
  private static let phrases = [
    "shared": "cannot write: share one clone", "clone": "a clone of their own",
    "rolled_back": "share a clone, each in a transaction that is rolled back",
    "history": "on one clone with the sessions that touch the same tables",
    "no_shadow": "no shadow for their connection",
  ]

  /// For people.
  var text: String {
    var table = TextTable([("sessions", .right), ("mode", .left), ("in words", .left)])
    for mode in Self.modes where sessions[mode, default: 0] > 0 {
      table.add([grouped(sessions[mode, default: 0]), mode, Self.phrases[mode] ?? ""])
    }
    var lines = [
      table.text, "", "\(counted(statements, "statement")), \(counted(texts, "distinct text")). Nothing was executed.",
    ]
    if notSampled > 0 { lines.append("Not sampled: \(counted(notSampled, "plain read")).") }
    if components > 0 {
      lines.append(
        "\(counted(components, "component")) that run by themselves; the largest has "
          + "\(counted(largestComponent, "session")).")
    }
    lines.append("The ledger grows by about \(bytesText(ledgerBytes)); clones take about \(bytesText(cloneBytes)).")
    lines.append(
      seconds.map { "About \(durationText($0)), second runs for leaks not counted (rates measured on other machines)." }
        ?? "How long it takes is not known for this shadow's engine.")
    return lines.joined(separator: "\n")
  }

  /// What `replay --dry-run --json` prints.
  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("dry_run")
    json.bool(true)
    for (key, value) in [("statements", statements), ("not_sampled", notSampled), ("texts", texts)] {
      json.key(key)
      json.integer(value)
    }
    json.key("sessions")
    json.beginObject()
    for mode in Self.modes {
      json.key(mode)
      json.integer(sessions[mode, default: 0])
    }
    json.endObject()
    for (key, value) in [
      ("components", Int64(components)), ("largest_component", Int64(largestComponent)), ("ledger_bytes", ledgerBytes),
      ("clone_bytes", cloneBytes),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.key("seconds")
    if let seconds { json.integer(Int64(seconds.rounded(.up))) } else { json.null() }
    json.endObject()
    return json.bytes
  }
}

/// Seconds as people say them: `40 s`, `12 min`, `3 h 20 min`.
private func durationText(_ seconds: Double) -> String {
  let whole = Int64(min(seconds, 1e12).rounded(.up))
  if whole < 120 { return "\(whole) s" }
  if whole < 7200 { return "\((whole + 59) / 60) min" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
