public import AuditTrail

/// Archives that were read together, as chains of segments: each names the root of the one before.
///
/// Roots are those that were recomputed; what an archive only claims to be cannot fill a gap.
public struct ArchiveChain {
  private let archives: [ArchiveSummary]
  private var byRoot: [String: Int] = [:]

  /// The chains of these archives.
  public init(_ archives: [ArchiveSummary]) {
    self.archives = archives
    for (index, archive) in archives.enumerated() {
      if let root = archive.root { byRoot[root] = byRoot[root] ?? index }
    }
  }

  /// A place in `archives` whose segment before is missing, though an older one of the same source is there.
  public struct Gap: Sendable, Hashable {
    /// The archive behind the gap.
    public let index: Int
    /// The root of the segment that is missing.
    public let root: String
  }

  /// Every gap, in the order of the archives.
  public var gaps: [Gap] {
    archives.indices.compactMap { index in
      guard let root = archives[index].header?.previous, byRoot[root] == nil, !isOldest(index) else { return nil }
      return Gap(index: index, root: root)
    }
  }

  /// What a checkpoint finds missing, as a sentence; `nil` where the newest segment and all before it are there.
  ///
  /// The oldest archive of the source may name one before it that belongs to another period; what is missing there is not
  /// found.
  public func missing(by checkpoint: Checkpoint) -> String? {
    guard var index = byRoot[checkpoint.root] else {
      return "The segment that was the newest of \(checkpoint.source) is not here: root \(checkpoint.root), "
        + "\(checkpoint.records) records up to \(checkpoint.last ?? "no time"). It was dropped or changed."
    }
    guard archives[index].header?.proxyName == checkpoint.proxy, archives[index].header?.instance == checkpoint.instance
    else { return "The segment of root \(checkpoint.root) is of another source than the checkpoint." }
    // A root covers the line that names the one before, so the way back cannot come round; it is bounded all the same.
    for _ in archives.indices {
      guard let previous = archives[index].header?.previous else { return nil }
      guard let before = byRoot[previous] else {
        return isOldest(index)
          ? nil
          : "A segment of \(checkpoint.source) before the newest one is not here: root \(previous)."
      }
      index = before
    }
    return nil
  }

  private func isOldest(_ index: Int) -> Bool {
    let archive = archives[index]
    return !archives.indices.contains { other in
      guard other != index, archives[other].seal != .none, archives[other].root != archive.root,
        archives[other].header?.proxyName == archive.header?.proxyName,
        archives[other].header?.instance == archive.header?.instance
      else { return false }
      guard let first = archive.first, let earlier = archives[other].first else { return true }
      return earlier < first
    }
  }
}
