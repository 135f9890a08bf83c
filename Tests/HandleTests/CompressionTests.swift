import Compression
import Foundation
import Testing

/// A directory that goes when the test does.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ bytes: [UInt8], _ name: String = "file") throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

/// What was read of a file until its end or a fault.
private struct Reading {
  var content: [UInt8] = []
  var stored: [UInt8] = []
  var error: CompressionError?

  init(
    _ path: String, bufferSize: Int = 1 << 18, limits: ExpansionLimits = ExpansionLimits(),
    afterFirstRead: () throws -> Void = {}
  ) throws {
    do throws(CompressionError) {
      var input = try CompressedInput(path: path, limits: limits)
      try read(&input, bufferSize, afterFirstRead)
    } catch {
      self.error = error
    }
  }

  private mutating func read(
    _ input: inout CompressedInput, _ bufferSize: Int, _ afterFirstRead: () throws -> Void
  ) throws(CompressionError) {
    var buffer = [UInt8](repeating: 0xEE, count: bufferSize)
    do throws(CompressionError) {
      while true {
        let count = try input.read(into: &buffer, updating: &stored) { $0 += Self.array($1) }
        if count == 0 { return }
        if content.isEmpty { try? afterFirstRead() }
        content += buffer[..<count]
      }
    } catch {
      try input.drain(updating: &stored) { $0 += Self.array($1) }
      throw error
    }
  }

  private static func array(_ span: Span<UInt8>) -> [UInt8] {
    unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
  }
}

/// Bytes that compress a little: text-like, the same in every run.
private func sample(_ count: Int) -> [UInt8] {
  Array(sampleSource[..<count])
}

private let sampleSource: [UInt8] = {
  var state: UInt64 = 42
  return (0..<largeSize).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: 0x20 + (state >> 33) % 64)
  }
}()

/// More than two chunks of stored bytes in each format.
private let largeSize = 3_000_000

private func stored(_ bytes: [UInt8], _ format: CompressionFormat) throws -> [UInt8] {
  switch format {
  case .plain: bytes
  case .gzip: try compress(bytes, as: .gzip())
  case .zstd: try compress(bytes, as: .zstd())
  }
}

@Suite struct CompressionTests {
  private static let packed: [CompressionFormat] = [.gzip, .zstd]

  @Test(arguments: CompressionFormat.allCases, [0, 1, 5, 4096, largeSize])
  func `a file is read whole, whatever its format, size and the buffer`(format: CompressionFormat, size: Int) throws {
    let directory = try TemporaryDirectory()
    let content = sample(size)
    let bytes = try stored(content, format)
    let path = try directory.write(bytes)
    for bufferSize in [size < 10_000 ? 1 : 4095, 1 << 16, 1 << 22] {
      let reading = try Reading(path, bufferSize: bufferSize)
      #expect(reading.error == nil)
      #expect(reading.content == content)
      #expect(reading.stored == bytes, "what passes is the file as stored")
    }
    let input = try CompressedInput(path: path)
    #expect(input.format == format)
    #expect(input.storedSize == bytes.count)
    #expect(try decompress(bytes, limit: size) == content)
  }

  @Test(arguments: packed)
  func `members and frames one after the other are one content`(format: CompressionFormat) throws {
    let directory = try TemporaryDirectory()
    let parts = [sample(10), [], sample(700_000), sample(3)]
    let path = try directory.write(parts.flatMap { try stored($0, format) })
    for bufferSize in [7, 1 << 20] {
      let reading = try Reading(path, bufferSize: bufferSize)
      #expect(reading.error == nil)
      #expect(reading.content == parts.flatMap(\.self))
    }
  }

  @Test func `skippable zstd frames are stepped over`() throws {
    let directory = try TemporaryDirectory()
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let path = try directory.write(skippable + (try stored(sample(100), .zstd)) + skippable)
    let reading = try Reading(path)
    #expect(reading.error == nil)
    #expect(reading.content == sample(100))
  }

