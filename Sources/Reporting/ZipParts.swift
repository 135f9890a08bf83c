import Compression

/// The parts of a workbook, which is a ZIP container, unpacked.
///
/// Only a container with nothing in it but its parts is read: another reader could take what lies between or behind them,
/// or a second part of the same name, for the content.
struct ZipParts {
  /// In the order of the directory.
  private(set) var parts: [(name: String, content: [UInt8])] = []
  private let bytes: [UInt8]
  /// The most that the parts may hold in sum.
  private let limit: Int

  /// `nil` where the bytes are not such a container, or one that says that it holds more than the limit; that is not unpacked.
  init?(_ bytes: [UInt8], limit: Int = 1 << 30) {
    self.bytes = bytes
    self.limit = limit
    let end = bytes.count - 22
    guard end >= 0, number(end, 4) == 0x0605_4B50, let count = number(end + 10, 2), number(end + 8, 2) == count,
      let size = number(end + 12, 4), let start = number(end + 16, 4), start + size == end, number(end + 20, 2) == 0
    else { return nil }
    var (offset, next, sum): (Int, Int, Int) = (start, 0, 0)
    for _ in 0..<count {
      sum += number(offset + 24, 4) ?? 0
      guard sum <= limit, let part = part(at: offset, local: next), !parts.contains(where: { $0.name == part.name })
      else {
        return nil
      }
      parts.append((part.name, part.content))
      (offset, next) = (part.next, part.end)
    }
    guard offset == end, next == start else { return nil }
  }

  /// The part that the entry of the directory at `offset` describes and that lies at `local`.
  private func part(at offset: Int, local: Int) -> (name: String, content: [UInt8], next: Int, end: Int)? {
    guard number(offset, 4) == 0x0201_4B50, number(local, 4) == 0x0403_4B50, number(offset + 42, 4) == local,
      let method = number(offset + 10, 2), method == number(local + 8, 2), let packed = number(offset + 20, 4),
      let size = number(offset + 24, 4), let length = number(offset + 28, 2),
      length == number(local + 26, 2), let name = slice(offset + 46, length), name == slice(local + 30, length),
      isPlain(offset, local)
    else { return nil }
    let start = local + 30 + length
    guard let stored = slice(start, packed), let check = slice(offset + 16, 4), let sizeBytes = slice(offset + 24, 4)
    else { return nil }
    // The same deflate stream in a gzip frame, which has the same checksum and size at its end.
    let frame: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    let content = method == 0 ? stored : try? decompress(frame + stored + check + sizeBytes, limit: limit)
    guard let content, content.count == size else { return nil }
    return (
      String(decoding: name, as: UTF8.self), content, offset + 46 + length, start + packed
    )
  }

  /// Whether an entry says nothing that some readers heed and others do not: another name, a comment, other sizes in its two
  /// places, encryption, a link or a folder, a version that no workbook needs.
  ///
  /// Source: PKWARE's APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.4.4.
  private func isPlain(_ offset: Int, _ local: Int) -> Bool {
    guard let flags = number(offset + 8, 2), let version = number(offset + 6, 2),
      let attributes = number(offset + 38, 4)
    else { return false }
    // Of the flags, how hard it was packed, and that names are UTF-8.
    let known = flags & ~0x0806 == 0 && version <= 45
    let (type, isFolder) = (attributes >> 28, attributes & 0x10 != 0)
    let sameSaying = slice(offset + 6, 4) == slice(local + 4, 4) && slice(offset + 16, 12) == slice(local + 14, 12)
    let isBare = number(offset + 30, 2) == 0 && number(offset + 32, 2) == 0 && number(local + 28, 2) == 0
    return known && sameSaying && isBare && number(offset + 34, 2) == 0 && !isFolder && (type == 0 || type == 8)
  }

  private func number(_ offset: Int, _ count: Int) -> Int? {
    slice(offset, count)?.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func slice(_ offset: Int, _ count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
    return Array(bytes[offset..<(offset + count)])
  }
}
