import ArgumentParser
import AuditTrail
import Foundation
import Reporting

/// A command that writes where its user says: onto no file that it reads, nor onto one that is not its like, nor into a
/// package.
protocol FileWriting: ParsableCommand {
  var common: CommonOptions { get }
  /// What it writes.
  func outputs() throws -> [Output?]
  /// The files and sources it reads, as typed, besides what every command may read.
  var inputs: [String?] { get }
  /// What else of the configuration it reads.
  var configured: ConfiguredInputs { get }
}

/// Which files a command reads because the configuration names them.
enum ConfiguredInputs {
  /// The ledger, and every file that the configuration names.
  case all
  /// The ledger.
  case ledger
  case none
}

extension FileWriting {
  var configured: ConfiguredInputs { .all }

  /// Fails before anything is done where an output would replace an input, by whatever name it is called, or what is not
  /// of its form, where two outputs are one file, and where one is within a package. Throws `usage`, `not_replaced`,
  /// `inside_package`.
  func refuseHarmfulOutputs() throws {
    let outputs = try outputs().compactMap(\.self)
    for output in outputs { try refuseInsidePackage(output.path) }
    try refuseReplacingInputs(outputs.filter { $0.form != .package }.map(\.path))
    for output in outputs { try output.form.requireReplaceable(output.path) }
  }

  private func refuseReplacingInputs(_ outputs: [String]) throws {
    guard !outputs.isEmpty else { return }
    var inputs = inputs.compactMap(\.self) + [common.config].compactMap(\.self)
    if configured != .none {
      let configuration = try common.configuration()
      let ledger = common.ledgerPath(configuration)
      // SQLite and the lock keep files beside it, also where none is there yet.
      inputs += ["", "-wal", "-shm", "-journal", ".lock"].map { ledger + $0 }
      if configured == .all, let configuration { inputs += configuration.inputs }
    }
    let read = inputs.flatMap(pathsOfSource)
    for (index, output) in outputs.enumerated() where OutputFile.isReplaced(output) {
      let file = FileIdentity(output)
      if let input = read.first(where: { file.isOrLies(in: $0) }) {
        throw AssayError(
          .usage, "This would be replaced, and it is read too (\(input)); name another file to write.",
          at: Place(output))
      }
      if outputs[..<index].contains(where: { FileIdentity($0) == file }) {
        throw AssayError(.usage, "Two outputs are this one file; name one for each.", at: Place(output))
      }
    }
  }
}

extension Configuration {
  /// The files and folders that it names to be read, itself among them.
  fileprivate var inputs: [String] {
    var found = [path] + archives + checkpoints + trustedKeys.map(\.key) + sideFiles.values.sorted()
    for shadow in shadows { found += [shadow.source] + [shadow.rows].compactMap(\.self) }
    switch policies {
    case .path(let path): found.append(path)
    case .hoop(let hoop): found += hoop.paths
    case nil: break
    }
    return found + [templates, previous, controls].compactMap(\.self)
  }
}

/// What a source may name as a file: itself, and what follows `connection=` and `sqlite:`.
private func pathsOfSource(_ source: String) -> [String] {
  let named = source.split(separator: "=", maxSplits: 1).last ?? ""
  let path = named.split(separator: ":", maxSplits: 1).last ?? ""
  return [source, String(named), String(path)].filter { !$0.isEmpty }
}

/// A file as the system knows it, whatever it is called.
private struct FileIdentity: Equatable {
  private let path: String
  private let device: Int?
  private let number: Int?

  /// The file, or the place of one that is not there yet.
  init(_ name: String) {
    let url = URL(fileURLWithPath: name)
    // A link to nothing has no target that could be asked; its folder has.
    let folder = url.deletingLastPathComponent().resolvingSymlinksInPath().path
    let target = url.resolvingSymlinksInPath().path
    let attributes = try? FileManager.default.attributesOfItem(atPath: target)
    device = attributes?[.systemNumber] as? Int
    number = attributes?[.systemFileNumber] as? Int
    path = number == nil ? folder + "/" + url.lastPathComponent : target
  }

  static func == (left: Self, right: Self) -> Bool {
    if left.number != nil || right.number != nil { return left.number == right.number && left.device == right.device }
    return left.path == right.path
  }

  /// Whether it is the file of that name, or is there and lies in the folder of that name.
  func isOrLies(in name: String) -> Bool {
    let other = FileIdentity(name)
    if number == nil { return other.number == nil && self == other }
    return self == other || (isDirectory(name) && path.hasPrefix(other.path + "/"))
  }
}
