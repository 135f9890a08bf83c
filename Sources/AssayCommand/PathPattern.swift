import AuditTrail

/// A path in which `*` stands for any text without `/`, `?` for one character, and `**` for any folders.
struct PathPattern {
  private let parts: [Substring]
  private let isAbsolute: Bool

  /// Whether a path is a pattern.
  static func isPattern(_ path: String) -> Bool { path.contains("*") || path.contains("?") }

  init(_ pattern: String) {
    parts = pattern.split(separator: "/").filter { $0 != "." }
    isAbsolute = pattern.hasPrefix("/")
  }

  /// The folder that holds all that fits: what stands before the first name with a `*` or `?`; the path itself where it has
  /// none.
  var folder: String {
    let fixed = parts.prefix { !Self.isPattern(String($0)) }.joined(separator: "/")
    return isAbsolute ? "/" + fixed : fixed.isEmpty ? "." : fixed
  }

  /// Whether a path fits.
  func fits(_ path: String) -> Bool { Self.fits(path.split(separator: "/").filter { $0 != "." }[...], parts[...]) }

  /// Whether a path in a folder fits: by its place there, or by its name where the pattern has no `/`.
  func fits(_ path: String, in folder: String) -> Bool {
    let inside = path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : path
    if parts.count == 1, let name = inside.split(separator: "/").last { return Self.fits([name], parts[...]) }
    return fits(inside)
  }

  private static func fits(_ path: ArraySlice<Substring>, _ parts: ArraySlice<Substring>) -> Bool {
    guard let part = parts.first else { return path.isEmpty }
    if part == "**" {
      return fits(path, parts.dropFirst()) || !path.isEmpty && fits(path.dropFirst(), parts)
    }
    guard let name = path.first, fits(name, part) else { return false }
    return fits(path.dropFirst(), parts.dropFirst())
  }

  private static func fits(_ name: Substring, _ pattern: Substring) -> Bool {
    guard let form = pattern.first else { return name.isEmpty }
    if form == "*" { return fits(name, pattern.dropFirst()) || !name.isEmpty && fits(name.dropFirst(), pattern) }
    guard let letter = name.first, form == "?" || form == letter else { return false }
    return fits(name.dropFirst(), pattern.dropFirst())
  }
}
