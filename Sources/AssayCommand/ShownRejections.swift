import AuditTrail
import JSONReader
import Ledger

/// The first rejected entries of an archive, for people to see; the ledger holds every one.
struct ShownRejections {
  /// How many are shown an archive.
  static let limit = 5

  let path: String
  let entries: [RejectedEntry]
  let total: Int64

  /// The rejections of an archive; `nil` where there are none.
  init?(_ archive: ArchiveEntry, _ ledger: borrowing Ledger) throws {
    guard archive.summary.rejected > 0 else { return nil }
    path = archive.summary.path
    total = archive.summary.rejected
    entries = try ledger.rows(
      "SELECT entry, byte_offset, bytes, reason, message FROM rejected WHERE archive = ?1 ORDER BY entry LIMIT ?2",
      [.integer(archive.id), .integer(Int64(Self.limit))]
    ).compactMap { row in
      guard let entry = row[0].integer, let offset = row[1].integer, let bytes = row[2].integer,
        let reason = row[3].text, let message = row[4].text
      else { return nil }
      return RejectedEntry(entry: entry, byteOffset: offset, bytes: bytes, reason: reason, message: message)
    }
  }

  /// A sentence for each, and one for those that are not shown.
  var sentences: [String] {
    var lines = entries.map { entry in
      "\(path) entry \(entry.entry), byte \(entry.byteOffset): rejected: \(printable(entry.message)) (\(entry.reason))"
    }
    let more = total - Int64(entries.count)
    if more > 0 {
      lines.append(
        "\(path): \(counted(more, "more entry", "more entries")) rejected; the ledger holds each with its place and reason."
      )
    }
    return lines
  }

  /// The array of `--json`.
  func write(to json: inout JSONWriter) {
    json.beginArray()
    for entry in entries {
      json.beginObject()
      for (key, value) in [("entry", entry.entry), ("byte_offset", entry.byteOffset), ("bytes", entry.bytes)] {
        json.key(key)
        json.integer(value)
      }
      json.key("reason")
      json.string(entry.reason)
      json.key("message")
      json.string(entry.message)
      json.endObject()
    }
    json.endArray()
  }
}
