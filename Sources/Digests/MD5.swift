import COpenSSL

/// MD5 (RFC 1321), only for finding digests that others made; nothing of Assay rests on it.
public enum MD5 {
  /// The digest of `bytes` as 32 lower-case hexadecimal digits.
  public static func hex(of bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 16)
    let done = unsafe bytes.withUnsafeBytes { input in
      unsafe digest.withUnsafeMutableBufferPointer { output in
        unsafe EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, EVP_md5(), nil)
      }
    }
    Libcrypto.require(done == 1)
    return Hex.encode(digest)
  }
}
