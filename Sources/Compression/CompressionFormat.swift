/// How a file is stored, told by its first bytes and never by its name.
public enum CompressionFormat: String, Sendable, CaseIterable {
  /// Not compressed.
  case plain
  /// Gzip (RFC 1952), one member or several.
  case gzip
  /// Zstandard (RFC 8878), one frame or several.
  case zstd

  /// The format whose magic number stands at the start of `bytes`; four bytes are enough.
  public init(startingWith bytes: Span<UInt8>) {
    if bytes.count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B {
      self = .gzip
    } else if bytes.count >= 4, bytes[0] == 0x28, bytes[1] == 0xB5, bytes[2] == 0x2F, bytes[3] == 0xFD {
      self = .zstd
    } else if bytes.count >= 4, bytes[0] & 0xF0 == 0x50, bytes[1] == 0x2A, bytes[2] == 0x4D, bytes[3] == 0x18 {
      // A skippable frame, as seekable and parallel zstd files begin with.
      self = .zstd
    } else {
      self = .plain
    }
  }
}

/// How far data may grow before reading stops. It stops only when both limits are passed: real logs compress well, and
/// small files may grow a lot.
public struct ExpansionLimits: Hashable, Sendable {
  /// Decompressed bytes that are always allowed.
  public var bytes: Int64
  /// Decompressed bytes allowed for each stored byte read so far.
  public var ratio: Int64

  /// 1 GiB and 1,000 times the stored bytes unless told otherwise.
  public init(bytes: Int64 = 1 << 30, ratio: Int64 = 1000) {
    self.bytes = bytes
    self.ratio = ratio
  }

  func exceeded(stored: Int64, content: Int64) -> Bool {
    let (allowed, overflow) = ratio.multipliedReportingOverflow(by: stored)
    return content > bytes && !overflow && content > allowed
  }
}
