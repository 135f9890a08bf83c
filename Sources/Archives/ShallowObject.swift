/// The keys of a JSON object's first level, as far as the bytes go; nothing is validated.
struct ShallowObject {
  /// The keys.
  private(set) var keys: Set<String> = []
  /// The short strings among their values.
  private(set) var texts: [String: String] = [:]
  /// Whether its end was seen.
  private(set) var isWhole = false
  /// Behind the bracket of `"data":[`.
  private(set) var dataStart: Int?
  private static let longestText = 64

  /// The object that begins with the first byte; empty where none does.
  init(_ bytes: ArraySlice<UInt8>) {
    guard bytes.first == 0x7B else { return }
    var scanner = ValueScanner()
    var token: Int?
    var key: String?
    var last: String?
    for index in bytes.indices {
      let wasInString = scanner.isInString
      let step = scanner.step(bytes[index])
      if scanner.depth == 1, !wasInString, scanner.isInString { token = index + 1 }
      if scanner.depth == 1, wasInString, !scanner.isInString, let start = token {
        last = index - start <= Self.longestText ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
        if let name = key, let text = last {
          texts[name] = text
          last = nil
        }
        token = nil
      } else if scanner.depth == 1, !scanner.isInString {
        if bytes[index] == 0x3A, let name = last {
          keys.insert(name)
          key = name
          last = nil
        } else if bytes[index] == 0x2C {
          key = nil
          last = nil
        }
      }
      switch step {
      case .last, .behind:
        isWhole = true
        return
      case .opensData: dataStart = dataStart ?? index + 1
      case .inside: break
      }
      if dataStart != nil, keys.contains("total") { return }
    }
  }
}
