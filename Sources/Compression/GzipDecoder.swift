import CZlib

/// Gzip members one after the other, then zeros as tape and block padding leave them, and nothing else.
@safe final class GzipDecoder: StreamDecoder {
  private enum Position {
    case inMember, betweenMembers, inPadding
  }

  private let stream: UnsafeMutablePointer<z_stream>
  private var position = Position.inMember
  private(set) var fault: Fault?

  var mayEnd: Bool { position != .inMember }

  init() throws(Fault) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits of window, 16 for the gzip wrapper.
    guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw Fault(.inputOutput, "zlib could not start; check the memory left")
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  @unsafe func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> DecoderStep {
    var step = DecoderStep()
    while fault == nil {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: input[step.consumed...])
      if position == .inMember {
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: output[step.produced...])
        let inflated = unsafe inflateMember(rest, room)
        step.consumed += inflated.consumed
        step.produced += inflated.produced
        if position == .inMember { break }
      } else if unsafe !skipBetweenMembers(rest, &step) {
        break
      }
    }
    return step
  }

  /// Steps over padding or into the next member; false when there is no more input or it is neither.
  @unsafe private func skipBetweenMembers(_ rest: UnsafeRawBufferPointer, _ step: inout DecoderStep) -> Bool {
    guard let next = unsafe rest.first else { return false }
    if next == 0 {
      position = .inPadding
      step.consumed += unsafe rest.prefix { $0 == 0 }.count
    } else if next == 0x1F, position == .betweenMembers {
      unsafe inflateReset(stream)
      position = .inMember
    } else {
      fault = Fault(.corrupt, "Bytes after the end of the gzip data are neither a gzip member nor zeros")
      return false
    }
    return true
  }

  @unsafe private func inflateMember(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) -> DecoderStep {
    let inputCount = UInt32(clamping: input.count)
    let outputCount = UInt32(clamping: output.count)
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = inputCount
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = outputCount
    switch unsafe inflate(stream, Z_NO_FLUSH) {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: position = .betweenMembers
    case Z_MEM_ERROR: fault = Fault(.inputOutput, "zlib ran out of memory")
    default:
      let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "not readable"
      fault = Fault(.corrupt, "The gzip data is damaged (\(reason)); fetch the file again")
    }
    return unsafe DecoderStep(
      consumed: Int(inputCount - stream.pointee.avail_in), produced: Int(outputCount - stream.pointee.avail_out))
  }
}