  @Test(arguments: packed)
  func `a file cut anywhere is truncated, and what it holds is delivered first`(format: CompressionFormat) throws {
    let directory = try TemporaryDirectory()
    let content = sample(300)
    let bytes = try stored(content, format)
    var delivered = 0
    for count in 4..<bytes.count {
      let reading = try Reading(try directory.write(Array(bytes[..<count])), bufferSize: 64)
      #expect(reading.error?.code == .truncated)
      #expect(reading.error?.storedOffset == Int64(count))
      #expect(reading.error?.contentOffset == Int64(reading.content.count))
      #expect(content.starts(with: reading.content))
      #expect(reading.stored == Array(bytes[..<count]), "the digest of a damaged file covers all of it")
      delivered = max(delivered, reading.content.count)
      #expect(throws: CompressionError.self) { try decompress(Array(bytes[..<count]), limit: 1000) }
    }
    #expect(delivered == content.count, "the last cuts take the checksum only")
  }

  @Test(arguments: packed)
  func `a flipped bit is noticed or changes nothing`(format: CompressionFormat) throws {
    let directory = try TemporaryDirectory()
    let content = sample(300)
    let bytes = try stored(content, format)
    var noticed = 0
    for index in 4..<bytes.count {
      var damaged = bytes
      damaged[index] ^= 1 << UInt8(index % 8)
      let reading = try Reading(try directory.write(damaged))
      #expect(reading.error != nil || reading.content == content)
      #expect(reading.stored == damaged)
      if reading.error != nil { noticed += 1 }
    }
    #expect(noticed > bytes.count / 2)
  }

  @Test(arguments: packed)
  func `a wrong checksum is corrupt after the content was delivered`(format: CompressionFormat) throws {
    let directory = try TemporaryDirectory()
    var bytes = try stored(sample(1000), format)
    bytes[bytes.count - (format == .gzip ? 5 : 1)] ^= 0xFF
    let reading = try Reading(try directory.write(bytes))
    #expect(reading.error?.code == .corrupt)
    #expect(reading.content == sample(1000))
  }

  @Test func `zeros after gzip data are padding, anything else is named with its place`() throws {
    let directory = try TemporaryDirectory()
    let member = try stored(sample(50), .gzip)
    let padded = try Reading(try directory.write(member + [UInt8](repeating: 0, count: 2_000_000)))
    #expect(padded.error == nil)
    #expect(padded.content == sample(50))
    for tail: [UInt8] in [[1], [0, 0, 7], [0x20, 0x8B], [0x1F, 0x20, 0, 0], [0, 0x1F, 0x8B]] {
      let reading = try Reading(try directory.write(member + tail))
      #expect(reading.error?.code == .corrupt)
      #expect(reading.content == sample(50))
      let offset = (reading.error?.storedOffset ?? 0) - Int64(member.count)
      #expect((0...2).contains(offset), "\(tail)")
    }
  }

  @Test func `bytes after zstd data are corrupt`() throws {
    let directory = try TemporaryDirectory()
    let frame = try stored(sample(50), .zstd)
    let reading = try Reading(try directory.write(frame + Array("rubbish".utf8)))
    #expect(reading.error?.code == .corrupt)
    #expect(reading.content == sample(50))
  }

  @Test(arguments: [
    // A window of 512 MiB; a dictionary of number 5.
    [0x28, 0xB5, 0x2F, 0xFD, 0, 19 << 3, 1, 0, 0], [0x28, 0xB5, 0x2F, 0xFD, 1, 0, 5, 1, 0, 0],
  ])
  func `zstd data that needs a huge window or a dictionary is named as such`(bytes: [UInt8]) throws {
    let directory = try TemporaryDirectory()
    #expect(try Reading(try directory.write(bytes)).error?.code == .unsupported)
  }

