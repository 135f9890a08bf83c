import AuditTrail
import Digests
import Foundation

/// Whether something stands at the path.
func fileExists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// Whether a folder stands at the path.
func isDirectory(_ path: String) -> Bool {
  let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
  return type == .typeDirectory
}

/// The path, relative to the folder where it is not absolute.
func resolve(_ path: String, in folder: String) -> String {
  guard !path.hasPrefix("/"), folder != "", folder != "." else { return path }
  return simplified(folder.hasSuffix("/") ? folder + path : folder + "/" + path)
}

/// The path without `.` and with each `name/..` left out.
private func simplified(_ path: String) -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/", omittingEmptySubsequences: true) where part != "." {
    if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
  }
  guard !path.hasPrefix("/") else { return "/" + parts.joined(separator: "/") }
  return parts.isEmpty ? "." : parts.joined(separator: "/")
}

/// The folder that holds the path.
func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "" }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The bytes of a small file: configuration, policy, side file.
func readFile(_ path: String, limit: Int = 64 << 20) throws(AssayError) -> [UInt8] {
  guard fileExists(path) else {
    throw AssayError(.missingInput, "There is no such file; check the path.", at: Place(path))
  }
  guard !isDirectory(path) else { throw AssayError(.notAFile, "This is a folder; name a file in it.", at: Place(path)) }
  do {
    // What a link leads to, and not the link, is what is read.
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let size = try FileManager.default.attributesOfItem(atPath: target)[.size] as? Int ?? 0
    guard size <= limit else {
      throw AssayError(.invalidFile, "The file is larger than \(bytesText(Int64(limit))).", at: Place(path))
    }
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  } catch let error as AssayError {
    throw error
  } catch {
    throw AssayError(.inputOutput, "The file cannot be read; check its permissions.", at: Place(path))
  }
}

/// The text of a small file, which must be UTF-8.
func readText(_ path: String) throws(AssayError) -> String {
  guard let text = String(validating: try readFile(path), as: UTF8.self) else {
    throw AssayError(.invalidFile, "The file is not UTF-8.", at: Place(path))
  }
  return text
}

/// Writes a file, for its user alone unless it is shared, and the folders above it.
func writeFile(_ path: String, _ bytes: [UInt8], isShared: Bool = false) throws(AssayError) {
  let file = try OutputFile(path)
  try file.write(bytes)
  try file.finish(isShared: isShared)
}

/// Makes the folder above a path.
func makeFolder(above path: String) throws(AssayError) {
  let folder = parent(of: path)
  guard !folder.isEmpty else { return }
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw AssayError(.inputOutput, "The folder cannot be made; check its permissions.", at: Place(folder))
  }
}

/// The most files and folders that are looked at under one path: a year of a file a minute is half of that.
private let mostFilesLookedAt = 1_000_000

/// The files under a path: itself, every file in a folder and its folders, or those that fit a pattern; hidden ones left out,
/// sorted, so that folders by date are read in the order of time. Links are not followed. Throws `usage` where that is the whole
/// disk or too many to look at, and `missing_input` where there is none.
func files(under path: String) throws(AssayError) -> [String] {
  if PathPattern.isPattern(path), !fileExists(path) {
    let pattern = PathPattern(path)
    let found =
      isDirectory(pattern.folder) ? try files(inFolder: pattern.folder, of: path).filter(pattern.fits) : []
    guard !found.isEmpty else {
      throw AssayError(
        .missingInput, "No file fits this pattern; check it, and quote it for the shell.", at: Place(path))
    }
    return found.sorted(by: comesBefore)
  }
  guard isDirectory(path) else { return [path] }
  let found = try files(inFolder: path, of: path)
  guard !found.isEmpty else { throw AssayError(.missingInput, "The folder holds no files.", at: Place(path)) }
  return found.sorted(by: comesBefore)
}

