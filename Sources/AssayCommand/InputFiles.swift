import AuditTrail
import Digests
import Evidence
import Replay
import SyntheticShadows

/// The files, besides archives and side files, that a report follows from, each with its digest: configuration, policies,
/// shadows and row counts, keys and checkpoints, catalogs and templates, encrypted archives of the inventory.
struct InputFiles {
  private let configuration: Configuration
  private var found: Set<SourceReference> = []

  /// By kind, then path.
  var files: [SourceReference] { found.sorted { ($0.kind, $0.path) < ($1.kind, $1.path) } }

  /// The files of a configuration whose reports have these frameworks.
  init(_ configuration: Configuration, frameworks: [FrameworkCatalog], _ sideFiles: SideFiles) throws {
    self.configuration = configuration
    add("configuration", configuration.path)
    for path in try configuration.policies.map(policyPaths) ?? [] { add("policy", path) }
    for setting in configuration.shadows {
      let source = try ShadowSource(setting.source)
      // A running server is told by the image that was made of it.
      if source.kind != .server { for path in try filesOf(source.path) { add("shadow", path) } }
      if let rows = setting.rows { add("row counts", rows) }
    }
    for key in configuration.trustedKeys { add("trusted key", key.key) }
    for path in configuration.checkpoints { add("checkpoint", path) }
    for framework in frameworks { addCatalog(framework.id) }
    for place in sideFiles.encryptedFiles {
      let path = configuration.resolveLabel(place)
      if head(ofFile: path, 0) != nil { add("encrypted archive", path) }
    }
    guard let shells = configuration.templates.map({ resolve("reports", in: $0) }), isDirectory(shells) else { return }
    for path in try filesOf(shells) where path.hasSuffix(".mustache") { add("template", path) }
  }

  /// Where a file cannot be read, its digest is empty.
  private mutating func add(_ kind: String, _ path: String) {
    found.insert(
      SourceReference(
        path: configuration.label(path), kind: kind, sha256: digest(ofFile: path)?.sha256.hex ?? ""))
  }

  private mutating func addCatalog(_ id: String) {
    if id == FrameworkCatalog.ownID, let own = configuration.controls { return add("controls", own) }
    let own = configuration.templates.map { resolve("frameworks/\(id).yaml", in: $0) }
    if let own, fileExists(own) { return add("catalog", own) }
    guard let file = FrameworkCatalog.builtIn.first(where: { $0.id == id }) else { return }
    found.insert(
      SourceReference(
        path: "frameworks/\(id).yaml", kind: "catalog (built in)", sha256: SHA256Digest(of: file.bytes).hex))
  }
}

/// A file itself, or those of a folder; the path as it is where nothing is there.
private func filesOf(_ path: String) throws -> [String] {
  fileExists(path) ? try files(under: path) : [path]
}
