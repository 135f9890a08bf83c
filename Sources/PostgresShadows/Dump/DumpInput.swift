import AuditTrail
import Compression
import Digests
import Foundation
import Replay
import ThrowAwayServers

/// The plain SQL of a dump as a stream: a script, plain or compressed, or what pg_restore makes of an archive.
final class DumpInput {
  private enum Source {
    case file(DumpFile)
    case restore(Process, FileHandle)
  }

  /// The dump as the user named it.
  let path: String
  /// Bytes of plain SQL read so far.
  private(set) var count = 0
  private let source: Source
  private var hasher = SHA256Hasher()

  /// Fails for a folder that holds anything but files: what waits for a writer would be waited for without an end.
  private static func requireFiles(in folder: String) throws(AssayError) {
    for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() {
      let path = "\(folder)/\(name)"
      let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
      guard type == .typeRegular else {
        throw AssayError(
          .unknownFormat, "This folder is not a dump of pg_dump -Fd: it holds something that is not a file.",
          at: Place(path))
      }
    }
  }

  /// Opens a dump: a `.sql` script, which may be gzip or zstd, an archive of `pg_dump -Fc`, or a folder of `-Fd`.
  ///
  /// - Throws: `missing_input`; `unavailable` where an archive needs pg_restore and there is none.
  init(_ path: String, programs: ServerPrograms) throws(AssayError) {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw AssayError(
        .missingInput, "There is no dump here; check the path in --shadow or in the configuration.", at: Place(path))
    }
    if FileManager.default.fileExists(atPath: path + "/.") {
      guard FileManager.default.fileExists(atPath: path + "/toc.dat") else {
        throw AssayError(
          .unknownFormat, "This folder is not a dump: it has no toc.dat, which pg_dump -Fd writes.", at: Place(path))
      }
      try Self.requireFiles(in: path)
      source = try Self.restoring(path, programs)
      return
    }
    do {
      var start = [UInt8](repeating: 0, count: 16)
      var opened = try CompressedInput(path: path)
      let count = try opened.read(into: &start)
      if start.starts(with: "toc.dat\0".utf8) {
        throw AssayError(
          .unknownFormat,
          "This is an archive of pg_dump -Ft, which is not read; write the dump with -Fc, -Fd or as plain SQL.",
          at: Place(path))
      }
      if start.starts(with: "SQLite format 3\0".utf8) {
        throw AssayError(
          .unknownFormat, "This is a SQLite database; name it as sqlite:, or give a dump of pg_dump.", at: Place(path))
      }
      if count >= 5, start.starts(with: "PGDMP".utf8) {
        guard opened.format == .plain else {
          throw AssayError(
            .unknownFormat, "This archive of pg_dump -Fc was compressed once more; decompress it first.",
            at: Place(path))
        }
        source = try Self.restoring(path, programs)
      } else {
        source = .file(try DumpFile(path))
      }
    } catch let error as CompressionError {
      throw Self.unreadableDump(error, path)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.inputOutput, "The dump could not be read.", at: Place(path))
    }
  }

  deinit {
    if case .restore(let process, _) = source, process.isRunning { process.terminate() }
  }

  private static func restoring(_ path: String, _ programs: ServerPrograms) throws(AssayError) -> Source {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    let wall = try RestoreSandbox(programs)
    let process = Program.process(wall.restore(absolute, ["--file=-", "--no-owner"]))
    let output = Pipe()
    process.standardOutput = output
    try Program.start(process)
    return .restore(process, output.fileHandleForReading)
  }

  private static func unreadableDump(_ error: CompressionError, _ path: String) -> AssayError {
    let code: AssayError.Code =
      switch error.code {
      case .missing: .missingInput
      case .notARegularFile: .notAFile
      case .changedWhileRead: .changedWhileRead
      case .permission, .inputOutput: .inputOutput
      case .truncated, .corrupt, .unsupported, .expansionLimit: .damagedContainer
      }
    return AssayError(code, error.message + ".", at: Place(path))
  }

  /// The next bytes of plain SQL; empty at the end.
  func read() throws(AssayError) -> [UInt8] {
    let bytes: [UInt8]
    switch source {
    case .file(let file):
      do throws(CompressionError) {
        bytes = try file.read()
      } catch {
        throw Self.unreadableDump(error, path)
      }
    case .restore(let process, let output):
      do {
        bytes = [UInt8](try output.read(upToCount: 1 << 18) ?? Data())
      } catch {
        throw AssayError(.inputOutput, "The archive could not be read through pg_restore.", at: Place(path))
      }
      if bytes.isEmpty { try finish(process) }
    }
    // To the server a text ends there: what follows would be left out unsaid.
    if let place = bytes.firstIndex(of: 0) {
      throw AssayError(
        .invalidFile, "This script holds a NUL byte, which no SQL does; write the dump again, or remove it.",
        at: Place(path, byteOffset: count + place))
    }
    hasher.update(bytes)
    count += bytes.count
    return bytes
  }

  private func finish(_ process: Process) throws(AssayError) {
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw AssayError(
        .damagedContainer,
        "pg_restore cannot read this archive; it may be cut short, made by a newer pg_dump than the server here, or another "
          + "user's who keeps it to himself: then give it a copy of your own.",
        at: Place(path))
    }
  }

  /// The digest of all that was read.
  func finishDigest() -> SHA256Digest { hasher.finish() }
}

/// A script, plain or compressed, read to its end.
private final class DumpFile {
  private var input: CompressedInput

  init(_ path: String) throws(CompressionError) { input = try CompressedInput(path: path) }

  func read() throws(CompressionError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = try input.read(into: &bytes)
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
