import AuditTrail

/// One line of syslog, as far as PostgreSQL's parts go: `Feb 11 13:15:39 host postgres[10808]: [1-1] text`.
struct SyslogLine {
  /// When.
  let time: SyslogTime
  /// The process.
  let process: Int64
  /// The message's number.
  let number: Int64
  /// The part of it.
  let part: Int64
  /// The part's text.
  let text: ArraySlice<UInt8>

  /// Whether a line is one that another program wrote into the same file.
  static func isOfAnother(_ line: ArraySlice<UInt8>) -> Bool {
    guard let (_, rest) = SyslogTime.read(line) else { return false }
    return rest.prefix(300).range(of: "postgres[") == nil
  }

  /// Reads a line; `nil` where it is none with a process and a part.
  init?(_ line: ArraySlice<UInt8>) {
    let rest = SyslogTime.withoutPriority(line.last == 0x0D ? line.dropLast() : line)
    guard let (time, behind) = SyslogTime.read(rest) else { return nil }
    // The program with its process in brackets is the first word that ends so, behind the host.
    guard let mark = behind.prefix(300).range(of: "]: ["),
      let open = behind[..<mark.lowerBound].lastIndex(of: UInt8(ascii: "[")),
      let process = Int64(digits: behind[(open + 1)..<mark.lowerBound])
    else { return nil }
    let numbers = behind[mark.upperBound...]
    guard let close = numbers.prefix(40).firstIndex(of: UInt8(ascii: "]")), numbers[close...].starts(with: "] ".utf8)
    else {
      return nil
    }
    let parts = numbers[..<close].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int64(digits: parts[0]), let part = Int64(digits: parts[1]), part > 0 else {
      return nil
    }
    (self.time, self.process, self.number, self.part) = (time, process, number, part)
    text = numbers[(close + 2)...]
  }
}

extension ArraySlice<UInt8> {
  /// The text as it was before a daemon wrote its control characters as `#011`. Only those are: `#333` may be a colour.
  var withoutOctalEscapes: [UInt8] {
    guard contains(UInt8(ascii: "#")) else { return Array(self) }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var index = startIndex
    while index < endIndex {
      if self[index] == UInt8(ascii: "#"), endIndex - index > 3, let code = octal(index + 1) {
        result.append(code)
        index += 4
      } else {
        result.append(self[index])
        index += 1
      }
    }
    return result
  }

  private func octal(_ start: Int) -> UInt8? {
    var value = 0
    for byte in self[start..<(start + 3)] {
      guard (0x30...0x37).contains(byte) else { return nil }
      value = value * 8 + Int(byte - 0x30)
    }
    return value > 0 && value < 0x20 || value == 0x7F ? UInt8(value) : nil
  }
}
