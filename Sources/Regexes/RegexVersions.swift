import CPCRE2

/// The version of the PCRE2 that is loaded.
public var pcre2Version: String {
  var bytes = [UInt8](repeating: 0, count: 64)
  let length = unsafe pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), &bytes)
  return String(decoding: bytes.prefix(max(0, Int(length) - 1)), as: UTF8.self)
}
