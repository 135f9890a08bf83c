import Archives
import AuditTrail
import Compression
import Foundation
import Glibc
import Testing

struct ContainerTests {
  private static func manyLines(_ count: Int) -> [UInt8] {
    NativeSamples.sealed((0..<count).map { .heartbeat(Timestamp(nanoseconds: Int64($0) * 7_919_000_000_003)) })
  }

  @Test(arguments: [CompressionMethod.gzip(), .zstd()])
  func `what lies whole before the damage is kept, and the damage is said`(_ method: CompressionMethod) throws {
    let stored = try compress(Self.manyLines(20_000), as: method)
    let reading = try read(Array(stored[..<(stored.count / 2)]))
    #expect(reading.addsUp)
    #expect(reading.heartbeats.count > 1000)
    #expect(reading.summary.damage?.code == .damagedContainer)
    #expect(reading.summary.damage?.code.category == .badData)
    #expect(reading.summary.damage?.place?.byteOffset == Int(reading.summary.expandedBytes))
    #expect(reading.summary.flags == ["damaged_container", "last_line_unterminated", "unsealed", "unsigned"])
    #expect(reading.rejected.map(\.reason) == ["entry_cut"])
    #expect(reading.summary.seal == .none)
  }

  @Test func `any bit flipped in a compressed archive is noticed`() throws {
    let stored = try compress(Self.manyLines(50), as: .gzip())
    // The header's time, flags of the compressor and system are not part of the content.
    for index in stored.indices where !(4..<10).contains(index) {
      var tampered = stored
      tampered[index] ^= 4
      let isNoticed: Bool
      do {
        let summary = try read(tampered).summary
        isNoticed = summary.damage != nil || summary.seal != .valid || summary.rejected > 0
      } catch {
        isNoticed = error is AssayError
      }
      if !isNoticed { Issue.record("byte \(index) passes") }
    }
  }

  /// In a process of its own: the peak of this one is that of every test that runs beside.
  @Test func `a line of 200 MB is rejected unread in little memory`() async {
    await #expect(processExitsWith: .success) {
      let lines = NativeSamples.lines()
      try withFile(Array((lines[0] + "\n").utf8)) { path in
        let file = try #require(FileHandle(forWritingAtPath: path))
        // A hole in the file reads as zeros and takes no disk.
        try file.seek(toOffset: 200_000_000)
        try file.write(contentsOf: Array(("\n" + lines[2] + "\n").utf8))
        try file.close()
        let before = peakMemory()
        let reading = try read(path: path)
        #expect(reading.addsUp)
        #expect(reading.rejected.map(\.reason) == ["record_too_long"])
        #expect(reading.rejected.first?.bytes == 200_000_000 - Int64(lines[0].utf8.count) - 1)
        #expect(reading.statements == [NativeSamples.statement])
        #expect(peakMemory() - before < 120_000, "kilobytes more at the peak")
      }
    }
  }

  @Test func `a decompression bomb stops at its limit`() throws {
    let bomb = try compress([UInt8](repeating: 0, count: 20_000_000), as: .gzip(level: 9))
    var options = ReadOptions()
    options.expansion = ExpansionLimits(bytes: 4 << 20, ratio: 100)
    options.maximumEntryBytes = 1 << 20
    let reading = try read(bomb, as: .native, options)
    #expect(reading.addsUp)
    #expect(reading.summary.damage?.code == .damagedContainer)
    #expect(reading.summary.damage?.cause?.contains("expansion_limit") == true)
    #expect(reading.rejected.map(\.reason) == ["record_too_long"])
    #expect(reading.summary.expandedBytes < 8 << 20)
  }

  @Test(arguments: [ArchiveFormat.native, .hoopSessions, .hoopinspect])
  func `nesting of 100,000 levels is rejected`(_ format: ArchiveFormat) throws {
    let deep = #"{"id":"# + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}"
    let reading = try read(deep + "\n", as: format)
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason) == ["too_deep"])
  }

  /// What logs do not show themselves, for formats that read nothing without it.
  private static var told: ReadOptions {
    var options = ReadOptions()
    (options.linePrefix, options.logYear, options.zone) = ("%m [%p] ", 2026, { _, _ in 0 })
    return options
  }

  @Test func `an empty file is an archive of no entries only where its format is named`() throws {
    let error = assayError { _ = try read([]) }
    #expect(error?.code == .unknownFormat)
    #expect(error?.message.contains("empty") == true)
    for format in ArchiveFormat.allCases {
      let reading = try read([], as: format, Self.told)
      #expect(reading.summary.entries == 0)
      #expect(reading.addsUp)
    }
  }

  @Test func `what is not a file is told with the right exit status`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("archives-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let pipe = folder.appendingPathComponent("pipe").path
    let made = unsafe mkfifo(pipe, 0o600)
    #expect(made == 0)
    let cases: [(String, AssayError.Code)] = [
      (folder.path, .notAFile), (pipe, .notAFile), (folder.appendingPathComponent("none").path, .missingInput),
    ]
    for (path, code) in cases {
      let error = assayError { _ = try read(path: path) }
      #expect(error?.code == code)
      #expect(error?.code.category == .missingInput)
      #expect(error?.place?.path == path)
    }
  }

  @Test func `a file that changes while it is read is not taken`() throws {
    try withFile(Self.manyLines(60_000)) { path in
      var batches = 0
      let error = assayError {
        _ = try readArchive(path: path) { _ in
          batches += 1
          if batches == 1, let file = FileHandle(forWritingAtPath: path) {
            file.seekToEndOfFile()
            file.write(Data("{}\n".utf8))
            file.closeFile()
          }
        }
      }
      #expect(error?.code == .changedWhileRead)
      #expect(error?.code.category == .inputOutput)
    }
  }

  @Test func `an error of the receiver ends the reading`() throws {
    let refusal = AssayError(.ledger, "full")
    let bytes = Self.manyLines(10)
    let error = assayError {
      try withFile(bytes) { path in
        _ = try readArchive(path: path) { (_) throws(AssayError) in throw refusal }
      }
    }
    #expect(error == refusal)
  }

  @Test func `entries add up for any mixture of lines`() throws {
    var state: UInt64 = 42
    func next(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }
    let pieces =
      NativeSamples.lines() + [HoopSamples.session(), "", "  ", "{", "]", "[", "\u{0}", "\"", "{}", "\r", "é,"]
    for _ in 0..<100 {
      let text = (0..<next(12)).map { _ in pieces[next(UInt64(pieces.count))] + (next(5) == 0 ? "" : "\n") }.joined()
      for format in ArchiveFormat.allCases {
        let reading = try read(text, as: format, Self.told)
        #expect(reading.addsUp, "\(format) \(text)")
      }
    }
  }
}

/// The most memory the process ever had, in kilobytes; 0 where the system does not say.
private func peakMemory() -> Int {
  let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
}
