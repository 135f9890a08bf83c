/// A path that tells nothing of the machine: what follows a `/` at the front is cut down to its last component.
package func portable(_ path: String) -> String {
  let parts = path.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
  if parts.count == 2, parts[1].hasPrefix("/"), !parts[0].contains("/") {
    return "\(parts[0]):\(portable(String(parts[1])))"
  }
  guard path.hasPrefix("/") else { return path }
  return path.split(separator: "/").last.map(String.init) ?? "/"
}
