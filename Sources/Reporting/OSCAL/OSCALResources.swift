import AuditTrail
import Evidence

/// The back matter: the package's files. Those that depend on the model alone have their digests; pages depend on templates
/// as well, and the manifest holds theirs.
struct OSCALResources {
  /// The file that takes the place of an assessment plan.
  static let planPath = "README.md"
  static let exceptionsPath = "exceptions/exceptions.csv"

  let results: OSCALResults

  var nodes: [OSCALNode] {
    let purposes = Dictionary(results.evidence.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let files = results.files.values.sorted { $0.path < $1.path }.map { file in
      resource(
        file.path, purposes[file.path]?.purpose ?? PackagePart.holding(file.path)?.line?(results.model).1 ?? file.role,
        file, rows: purposes[file.path]?.count)
    }
    let pages =
      [
        (Self.planPath, "What the package is, and how to verify it."), ("summary.md", "The first page."),
        (Manifest.path, "Every file of the package with its SHA-256, this one among them."),
      ] + results.model.tests.map { ($0.pagePath, "The page of test \($0.id.rawValue).") }
    return [catalog] + files + pages.map { resource($0.0, $0.1, nil, rows: nil) }
  }

  private var catalog: OSCALNode {
    .object([
      "uuid": .uuid(OSCALNames.catalog), "title": .line(results.known.source),
      "rlinks": .list([.object(["href": .address(results.known.catalog), "media-type": .string("application/json")])]),
    ])
  }

  private func resource(_ path: String, _ purpose: String, _ file: PackageFile?, rows: Int?) -> OSCALNode {
    .object([
      "uuid": .uuid(results.names.resource(path)), "title": .line(path), "description": .prose([purpose]),
      "props": .list(rows.map { [.prop("row-count", $0)] } ?? []),
      "rlinks": .list([
        .object([
          "href": .reference(file: path),
          "media-type": .string((file ?? PackageFile(path: path, bytes: 0, sha256: "")).mediaType),
          "hashes": .list(
            file.map { [.object(["algorithm": .string("SHA-256"), "value": .string($0.sha256)])] } ?? []),
        ])
      ]),
      "remarks": file == nil ? .prose(["\(Manifest.path) holds its SHA-256."]) : nil,
    ])
  }
}
