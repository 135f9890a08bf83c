/// A file read as a stream of its content: plain, gzip or zstd, told by its first bytes. One chunk of the file is held
/// at a time, and the stored bytes can be seen as they pass, so that one pass both hashes and reads a file.
public struct CompressedInput: ~Copyable {
  /// How many stored bytes are read at a time: few enough to be still in the processor's cache when they are hashed, copied
  /// and parsed.
  public static let chunkSize = 1 << 18

  /// The file as it was named.
  public let path: String
  /// How the file is stored.
  public let format: CompressionFormat
  /// The file's size when it was opened, in bytes.
  public var storedSize: Int64 { file.size }
  /// Stored bytes decoded so far.
  public private(set) var storedCount: Int64 = 0
  /// Decompressed bytes delivered so far.
  public private(set) var contentCount: Int64 = 0

  private let file: StoredFile
  private let limits: ExpansionLimits
  private let decoder: any StreamDecoder
  /// The chunk in work; `consumed..<filled` is still to be decoded.
  private var chunk: [UInt8]
  private var consumed = 0
  private var filled: Int
  /// Bytes read from the file, decoded or not.
  private var readCount: Int64
  /// Whether whoever watches the stored bytes has seen the chunk in work.
  private var chunkWasSeen = false
  private var reachedEnd = false
  private var failure: CompressionError?

  /// Opens the file at `path`. Throws `missing`, `permission`, `not_a_regular_file` or `io`.
  public init(path: String, limits: ExpansionLimits = ExpansionLimits()) throws(CompressionError) {
    do throws(Fault) {
      try self.init(file: try StoredFile(path: path), name: path, limits: limits)
    } catch {
      throw error.at(path)
    }
  }

  /// Reads the regular file open at `descriptor` from where it stands, and closes it in the end. `name` is in
  /// errors. Throws `not_a_regular_file` or `io`.
  public init(
    adopting descriptor: Int32, name: String, limits: ExpansionLimits = ExpansionLimits()
  ) throws(CompressionError) {
    do throws(Fault) {
      try self.init(file: try StoredFile(adopting: descriptor), name: name, limits: limits)
    } catch {
      throw error.at(name)
    }
  }

  private init(file: consuming StoredFile, name: String, limits: ExpansionLimits) throws(Fault) {
    var chunk = [UInt8](repeating: 0, count: Self.chunkSize)
    let count = try file.read(into: &chunk)
    let format = CompressionFormat(startingWith: chunk.span.extracting(..<count))
    let decoder = try format.makeDecoder()
    path = name
    self.format = format
    self.file = file
    self.limits = limits
    self.decoder = decoder
    self.chunk = chunk
    filled = count
    readCount = Int64(count)
  }

  /// Fills `buffer` with content from `offset` on, as far as its count goes; returns how many bytes, 0 at the end of a
  /// sound and unchanged file. What comes before a fault is delivered first, the call after that throws, and so does
  /// every later one: `truncated`, `corrupt`, `unsupported`, `expansion_limit`, `changed_while_read` or `io`.
  public mutating func read(into buffer: inout [UInt8], at offset: Int = 0) throws(CompressionError) -> Int {
    var nobody: Void = ()
    return try read(into: &buffer, at: offset, updating: &nobody) { _, _ in }
  }

  /// As `read(into:at:)`, and shows every stored chunk, once and in order, to `observe` together with `observer`. When
  /// reading fails, a hasher that is to see the whole file needs `drain(updating:_:)` too.
  public mutating func read<Observer: ~Copyable>(
    into buffer: inout [UInt8], at offset: Int = 0, updating observer: inout Observer,
    _ observe: (inout Observer, Span<UInt8>) -> Void
  ) throws(CompressionError) -> Int {
    precondition(offset >= 0 && offset < buffer.count, "There must be room in the buffer")
    var produced = 0
    while produced == 0 {
      if let failure { throw failure }
      if reachedEnd { return 0 }
      produced = fill(&buffer, at: offset, &observer, observe)
    }
    return produced
  }

