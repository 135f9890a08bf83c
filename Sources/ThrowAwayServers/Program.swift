package import AuditTrail
package import Foundation

/// Runs other programs: by path, without a shell, with an environment of our own.
package enum Program {
  /// What every program gets: no locale, no settings of the user.
  package static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"]

  /// A program that was not started yet. It sees the folder `/`, so that it may run as a user who cannot enter ours.
  package static func process(_ path: String, _ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = URL(filePath: "/")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    return process
  }

  /// A program that was not started yet, from the words of its command, the program's path first.
  package static func process(_ command: [String]) -> Process {
    process(command.first ?? "", Array(command.dropFirst()))
  }

  /// Starts a program.
  package static func start(_ process: Process) throws(AssayError) {
    do {
      try process.run()
    } catch {
      throw AssayError(
        .unavailable, "A program could not be started; check that it is installed and may be run.",
        at: Place(process.executableURL?.path ?? ""))
    }
  }

  /// Runs a program to its end; gives its exit status and what it printed on standard output.
  package static func run(_ path: String, _ arguments: [String]) throws(AssayError) -> (status: Int32, output: String) {
    let process = process(path, arguments)
    let output = Pipe()
    process.standardOutput = output
    try start(process)
    let text = try? output.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return (status, String(decoding: text ?? Data(), as: UTF8.self))
  }

  /// The path of a program in one of the folders.
  package static func find(_ name: String, in folders: [String]) -> String? {
    folders.lazy.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The folders of `PATH`.
  package static var searchPath: [String] {
    (ProcessInfo.processInfo.environment["PATH"] ?? environment["PATH"] ?? "").split(separator: ":").map(String.init)
  }
}

/// A process by its number and the moment it started, which together name it for as long as the machine runs.
package struct ProcessIdentity: Hashable, Sendable {
  package let number: Int32
  /// In ticks since the machine started, as the kernel says.
  package let started: UInt64

  /// The process with the number, if there is one.
  package init?(_ number: Int32) {
    guard number > 0, let started = Self.fields(number).flatMap({ $0.count > 19 ? UInt64($0[19]) : nil }) else {
      return nil
    }
    self.number = number
    self.started = started
  }

  /// What the kernel says of a process after its name: its state, its parent, ….
  private static func fields(_ number: Int32) -> [Substring]? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(number)/stat") else { return nil }
    // The name in parentheses may hold spaces and parentheses; the fields after it may not.
    return String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
  }

  /// The process that started it.
  var parent: Int32? { Self.fields(number).flatMap { $0.count > 1 ? Int32($0[1]) : nil } }

  /// Every process that works in the folder.
  package static func working(in folder: String) -> [ProcessIdentity] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { name in
      Int32(name).flatMap { ProcessIdentity($0) }
    }.filter { $0.workingFolder == folder }
  }

  /// This process.
  package static var current: ProcessIdentity? { ProcessIdentity(ProcessInfo.processInfo.processIdentifier) }

  /// A process as `text` wrote it.
  package init?(text: String) {
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let number = Int32(fields[0]), let started = UInt64(fields[1]) else { return nil }
    self.number = number
    self.started = started
  }

  /// `NUMBER STARTED`.
  package var text: String { "\(number) \(started)\n" }

  /// Whether it still runs.
  package var isRunning: Bool { ProcessIdentity(number) == self }

  /// The processes that a process has started and that still run.
  package static func children(of number: Int32) -> [Int32] {
    let bytes = FileManager.default.contents(atPath: "/proc/\(number)/task/\(number)/children") ?? Data()
    return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
  }

  /// The folder it works in.
  package var workingFolder: String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/cwd")
  }
}
