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
      File(id: "fedramp-rev5-moderate", bytes: PackageResources.fedramp_rev5_moderate_yaml),
      File(id: "iso27001-2022", bytes: PackageResources.iso27001_2022_yaml),
      File(id: "soc2-2017", bytes: PackageResources.soc2_2017_yaml),
    ]
  }
}
