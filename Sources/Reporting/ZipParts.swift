import Compression

/// The parts of a workbook, which is a ZIP container, unpacked.
///
/// Only a container with nothing in it but its parts is read: another reader could take what lies between or behind them,
/// or a second part of the same name, for the content.
struct ZipParts {
  /// The most that a part may hold.
  private static let partLimit = 1 << 30

  /// In the order of the directory.
  private(set) var parts: [(name: String, content: [UInt8])] = []
  private let bytes: [UInt8]

  /// `nil` where the bytes are no such container.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    let end = bytes.count - 22
    guard end >= 0, number(end, 4) == 0x0605_4B50, let count = number(end + 10, 2), number(end + 8, 2) == count,
      let size = number(end + 12, 4), let start = number(end + 16, 4), start + size == end, number(end + 20, 2) == 0
    else { return nil }
    var (offset, next): (Int, Int) = (start, 0)
    for _ in 0..<count {
      guard let part = part(at: offset, local: next), !parts.contains(where: { $0.name == part.name }) else {
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
      let size = number(offset + 24, 4), size <= Self.partLimit, let length = number(offset + 28, 2),
      length == number(local + 26, 2), let extra = number(offset + 30, 2), let comment = number(offset + 32, 2),
      let localExtra = number(local + 28, 2), let name = slice(offset + 46, length), name == slice(local + 30, length)
    else { return nil }
    let start = local + 30 + length + localExtra
    guard let stored = slice(start, packed), let check = slice(offset + 16, 4), let sizeBytes = slice(offset + 24, 4)
    else { return nil }
    // The same deflate stream in a gzip frame, which has the same checksum and size at its end.
    let frame: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    let content = method == 0 ? stored : try? decompress(frame + stored + check + sizeBytes, limit: Self.partLimit)
    guard let content, content.count == size else { return nil }
    return (
      String(decoding: name, as: UTF8.self), content, offset + 46 + length + extra + comment, start + packed
    )
  }

  private func number(_ offset: Int, _ count: Int) -> Int? {
    slice(offset, count)?.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func slice(_ offset: Int, _ count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
    return Array(bytes[offset..<(offset + count)])
  }
}
