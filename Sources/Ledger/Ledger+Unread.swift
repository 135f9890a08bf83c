public import AuditTrail
import Foundation
import SQLite

/// A file that was to be read and was not.
public struct UnreadFile: Sendable, Hashable, Codable {
  /// Its path, as evidence names it.
  public var path: String
  /// The failure's code.
  public var code: String
  /// What is wrong with it, or why it was left out.
  public var message: String
  /// The SHA-256 of its bytes, in hex; `nil` where they cannot be read at all.
  public var sha256: String?

  /// Whether it was left out on purpose.
  public var isLeftOut: Bool { code == "left_out" }

  /// Whether the configuration names it and nobody has read it into the ledger.
  public var isNotIngested: Bool { code == "not_ingested" }

  /// A file that nobody has read, by its path and digest.
  public init(notIngested path: String, sha256: String?) {
    self.init(
      path: path, code: "not_ingested",
      message: "The configuration names it, and the ledger does not hold it; run `assay run`, or `assay ingest`.",
      sha256: sha256)
  }

  /// A file that was not read.
  public init(path: String, code: String, message: String, sha256: String?) {
    (self.path, self.code, self.message, self.sha256) = (path, code, message, sha256)
  }

  /// A file that was left out on purpose, and why.
  public init(leftOut path: String, as message: String, sha256: String?) {
    self.init(path: path, code: "left_out", message: message, sha256: sha256)
  }
}

/// An identity of which archives, or an archive and the configuration, say different kinds.
public struct KindConflict: Sendable, Hashable, Codable {
  /// The identity's user.
  public var user: String
  /// The kinds that archives record, sorted.
  public var recorded: [String]
  /// The kind that the configuration says and that counts; `nil` where it says none.
  public var mapped: String?
}

extension Ledger {
  /// Keeps which files were not read; what was said of any of `paths` before is replaced.
  public borrowing func keep(unread files: [UnreadFile], of paths: [String]) throws(AssayError) {
    let before = try unreadFiles()
    let kept = (before.filter { !paths.contains($0.path) } + files).sorted { ($0.path, $0.code) < ($1.path, $1.code) }
    guard kept != before, let json = try? JSONEncoder().encode(kept) else { return }
    do {
      try begin()
      try setMeta("unread", String(decoding: json, as: UTF8.self))
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// The files that were not read, by path.
  public borrowing func unreadFiles() throws(AssayError) -> [UnreadFile] {
    do {
      guard let json = try meta("unread") else { return [] }
      return (try? JSONDecoder().decode([UnreadFile].self, from: Data(json.utf8))) ?? []
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// The identities whose kind is not said alike, by user.
  public borrowing func kindConflicts() throws(AssayError) -> [KindConflict] {
    let rows = try rows(
      """
      SELECT user, recorded_kind, CASE WHEN kind_basis = 'mapped' THEN kind END FROM identities
      WHERE recorded_basis = 'recorded' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      """)
    var conflicts: [KindConflict] = []
    for row in rows {
      let (user, kind, mapped) = (row[0].text ?? "", row[1].text ?? "", row[2].text)
      if conflicts.last?.user.isExactly(user) != true {
        conflicts.append(KindConflict(user: user, recorded: [], mapped: mapped))
      }
      guard let last = conflicts.indices.last else { continue }
      if !conflicts[last].recorded.contains(kind) { conflicts[last].recorded.append(kind) }
      conflicts[last].mapped = conflicts[last].mapped ?? mapped
    }
    return conflicts.filter { conflict in
      conflict.recorded.count > 1 || conflict.mapped.map { conflict.recorded != [$0] } ?? false
    }
  }
}

extension KindConflict {
  /// What to know of it, as a sentence.
  public var sentence: String {
    let said = recorded.joined(separator: " and ")
    return mapped.map { "\(user) is recorded as \(said); the configuration says \($0), which counts." }
      ?? "\(user) is recorded as \(said); `identities:` in assay.yaml decides which it is."
  }
}
