import Dispatch
import Foundation
import Testing

/// What a run of the binary left: its exit status and what it printed.
struct Finished: CustomStringConvertible {
  /// The exit status; `nil` when a signal ended it.
  let status: Int32?
  let output: String
  let errors: String

  /// Everything it printed, for messages.
  var description: String { "status \(status.map(String.init) ?? "none, killed")\n\(output)\n\(errors)" }

  /// The one JSON document on standard output.
  var json: JSON {
    get throws { try JSON(output) }
  }
}

/// The product under test: the one that `ASSAY_TEST_BINARY` names, such as the optimised one; else the one that was built with
/// the tests, next to their bundle.
let binary =
  ProcessInfo.processInfo.environment["ASSAY_TEST_BINARY"].map { URL(filePath: $0) }
  ?? Bundle.module.bundleURL.deletingLastPathComponent().appending(path: "assay")

/// Until when a program that hangs is waited for, in seconds: so long that a busy machine never comes near it.
let patience = 900.0

/// Runs `assay` in a folder and waits for its end; SIGKILL after so many seconds.
///
/// Both streams go to files: a child never waits for a reader.
@discardableResult
func assay(_ arguments: [String], in folder: Folder, killAfter seconds: Double = patience) throws -> Finished {
  try run(binary, arguments, in: folder, killAfter: seconds)
}

/// As above, with the arguments one by one.
@discardableResult
func assay(_ arguments: String..., in folder: Folder) throws -> Finished { try assay(arguments, in: folder) }

/// Runs a program.
func run(_ program: URL, _ arguments: [String], in folder: Folder, killAfter seconds: Double = patience) throws
  -> Finished
{
  let name = UUID().uuidString
  let process = Process()
  process.executableURL = program
  process.arguments = arguments
  process.currentDirectoryURL = URL(filePath: folder.path)
  let (output, errors) = (folder.streams.appending(path: name + ".out"), folder.streams.appending(path: name + ".err"))
  try Data().write(to: output)
  try Data().write(to: errors)
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = try FileHandle(forWritingTo: output)
  process.standardError = try FileHandle(forWritingTo: errors)
  try process.run()
  let child = process.processIdentifier
  let timer = DispatchWorkItem { kill(child, SIGKILL) }
  DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: timer)
  process.waitUntilExit()
  timer.cancel()
  return Finished(
    status: process.terminationReason == .exit ? process.terminationStatus : nil,
    output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
    errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
}

/// The files that come with the tests.
func fixture(_ name: String) throws -> URL {
  try #require(Bundle.module.url(forResource: "fixtures", withExtension: nil)).appending(path: name)
}
