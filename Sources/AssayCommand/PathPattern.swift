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
    fits(path, parts, isAny: { $0 == "**" }) { name, part in
      fits(name, part, isAny: { $0 == "*" }) { letter, form in form == "?" || form == letter }
    }
  }

  /// Whether pieces fit forms one by one, where some forms stand for any run of pieces. Of those only the last one met is ever
  /// tried again, which is enough: an earlier one could take no more than that can. So the time is that of pieces times forms.
  private static func fits<Pieces: Collection>(
    _ pieces: Pieces, _ forms: Pieces, isAny: (Pieces.Element) -> Bool, _ fit: (Pieces.Element, Pieces.Element) -> Bool
  ) -> Bool {
    var (place, form) = (pieces.startIndex, forms.startIndex)
    var retry: (form: Pieces.Index, place: Pieces.Index)?
    while place != pieces.endIndex {
      if form != forms.endIndex, isAny(forms[form]) {
        form = forms.index(after: form)
        retry = (form, place)
      } else if form != forms.endIndex, fit(pieces[place], forms[form]) {
        (place, form) = (pieces.index(after: place), forms.index(after: form))
      } else if let last = retry {
        (place, form) = (pieces.index(after: last.place), last.form)
        retry = (form, place)
      } else {
        return false
      }
    }
    return forms[form...].allSatisfy(isAny)
  }
}
