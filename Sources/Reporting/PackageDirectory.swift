package import AuditTrail
import Digests
import Foundation
import Ledger

/// A package in the making: written beside its place and moved there when it is whole.
struct PackageDirectory {
  /// Where the package will stand.
  let target: String
  /// Where it is written.
  let workPath: String
  private let replacedPath: String
  private let isShared: Bool
  private let replacesSigned: Bool
  private let lock: PackageLock
  private(set) var files: [PackageFile] = []

  /// An empty directory beside `output/name`. Throws `refused` if something that is not a package of ours, or a package with
  /// files of someone else in it, is in the way, and `in_use` where another process writes this package.
  init(
    _ name: String, in output: String, isShared: Bool = false, replacesSigned: Bool = false
  ) throws(AssayError) {
    try refuseInsidePackage(output)
    target = "\(output)/\(name)"
    self.isShared = isShared
    self.replacesSigned = replacesSigned
    workPath = "\(output)/.\(name).partial"
    replacedPath = "\(output)/.\(name).replaced"
    let isNew = fileKind(output) == nil
    try Self.attempt("The directory cannot be made; check its rights", output) {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      if isShared, isNew { try Self.share(output, isDirectory: true) }
    }
    lock = try PackageLock("\(output)/.\(name).lock", of: target)
    // A run that was killed between its two moves left the old package aside: it goes back first.
    if fileKind(replacedPath) != nil {
      if fileKind(target) == nil { try move(replacedPath, target) } else { try remove(replacedPath) }
    }
    try Self.requireOurs(target)
    try PackageSurroundings(target).requirePlaces()
    if fileKind(workPath) != nil { try remove(workPath) }
    let path = workPath
    try Self.attempt("The directory cannot be made; check its rights", path) {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
  }

  /// Writes a file from the bytes that `body` hands on.
  mutating func write(
    _ path: String, _ body: (inout FileSink) throws(AssayError) -> Void
  ) throws(AssayError) {
    try makeRoom(for: [path])
    var sink = try FileSink(creating: "\(workPath)/\(path)")
    try body(&sink)
    files.append(try sink.close(as: path))
  }

  /// Writes several files at once, each from the bytes that `body` hands on for its number.
  mutating func write(
    _ paths: [String], _ body: @Sendable (Int, inout FileSink) throws(AssayError) -> Void
  ) throws(AssayError) {
    try makeRoom(for: paths)
    let folder = workPath
    files += try atOnce(paths.count, state: {}) { (_, number) throws(AssayError) in
      var sink = try FileSink(creating: "\(folder)/\(paths[number])")
      try body(number, &sink)
      return try sink.close(as: paths[number])
    }
  }

  /// Writes a file.
  mutating func write(_ path: String, _ bytes: [UInt8]) throws(AssayError) {
    try write(path) { (sink: inout FileSink) throws(AssayError) in try sink.write(bytes) }
  }

  /// Takes up a file that was written to ``workPath`` by other means.
  mutating func adopt(_ path: String) throws(AssayError) {
    files.append(try hashFile("\(workPath)/\(path)", as: path))
  }

  /// Seals the package with its manifest and moves it to its place; gives the manifest's SHA-256 in hex, and what it
  /// replaced, if that had another. Throws `refused` where somebody signed that one and it is not to be replaced.
  mutating func seal(
    _ header: PackageHeader
  ) throws(AssayError) -> (manifestSHA256: String, replaced: ReplacedPackage?) {
    let manifest = Manifest(header, files).bytes
    try write(Manifest.path, manifest)
    try write(Manifest.checksumsPath, Manifest.checksums(files))
    if isShared { try share() }
    let digest = SHA256Digest(of: manifest).hex
    let surroundings = PackageSurroundings(target)
    if !replacesSigned { try surroundings.requireReplaceable(by: digest) }
    let replaced = surroundings.replaced(by: digest)
    if fileKind(target) != nil { try move(target, replacedPath) }
    try move(workPath, target)
    if fileKind(replacedPath) != nil { try remove(replacedPath) }
    if let replaced { try surroundings.clear(replaced) }
    return (digest, replaced)
  }

  /// How many files the package at the target has, where that is the one of this manifest, whole, with the rights that are
  /// asked for, and holds every file that was written until now; `nil` where it is another.
  func filesOfSame(_ manifestSHA256: String) throws(AssayError) -> Int? {
    let rights = try? FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? NSNumber
    guard !isShared, fileKind(target) == .directory, rights.map({ $0.intValue & 0o077 == 0 }) == true,
      let bytes = readFile("\(target)/\(Manifest.path)", limit: Manifest.byteLimit),
      SHA256Digest(of: bytes).hex == manifestSHA256, let stated = Manifest.files(inManifest: bytes),
      files.allSatisfy({ stated[$0.path]?.sha256 == $0.sha256 })
    else { return nil }
    let all = stated.mapValues(\.sha256).merging([Manifest.path: manifestSHA256]) { first, _ in first }
    let sums = Manifest.checksums(all.map { PackageFile(path: $0.key, bytes: 0, sha256: $0.value) })
    let found = try PackageTree(target)
    guard found.links.isEmpty, found.others.isEmpty, found.emptyDirectories.isEmpty,
      Set(found.files) == Set(all.keys).union([Manifest.checksumsPath]),
      readFile("\(target)/\(Manifest.checksumsPath)", limit: Manifest.byteLimit) == sums
    else { return nil }
    let paths = stated.keys.sorted()
    let target = target
    let isWhole = try atOnce(paths.count, state: { () throws(AssayError) in }) {
      (_: borrowing Void, number) throws(AssayError) in
      let name = paths[number]
      return try hashFile("\(target)/\(name)", as: name, stated: stated[name]).sha256 == stated[name]?.sha256
    }
    return isWhole.contains(false) ? nil : found.files.count
  }

  /// Takes the unfinished package away after a failure.
  func abandon() {
    try? FileManager.default.removeItem(atPath: workPath)
  }

  private func makeRoom(for paths: [String]) throws(AssayError) {
    var taken = Set(files.map(\.path))
    for path in paths {
      guard taken.insert(path).inserted else {
        throw AssayError(
          .invalidFile, "Two parts of the report have the same name; name each framework once", at: Place(path))
      }
      try makeParent(of: path)
    }
  }

  private func makeParent(of path: String) throws(AssayError) {
    let parts = path.split(separator: "/").dropLast()
    if parts.isEmpty { return }
    let directory = "\(workPath)/\(parts.joined(separator: "/"))"
    try Self.attempt("The directory cannot be made; check its rights", directory) {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }
  }

  /// Lets every user read the package, before it comes to its place.
  private func share() throws(AssayError) {
    let directories = Set(
      files.flatMap { file in
        let parts = file.path.split(separator: "/").dropLast()
        return parts.indices.map { parts[...$0].joined(separator: "/") }
      })
    try Self.attempt("The package's rights cannot be set", workPath) {
      for directory in directories { try Self.share("\(workPath)/\(directory)", isDirectory: true) }
      for file in files { try Self.share("\(workPath)/\(file.path)", isDirectory: false) }
      try Self.share(workPath, isDirectory: true)
    }
  }

  private static func share(_ path: String, isDirectory: Bool) throws {
    let rights = NSNumber(value: isDirectory ? 0o755 : 0o644)
    try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: path)
  }

