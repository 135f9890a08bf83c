/// What one call to a decoder did.
struct DecoderStep {
  var consumed = 0
  var produced = 0
}

/// Turns stored bytes into content. A class, as the C streams behind it need a fixed address and one owner.
protocol StreamDecoder: AnyObject {
  /// Whether the data may end here.
  var mayEnd: Bool { get }
  /// What the last step found wrong; what it produced before that is good.
  var fault: Fault? { get }
  /// Decodes from the start of `input` to the start of `output`. A step that neither consumes nor produces needs more
  /// input.
  @unsafe func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> DecoderStep
}

/// Content that is stored as it is.
final class PlainDecoder: StreamDecoder {
  let mayEnd = true
  let fault: Fault? = nil

  @unsafe func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> DecoderStep {
    let count = min(input.count, output.count)
    unsafe output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
    return DecoderStep(consumed: count, produced: count)
  }
}

extension CompressionFormat {
  func makeDecoder() throws(Fault) -> any StreamDecoder {
    switch self {
    case .plain: PlainDecoder()
    case .gzip: try GzipDecoder()
    case .zstd: try ZstdDecoder()
    }
  }
}
