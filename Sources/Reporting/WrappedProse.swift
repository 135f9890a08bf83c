/// A Markdown page whose prose goes on over lines of their own: in plain text, too, it can be read. Tables, headings and
/// fences stay as they are.
func wrappedProse(_ page: String, to width: Int = 160) -> String {
  var isFenced = false
  let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
    let isFence = line.hasPrefix("```")
    if isFence { isFenced.toggle() }
    guard !isFence, !isFenced, line.count > width, !line.hasPrefix("|"), !line.hasPrefix("#") else {
      return String(line)
    }
    return wrapped(line, to: width)
  }
  return lines.joined(separator: "\n")
}

private func wrapped(_ line: Substring, to width: Int) -> String {
  let indent = String(repeating: " ", count: line.hasPrefix("- ") ? 2 : 0)
  var lines: [String] = []
  var current = ""
  for word in line.split(separator: " ", omittingEmptySubsequences: false) {
    // What would be markup at the beginning of a line never begins one.
    if current.isEmpty || current.count + 1 + word.count <= width || isMarkup(word) {
      current += (current.isEmpty ? "" : " ") + word
    } else {
      lines.append(current)
      current = indent + word
    }
  }
  return (lines + [current]).joined(separator: "\n")
}

/// Whether a word at the beginning of a line would be taken for a list, a rule, a heading or a quotation.
private func isMarkup(_ word: Substring) -> Bool {
  guard let first = word.first, let last = word.last else { return true }
  if word.allSatisfy({ "-+*=_#~".contains($0) }) || ">|".contains(first) || word.hasPrefix("```") { return true }
  return (last == "." || last == ")") && word.dropLast().allSatisfy(\.isNumber)
}