  private func move(_ from: String, _ to: String) throws(AssayError) {
    try Self.attempt("The package cannot be moved to its place; check rights", to) {
      try FileManager.default.moveItem(atPath: from, toPath: to)
    }
  }

  private func remove(_ path: String) throws(AssayError) {
    try Self.attempt("What an earlier run left cannot be removed; check rights", path) {
      try FileManager.default.removeItem(atPath: path)
    }
  }

  private static func attempt(_ message: String, _ path: String, _ work: () throws -> Void) throws(AssayError) {
    do {
      try work()
    } catch {
      throw AssayError(.inputOutput, message, at: Place(path))
    }
  }

  private static func requireOurs(_ target: String) throws(AssayError) {
    guard let kind = fileKind(target) else { return }
    let manifest = kind == .directory ? readFile("\(target)/\(Manifest.path)", limit: Manifest.byteLimit) : nil
    guard let manifest, let listed = Manifest.digests(inManifest: manifest) else {
      throw AssayError(
        .notAPackage, "What is here is not an evidence package, and it is left alone; move it or name another output",
        at: Place(target))
    }
    let tree = try PackageTree(target)
    let own = Set(listed.keys).union([Manifest.path, Manifest.checksumsPath])
    let foreign = (tree.files + tree.links + tree.others).first { !own.contains($0) }
    if let foreign {
      throw AssayError(
        .notAPackage, "The package holds a file that is not of it and would be lost; move it elsewhere first",
        at: Place("\(target)/\(foreign)"))
    }
  }
}

/// Refuses to write at a path within a package: what is added to one is not of it, and it would no longer verify.
/// Throws `inside_package`.
package func refuseInsidePackage(_ path: String) throws(AssayError) {
  var folder = URL(fileURLWithPath: path).standardizedFileURL
  while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" { folder.deleteLastPathComponent() }
  folder = folder.resolvingSymlinksInPath()
  while folder.path != "/" {
    let manifest = readFile("\(folder.path)/\(Manifest.path)", limit: Manifest.byteLimit)
    if let manifest, Manifest.digests(inManifest: manifest) != nil {
      throw AssayError(
        .insidePackage,
        "This is within an evidence package (\(folder.path)), which would not verify any more; name a "
          + "path outside it.", at: Place(path))
    }
    folder.deleteLastPathComponent()
  }
}

extension AssayError.Code {
  /// What is to be written is within a package.
  static let insidePackage = Self("inside_package", .refused)
  /// What is to be replaced is not a package of ours, or holds what is not ours.
  static let notAPackage = Self("not_a_package", .refused)
}
