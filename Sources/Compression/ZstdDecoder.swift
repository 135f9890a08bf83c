import CZstd

/// Zstandard frames, skippable ones included, one after the other and nothing else.
@safe final class ZstdDecoder: StreamDecoder {
  private let stream: OpaquePointer
  /// How much input libzstd asked for: one block. A call that fails drops what it decoded before the fault, so no call
  /// may see more than that.
  private var wanted = 1
  private(set) var mayEnd = false
  private(set) var fault: Fault?

  init() throws(Fault) {
    guard let stream = unsafe ZSTD_createDStream() else {
      throw Fault(.inputOutput, "libzstd could not start; check the memory left")
    }
    unsafe self.stream = stream
  }

  deinit {
    unsafe ZSTD_freeDStream(stream)
  }

  @unsafe func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> DecoderStep {
    // At the end of a frame nothing is left to flush, and a call without input would only begin the next frame.
    if unsafe fault != nil || (mayEnd && input.isEmpty) { return DecoderStep() }
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: min(input.count, wanted), pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = unsafe ZSTD_decompressStream(stream, &target, &source)
    let step = unsafe DecoderStep(consumed: source.pos, produced: target.pos)
    if ZSTD_isError(result) != 0 {
      fault = Self.fault(ZSTD_getErrorCode(result), atFrameStart: mayEnd)
    } else if step.consumed > 0 || step.produced > 0 {
      mayEnd = result == 0
      wanted = max(1, result)
    }
    return step
  }

  private static func fault(_ code: ZSTD_ErrorCode, atFrameStart: Bool) -> Fault {
    switch code {
    case ZSTD_error_frameParameter_windowTooLarge:
      return Fault(.unsupported, "The zstd data needs a window above 128 MiB; compress it again without --long")
    case ZSTD_error_dictionary_wrong:
      return Fault(.unsupported, "The zstd data needs a dictionary; compress it again without one")
    case ZSTD_error_memory_allocation:
      return Fault(.inputOutput, "libzstd ran out of memory")
    case ZSTD_error_prefix_unknown where atFrameStart:
      return Fault(.corrupt, "Bytes after the end of the zstd data are not a zstd frame")
    default:
      let reason = unsafe String(cString: ZSTD_getErrorString(code))
      return Fault(.corrupt, "The zstd data is damaged (\(reason)); fetch the file again")
    }
  }
}
