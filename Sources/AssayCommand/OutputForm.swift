import AuditTrail
import Export
import Foundation
import Reporting
import SyntheticShadows

/// What a command is to write, and where.
struct Output {
  /// The path as typed.
  let path: String
  let form: OutputForm

  /// The output at that path; `nil` where none was named.
  init?(_ path: String?, _ form: OutputForm) {
    guard let path else { return nil }
    (self.path, self.form) = (path, form)
  }
}

/// The form of what a command writes, as a message names it. A file is replaced only by another of its form: a slip of the
/// pen costs no evidence.
enum OutputForm: String {
  /// A sealed archive. Nothing brings it back, so it is replaced by none but itself.
  case archive = "a sealed archive"
  case checkpoint = "a checkpoint"
  case verdicts = "a file of verdicts"
  case sarif = "a SARIF file of Assay"
  case junit = "a JUnit file of Assay"
  case policy = "a proposed policy"
  case shadow = "a shadow made by Assay"
  case incident = "an incident's page"
  case comparison = "a comparison of packages"
  case disclosure = "a disclosure's page"
  case events = "a file of exported events"
  case deadLetters = "a file of refused records"
  /// A package in the folder; the package looks after its own place.
  case package = "a package"

  /// Whether it comes beside a package, to a place that nobody typed.
  private var isBesidePackage: Bool { self == .comparison || self == .disclosure }

  /// Refuses to replace a file that is not of the form. Throws `not_replaced`, `input_output`.
  func requireReplaceable(_ path: String) throws(AssayError) {
    if isBesidePackage { try requireFilePlace(path) }
    guard OutputFile.isReplaced(path), fileExists(path), self != .archive, self != .package else { return }
    let (head, tail) = try Self.ends(of: path)
    guard !head.isEmpty, !isOf(head, tail) else { return }
    throw AssayError(
      .notReplaced, "A file that is not \(rawValue) is stored here and would be lost; name another, or remove it.",
      at: Place(path))
  }

  private func isOf(_ head: [UInt8], _ tail: [UInt8]) -> Bool {
    let text = String(decoding: head, as: UTF8.self)
    return switch self {
    case .archive, .package: false
    case .checkpoint: text.hasPrefix("{\n  \"format\": \"assay.checkpoint/1\"")
    case .verdicts: text.hasPrefix("{\"session\":")
    case .sarif:
      text.hasPrefix("{\n  \"$schema\": \"https://docs.oasis-open.org/sarif/") && text.contains("\"name\": \"assay\"")
    case .junit: text.contains("<testsuite name=\"assay diff\"")
    case .policy: text.hasPrefix("# Proposed by `assay policy suggest`")
    case .shadow: CreatedShadow.isOne(head)
    case .comparison: PackageComparison.isOne(head)
    case .events: SchemaName.isFile(beginning: text)
    case .deadLetters: text.hasPrefix("{\"refused\":")
    case .disclosure: String(decoding: tail, as: UTF8.self).hasSuffix(disclosureMark)
    case .incident: String(decoding: tail, as: UTF8.self).hasSuffix(incidentMark)
    }
  }

  /// The file's first and last bytes.
  private static func ends(of path: String) throws(AssayError) -> (head: [UInt8], tail: [UInt8]) {
    do {
      guard let handle = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoPermission) }
      defer { try? handle.close() }
      let head = try handle.read(upToCount: 4096) ?? Data()
      let end = try handle.seekToEnd()
      try handle.seek(toOffset: end - min(end, 64))
      return ([UInt8](head), [UInt8](try handle.readToEnd() ?? Data()))
    } catch {
      throw AssayError(
        .inputOutput, "What is stored here cannot be read, so it is not replaced; check its permissions.",
        at: Place(path))
    }
  }
}
