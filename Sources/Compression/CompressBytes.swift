import CZlib
import CZstd

/// How to compress, and how hard.
public enum CompressionMethod: Hashable, Sendable {
  /// Gzip at level 0 to 9.
  case gzip(level: Int = 6)
  /// Zstandard at level 1 to 19.
  case zstd(level: Int = 3)
}

/// `bytes` as one gzip member or one zstd frame with a checksum; a level out of range is taken as the nearest one. Same
/// bytes and method, same result with the same library version: no time, name or operating system is written. Throws
/// `io` when memory is short.
public func compress(_ bytes: [UInt8], as method: CompressionMethod) throws(CompressionError) -> [UInt8] {
  do throws(Fault) {
    switch method {
    case .gzip(let level): return try GzipEncoder(level: Int32(max(0, min(9, level)))).encode(bytes)
    case .zstd(let level): return try zstdFrame(bytes, level: Int32(max(1, min(19, level))))
    }
  } catch {
    throw error.at("")
  }
}

/// The content of small `bytes`, plain, gzip or zstd, told by their start. Throws `truncated`, `corrupt`, `unsupported`,
/// or `expansion_limit` when there is more of it than `limit` bytes.
public func decompress(_ bytes: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
  let format = CompressionFormat(startingWith: bytes.span)
  var content: [UInt8] = []
  var consumed = 0
  do throws(Fault) {
    let decoder = try format.makeDecoder()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let step = unsafe bytes.withUnsafeBytes { source in
        unsafe buffer.withUnsafeMutableBytes { target in
          unsafe decoder.step(UnsafeRawBufferPointer(rebasing: source[consumed...]), target)
        }
      }
      consumed += step.consumed
      content += buffer[..<step.produced]
      if content.count > limit { throw Fault(.expansionLimit, "The content is larger than \(limit) bytes") }
      if let fault = decoder.fault { throw fault }
      if step.consumed == 0, step.produced == 0 {
        if decoder.mayEnd { return content }
        throw Fault(.truncated, "The \(format.rawValue) data stops before its end")
      }
    }
  } catch {
    throw error.at("", stored: Int64(consumed), content: Int64(content.count))
  }
}

@safe private struct GzipEncoder: ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>
  private let header: UnsafeMutablePointer<gz_header>

  init(level: Int32) throws(Fault) {
    unsafe stream = .allocate(capacity: 1)
    unsafe header = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe header.initialize(to: gz_header())
    // 255 is "unknown" in RFC 1952; zlib would name the system it was built for.
    unsafe header.pointee.os = 255
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard
      unsafe deflateInit2_(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK,
      unsafe deflateSetHeader(stream, header) == Z_OK
    else { throw Fault(.inputOutput, "zlib could not start; check the memory left") }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
    unsafe header.deallocate()
  }

  func encode(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
    var compressed: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var start = 0
    while true {
      let end = min(bytes.count, start + (1 << 30))
      let (result, step) = unsafe bytes.withUnsafeBufferPointer { source in
        unsafe buffer.withUnsafeMutableBufferPointer { target in
          let rest = unsafe UnsafeBufferPointer(rebasing: source[start..<end])
          return unsafe deflate(rest, target, isLast: end == bytes.count)
        }
      }
      start += step.consumed
      compressed += buffer[..<step.produced]
      if result == Z_STREAM_END { return compressed }
      guard result == Z_OK else { throw Fault(.inputOutput, "zlib could not compress (code \(result))") }
    }
  }

  @unsafe private func deflate(
    _ input: UnsafeBufferPointer<UInt8>, _ output: UnsafeMutableBufferPointer<UInt8>, isLast: Bool
  ) -> (Int32, DecoderStep) {
    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    unsafe stream.pointee.avail_in = UInt32(input.count)
    unsafe stream.pointee.next_out = output.baseAddress
    unsafe stream.pointee.avail_out = UInt32(output.count)
    let result = unsafe CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
    return unsafe (
      result,
      DecoderStep(
        consumed: input.count - Int(stream.pointee.avail_in), produced: output.count - Int(stream.pointee.avail_out))
    )
  }
}

private func zstdFrame(_ bytes: [UInt8], level: Int32) throws(Fault) -> [UInt8] {
  let context = unsafe ZSTD_createCCtx()
  defer { unsafe ZSTD_freeCCtx(context) }
  var compressed = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
  unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
  unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
  let count = unsafe ZSTD_compress2(context, &compressed, compressed.count, bytes, bytes.count)
  guard ZSTD_isError(count) == 0 else {
    throw Fault(.inputOutput, "libzstd could not compress; check the memory left")
  }
  compressed.removeLast(compressed.count - count)
  return compressed
}
