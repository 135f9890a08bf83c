/// MD5 (RFC 1321), only for finding digests that others made; nothing of Assay rests on it.
public enum MD5 {
  /// The digest of `bytes` as 32 lower-case hexadecimal digits.
  public static func hex(of bytes: [UInt8]) -> String { Hex.encode(Libcrypto.digest(of: bytes, by: "MD5", count: 16)) }
}
