public import AuditTrail

/// Archives that were read together, as chains of segments: each names the root of the one before.
///
/// Roots are those that were recomputed; what an archive only claims to be cannot fill a gap.
public struct ArchiveChain {
  private let archives: [ArchiveSummary]
  private let byRoot: [String: Int]
  private let beginnings: [Int]

  /// The chains of these archives.
  public init(_ archives: [ArchiveSummary]) {
    self.archives = archives
    var byRoot: [String: Int] = [:]
    for (index, archive) in archives.enumerated() {
      if let root = archive.root { byRoot[root] = byRoot[root] ?? index }
    }
    self.byRoot = byRoot
    beginnings = Self.beginnings(archives, byRoot)
  }

  /// A place in `archives` whose segment before is missing, though others of the same source are there that do not go back
  /// to it.
  public struct Gap: Sendable, Hashable {
    /// The archive behind the gap.
    public let index: Int
    /// The root of the segment that is missing.
    public let root: String
  }

  /// Every gap, in the order of the archives.
  public var gaps: [Gap] {
    archives.indices.compactMap { index in
      guard let root = archives[index].header?.previous, byRoot[root] == nil, !isBeginning(index) else { return nil }
      return Gap(index: index, root: root)
    }
  }

  /// What is said of an archive at a fork.
  public static let forked = "Another archive follows the same segment: one was made instead of the other."

  /// The places in `archives` of those that follow the same segment as another one, which differs: one of them was made
  /// instead of the other.
  public var forks: [Int] {
    var next: [String: Set<String?>] = [:]
    for archive in archives {
      if let previous = archive.header?.previous { next[previous, default: []].insert(archive.root) }
    }
    return archives.indices.filter { index in
      archives[index].header?.previous.flatMap { next[$0] }.map { $0.count > 1 } ?? false
    }
  }

  /// What a checkpoint finds missing, as a sentence; `nil` where the newest segment and all before it are there.
  ///
  /// The one to which all others of the source go back may name one before it that belongs to another period; what is
  /// missing there is not found.
  public func missing(by checkpoint: Checkpoint) -> String? {
    guard var index = byRoot[checkpoint.root] else {
      return "The segment that was the newest of \(checkpoint.source) is not here: root \(checkpoint.root), "
        + "\(checkpoint.records) records up to \(checkpoint.last ?? "no time"). It was dropped or changed."
    }
    guard archives[index].header?.isOf(checkpoint.proxy, checkpoint.instance) == true else {
      return "The segment of root \(checkpoint.root) is of another source than the checkpoint."
    }
    // A root covers the line that names the one before, so the way back cannot come round; it is bounded all the same.
    for _ in archives.indices {
      guard let previous = archives[index].header?.previous else { return nil }
      guard let before = byRoot[previous] else {
        return isBeginning(index)
          ? nil
          : "A segment of \(checkpoint.source) before the newest one is not here: root \(previous)."
      }
      index = before
    }
    return nil
  }

  /// Whether the chain of a source may begin here: all that is there of that source goes back to this archive.
  ///
  /// Times do not count: what a segment says of its time is older than itself where a record came late.
  private func isBeginning(_ index: Int) -> Bool {
    let archive = archives[index]
    return archives.indices.allSatisfy { other in
      let next = archives[other]
      let isOfChain =
        (next.seal != .none || next.header?.previous != nil)
        && (next.header.map { archive.header?.isOf($0.proxyName, $0.instance) == true } ?? (archive.header == nil))
      return !isOfChain || beginnings[other] == beginnings[index]
    }
  }

  /// For each archive the first that is there on the way back, by the place of the first archive of its root.
  private static func beginnings(_ archives: [ArchiveSummary], _ byRoot: [String: Int]) -> [Int] {
    var found = [Int?](repeating: nil, count: archives.count)
    for index in archives.indices {
      var (way, place) = ([Int](), archives[index].root.flatMap { byRoot[$0] } ?? index)
      // A root covers the line that names the one before, so the way back cannot come round; it is bounded all the same.
      while found[place] == nil, way.count <= archives.count,
        let before = archives[place].header?.previous.flatMap({ byRoot[$0] })
      {
        way.append(place)
        place = before
      }
      let beginning = found[place] ?? place
      for passed in way + [place, index] { found[passed] = beginning }
    }
    return found.indices.map { found[$0] ?? $0 }
  }
}

extension ArchiveHeader {
  /// Whether it is of that source, byte by byte.
  func isOf(_ proxy: String, _ instance: String?) -> Bool {
    SourceName(proxy: proxyName, instance: self.instance).matches(proxy, instance)
      && (self.instance == nil) == (instance == nil)
  }
}
