import Foundation
import Testing

/// A private folder that is gone with the value.
final class Folder: Sendable {
  let path: String
  /// Where what children print goes, outside of the folder that they work in.
  let streams: URL

  init() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "assay-e2e-\(UUID().uuidString)")
    path = root.appending(path: "work").path
    streams = root.appending(path: "streams")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: streams.deletingLastPathComponent()) }

  /// The folder with a copy of the sample quarter in `samples/`.
  static func withSamples() throws -> Folder {
    let folder = try Folder()
    let samples = repository.appending(path: "samples")
    try folder.makeFolder("samples")
    for name in try FileManager.default.contentsOfDirectory(atPath: samples.path)
    where name != "generator" && !name.hasPrefix(".") {
      try FileManager.default.copyItem(
        at: samples.appending(path: name), to: URL(filePath: "\(folder.path)/samples/\(name)"))
    }
    return folder
  }

  /// The path of something in the folder.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: self(name)))) }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try makeFolder((name as NSString).deletingLastPathComponent)
    try Data(bytes).write(to: URL(filePath: self(name)))
  }

  /// The bytes as a gzip file holds them.
  func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    try write("plain", bytes)
    let done = try run(URL(filePath: "/usr/bin/env"), ["gzip", "-n", "plain"], in: self)
    try #require(done.status == 0, "\(done)")
    let packed = try self.bytes("plain.gz")
    try remove("plain.gz")
    return packed
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
  }

  func copy(_ name: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: self(name), toPath: self(other))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self(name)) }

  /// Every regular file below `name`, by its path from there, in order.
  func files(_ name: String) throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: self(name))
    return try names.filter { entry in
      try FileManager.default.attributesOfItem(atPath: "\(self(name))/\(entry)")[.type] as? FileAttributeType
        == .typeRegular
    }.sorted()
  }
}

/// The repository's root.
let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