  /// Reads what is left of the stored bytes without decoding them and shows them to `observe`, so that a digest covers
  /// the file as stored even though its content could not be read to the end. Throws `changed_while_read` or `io`;
  /// no content can be read afterwards.
  public mutating func drain<Observer: ~Copyable>(
    updating observer: inout Observer, _ observe: (inout Observer, Span<UInt8>) -> Void
  ) throws(CompressionError) {
    reachedEnd = true
    do throws(Fault) {
      repeat {
        showChunk(to: &observer, observe)
      } while try refill()
    } catch {
      throw error.at(path, stored: readCount, content: contentCount)
    }
    try requireUnchanged()
  }

  /// Decodes until the buffer is full, the file ends or a fault is found; the latter two are noted for the next call.
  private mutating func fill<Observer: ~Copyable>(
    _ buffer: inout [UInt8], at offset: Int, _ observer: inout Observer,
    _ observe: (inout Observer, Span<UInt8>) -> Void
  ) -> Int {
    var produced = 0
    while offset + produced < buffer.count, failure == nil, !reachedEnd {
      showChunk(to: &observer, observe)
      let step = decode(into: &buffer, at: offset + produced)
      produced += step.produced
      if let fault = decoder.fault {
        fail(fault)
      } else if format != .plain, limits.exceeded(stored: storedCount, content: contentCount) {
        fail(
          Fault(
            .expansionLimit,
            "The content passes \(limits.bytes) bytes and \(limits.ratio) times the stored size; "
              + "raise the limits if the file is to be trusted"))
      } else if step.consumed == 0, step.produced == 0 {
        continueWithNextChunk()
      }
    }
    return produced
  }

  private mutating func decode(into buffer: inout [UInt8], at offset: Int) -> DecoderStep {
    let step = unsafe chunk.withUnsafeBytes { source in
      unsafe buffer.withUnsafeMutableBytes { target in
        unsafe decoder.step(
          UnsafeRawBufferPointer(rebasing: source[consumed..<filled]),
          UnsafeMutableRawBufferPointer(rebasing: target[offset...]))
      }
    }
    consumed += step.consumed
    storedCount += Int64(step.consumed)
    contentCount += Int64(step.produced)
    return step
  }

  private mutating func showChunk<Observer: ~Copyable>(
    to observer: inout Observer, _ observe: (inout Observer, Span<UInt8>) -> Void
  ) {
    if chunkWasSeen { return }
    chunkWasSeen = true
    if filled > 0 { observe(&observer, chunk.span.extracting(..<filled)) }
  }

  private mutating func continueWithNextChunk() {
    do throws(Fault) {
      if try refill() { return }
    } catch {
      return fail(error)
    }
    reachedEnd = true
    if !decoder.mayEnd {
      fail(Fault(.truncated, "The \(format.rawValue) data stops before its end; fetch the rest of the file"))
    } else if !file.isUnchanged() {
      fail(Self.changed)
    }
  }

  /// Reads the next chunk; false at the end of the file.
  private mutating func refill() throws(Fault) -> Bool {
    consumed = 0
    filled = 0
    filled = try file.read(into: &chunk)
    readCount += Int64(filled)
    chunkWasSeen = false
    return filled > 0
  }

  private static let changed = Fault(
    .changedWhileRead, "The file changed while it was read; read it again when its writer is done")

  /// Notes the fault for the next call; a file that changed while it was read explains every other fault.
  private mutating func fail(_ fault: Fault) {
    failure = (file.isUnchanged() ? fault : Self.changed).at(path, stored: storedCount, content: contentCount)
  }

  private func requireUnchanged() throws(CompressionError) {
    if !file.isUnchanged() { throw Self.changed.at(path, stored: readCount, content: contentCount) }
  }
}
