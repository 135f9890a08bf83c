import AuditTrail
import JSONReader

extension PolicyDifference {
  /// The gates as a JUnit report: a test case for each gate that was asked for, failed where it tripped.
  public func junit(gates: Set<DiffGate>, tripped: [DiffGate]) -> String {
    let asked = DiffGate.allCases.filter { gates.contains($0) }
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    let counts = "tests=\"\(asked.count)\" failures=\"\(tripped.count)\""
    lines.append("<testsuites \(counts)>")
    lines.append("  <testsuite name=\"assay diff\" \(counts) errors=\"0\" skipped=\"0\">")
    for gate in asked {
      let name = "<testcase classname=\"assay.diff\" name=\"\(gate.rawValue)\""
      guard tripped.contains(gate) else {
        lines.append("    \(name)/>")
        continue
      }
      lines.append("    \(name)>")
      lines.append("      <failure message=\"\(attribute(headline))\">\(attribute(details(gate)))</failure>")
      lines.append("    </testcase>")
    }
    lines += ["  </testsuite>", "</testsuites>", ""]
    return lines.joined(separator: "\n")
  }

  /// The groups behind a gate, one a line, at most a hundred and the rest counted.
  private func details(_ gate: DiffGate) -> String {
    guard gate != .harm else {
      return harmFlips.prefix(100).map { "\($0.count) \($0.from.rawValue) -> \($0.to.rawValue): \($0.sql)" }
        .joined(separator: "\n")
    }
    let behind = groups.filter { group in
      switch gate {
      case .risk: group.figures.risk + group.figures.riskUnknown > 0
      case .friction: group.figures.friction > 0
      case .leak: group.figures.leak > 0
      case .harm: false
      case .any: group.change != .unreplayable
      }
    }
    var lines = behind.prefix(100).map { group in
      "\(group.count) \(group.change.rawValue), \(group.oldRule ?? "-") -> \(group.newRule ?? "-"), such as "
        + "\(group.examples.first ?? "-"): \(group.sql)"
    }
    if behind.count > 100 { lines.append("and \(behind.count - 100) more") }
    return lines.joined(separator: "\n")
  }
}

/// Text that may be in XML; characters that XML 1.0 does not know are replaced.
private func attribute(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\n": result += "&#10;"
    case "\t": result += " "
    case _ where scalar.isUnseen || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
