import Archives
import ArgumentParser
import AuditTrail

/// A format as people name it: one of the list, or `mapping:FILE.yaml`.
enum ChosenFormat: ExpressibleByArgument, Sendable {
  case known(ArchiveFormat)
  case mapping(path: String)

  private static let mark = "mapping:"

  init?(argument: String) {
    if argument.hasPrefix(Self.mark), argument.count > Self.mark.count {
      self = .mapping(path: String(argument.dropFirst(Self.mark.count)))
    } else if let format = ArchiveFormat(rawValue: argument) {
      self = .known(format)
    } else {
      return nil
    }
  }

  static var allValueStrings: [String] { ArchiveFormat.allCases.map(\.name) + ["mapping:FILE.yaml"] }

  /// The format itself, for which a mapping's file is read.
  func format() throws -> ArchiveFormat {
    switch self {
    case .known(let format): format
    case .mapping(let path):
      .mapped(
        try MappingFile.read(path),
        name: String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]))
    }
  }
}