  @Test(arguments: packed)
  func `a bomb is stopped when it passes both limits`(format: CompressionFormat) throws {
    let directory = try TemporaryDirectory()
    let size = 8 << 20
    let path = try directory.write(try stored([UInt8](repeating: 0, count: size), format))
    let stopped = try Reading(path, limits: ExpansionLimits(bytes: 1 << 20, ratio: 100))
    #expect(stopped.error?.code == .expansionLimit)
    #expect(stopped.content.count > 1 << 20 && stopped.content.count < 2 << 20)
    for limits in [
      ExpansionLimits(), ExpansionLimits(bytes: 1 << 20, ratio: Int64.max),
      ExpansionLimits(bytes: Int64(size), ratio: 1),
    ] {
      let reading = try Reading(path, limits: limits)
      #expect(reading.error == nil)
      #expect(reading.content.count == size)
    }
    let bytes = try stored([UInt8](repeating: 0, count: size), format)
    #expect {
      try decompress(bytes, limit: size - 1)
    } throws: {
      ($0 as? CompressionError)?.code == .expansionLimit
    }
  }

  @Test func `what is not a readable file is refused by name and never waited for`() throws {
    let directory = try TemporaryDirectory()
    let fifo = "\(directory.path)/fifo"
    let status = unsafe mkfifo(fifo, 0o600)
    try #require(status == 0)
    for path in [directory.path, fifo, "/dev/null"] {
      #expect(try Reading(path).error?.code == .notARegularFile)
    }
    for path in ["\(directory.path)/none", "\(directory.path)/a\0b", ""] {
      #expect(try Reading(path).error?.code == .missing)
    }
    let file = try directory.write([1])
    #expect(try Reading("\(file)/below").error?.code == .missing)
    #expect(try Reading(directory.path).error?.path == directory.path)
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may read every file"))
  func `a file without read permission is refused`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([1])
    let status = unsafe chmod(path, 0)
    try #require(status == 0)
    #expect(try Reading(path).error?.code == .permission)
  }

  @Test(arguments: CompressionFormat.allCases)
  func `a file that grows or shrinks while it is read is noticed`(format: CompressionFormat) throws {
    let directory = try TemporaryDirectory()
    let bytes = try stored(sample(largeSize), format)
    for size in [bytes.count + 10, bytes.count / 2] {
      let path = try directory.write(bytes)
      let reading = try Reading(path, bufferSize: 4096) {
        let status = unsafe truncate(path, size)
        try #require(status == 0)
      }
      #expect(reading.error?.code == .changedWhileRead)
    }
  }

  @Test func `an open descriptor is read from where it stands and closed`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([9, 9] + (try stored(sample(10), .gzip)))
    let descriptor = unsafe open(path, O_RDONLY)
    try #require(lseek(descriptor, 2, SEEK_SET) == 2)
    do {
      var input = try CompressedInput(adopting: descriptor, name: "standard input")
      var buffer = [UInt8](repeating: 7, count: 20)
      #expect(try input.read(into: &buffer, at: 5) == 10)
      #expect(buffer == [7, 7, 7, 7, 7] + sample(10) + [7, 7, 7, 7, 7])
      #expect(try input.read(into: &buffer) == 0)
    }
    #expect(fcntl(descriptor, F_GETFD) == -1)
  }

  @Test func `gzip bytes carry no time and no system`() throws {
    let bytes = try compress(sample(100), as: .gzip(level: 9))
    #expect(bytes[4..<8].allSatisfy { $0 == 0 })
    #expect(bytes[9] == 255)
    #expect(try compress(sample(100), as: .gzip(level: 9)) == bytes)
    #expect(try compress(sample(100_000), as: .zstd(level: 19)) == compress(sample(100_000), as: .zstd(level: 19)))
    #expect(try decompress(try compress(sample(9), as: .gzip(level: 99)), limit: 9) == sample(9))
  }
}
