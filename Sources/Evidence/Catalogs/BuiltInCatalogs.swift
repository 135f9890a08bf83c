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
      File(id: "fedramp-20x-ksi", bytes: PackageResources.fedramp_20x_ksi_yaml),
      File(id: "fedramp-rev5-high", bytes: PackageResources.fedramp_rev5_high_yaml),
      File(id: "fedramp-rev5-low", bytes: PackageResources.fedramp_rev5_low_yaml),
      File(id: "fedramp-rev5-moderate", bytes: PackageResources.fedramp_rev5_moderate_yaml),
      File(id: "iso27001-2022", bytes: PackageResources.iso27001_2022_yaml),
      File(id: "nist-800-53r5", bytes: PackageResources.nist_800_53r5_yaml),
      File(id: "nist-ai-rmf", bytes: PackageResources.nist_ai_rmf_yaml),
      File(id: "soc2-2017", bytes: PackageResources.soc2_2017_yaml),
    ]
  }

  /// The ids of the catalogs that a report uses where nobody chooses: one of each family, so that no limit is that of a
  /// baseline which nobody asked for.
  public static let usual = ["fedramp-rev5-moderate", "iso27001-2022", "soc2-2017"]
}
