import EmbeddedFiles

/// The catalogs of `templates/frameworks`, inside the binary: a report needs no file beside it.
extension FrameworkCatalog {
  /// A catalog's file.
  public struct File: Sendable {
    /// The catalog's id, which is the file's name.
    public let id: String
    /// Its bytes.
    public let bytes: [UInt8]
  }

  /// The catalogs that come with the program, by id.
  public static var builtIn: [File] {
    [
      File(id: "fedramp-20x-ksi", bytes: embeddedFile("fedramp-20x-ksi.yaml")),
      File(id: "fedramp-rev5-high", bytes: embeddedFile("fedramp-rev5-high.yaml")),
      File(id: "fedramp-rev5-low", bytes: embeddedFile("fedramp-rev5-low.yaml")),
      File(id: "fedramp-rev5-moderate", bytes: embeddedFile("fedramp-rev5-moderate.yaml")),
      File(id: "iso27001-2022", bytes: embeddedFile("iso27001-2022.yaml")),
      File(id: "nist-800-53r5", bytes: embeddedFile("nist-800-53r5.yaml")),
      File(id: "nist-ai-rmf", bytes: embeddedFile("nist-ai-rmf.yaml")),
      File(id: "soc2-2017", bytes: embeddedFile("soc2-2017.yaml")),
    ]
  }

  /// The ids of the catalogs that a report uses where nobody chooses: one of each family, so that no limit is that of a
  /// baseline which nobody asked for.
  public static let usual = ["fedramp-rev5-moderate", "iso27001-2022", "soc2-2017"]
}