/// The files in a folder and its folders, for what was named, in no order. What the system shows of itself as files is none.
private func files(inFolder folder: String, of named: String) throws(AssayError) -> [String] {
  guard !folder.split(separator: "/").allSatisfy({ $0 == ".." }) || !folder.hasPrefix("/") else {
    throw AssayError(
      .usage, "This is every file of the disk; name the folder that holds the archives.", at: Place(named))
  }
  guard let names = FileManager.default.enumerator(atPath: folder) else {
    throw AssayError(.inputOutput, "The folder cannot be read; check its permissions.", at: Place(folder))
  }
  var (found, looked): ([String], Int) = ([], 0)
  for case let name as String in names {
    looked += 1
    guard looked <= mostFilesLookedAt else {
      throw AssayError(
        .usage,
        "More than \(grouped(Int64(mostFilesLookedAt))) files and folders are in \(folder), and all would have to be looked at; name a "
          + "folder that holds fewer.", at: Place(named))
    }
    let full = resolve(name, in: folder)
    guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }), !isSystemsOwn(full) else {
      names.skipDescendants()
      continue
    }
    if !isDirectory(full) { found.append(full) }
  }
  return found
}

/// Whether a path leads to what the kernel shows of itself: without end, and nobody's archive.
private func isSystemsOwn(_ path: String) -> Bool {
  ["proc", "sys"].contains(path.split(separator: "/").first) && path.hasPrefix("/")
}

/// Whether a path comes before another. Numbers go by their value: folders of dates are taken in order of time, `day=9` before
/// `day=10`.
func comesBefore(_ one: String, _ other: String) -> Bool {
  var (left, right) = (Array(one.utf8)[...], Array(other.utf8)[...])
  func number(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = bytes.prefix { (0x30...0x39).contains($0) }
    bytes = bytes[digits.endIndex...]
    return digits.drop { $0 == 0x30 }
  }
  while let first = left.first, let second = right.first {
    if (0x30...0x39).contains(first), (0x30...0x39).contains(second) {
      let (value, otherValue) = (number(&left), number(&right))
      if value.count != otherValue.count { return value.count < otherValue.count }
      if value != otherValue { return value.lexicographicallyPrecedes(otherValue) }
    } else if first != second {
      return first < second
    } else {
      (left, right) = (left.dropFirst(), right.dropFirst())
    }
  }
  // Alike but for zeros in front: one of them still comes first, always the same.
  return left.isEmpty && right.isEmpty ? one < other : left.isEmpty
}

/// The files under several paths. One that is missing is told when its turn comes, and the others are read; but where none is
/// there nothing is begun, so that a slip of the pen leaves no empty ledger behind.
func files(under paths: [String]) throws(AssayError) -> [String] {
  var found: [String] = []
  for path in paths { found += try files(under: path) }
  if let first = found.first, !found.contains(where: fileExists) {
    throw AssayError(.missingInput, "There is no such file or folder; check the path.", at: Place(first))
  }
  return found
}

/// The SHA-256 of a file as stored, and its size; `nil` when it cannot be read, or is a pipe, which would be waited for.
func digest(ofFile path: String) -> (sha256: SHA256Digest, bytes: Int64)? {
  let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
  guard (try? file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true,
    let handle = FileHandle(forReadingAtPath: path)
  else { return nil }
  defer { try? handle.close() }
  var hasher = SHA256Hasher()
  var bytes: Int64 = 0
  while true {
    do {
      // Foundation gives nil at the end of the file, and throws where it cannot read.
      guard let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty else { return (hasher.finish(), bytes) }
      hasher.update([UInt8](chunk))
      bytes += Int64(chunk.count)
    } catch {
      return nil
    }
  }
}

/// The first bytes of a file; `nil` where none can be read there.
func head(ofFile path: String, _ count: Int) -> [UInt8]? {
  guard
    (try? URL(fileURLWithPath: path).resolvingSymlinksInPath().resourceValues(forKeys: [.isRegularFileKey]))?
      .isRegularFile == true, let handle = FileHandle(forReadingAtPath: path)
  else { return nil }
  defer { try? handle.close() }
  return (try? handle.read(upToCount: count)).map { [UInt8]($0) } ?? []
}

/// The SHA-256 of the program's own file, in hex; `nil` where it cannot be read.
func programDigest() -> String? { Bundle.main.executablePath.flatMap { digest(ofFile: $0)?.sha256.hex } }
