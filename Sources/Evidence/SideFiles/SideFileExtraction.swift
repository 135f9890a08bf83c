public import AuditTrail
import YAMLFiles

/// Where a side file comes from, by its sidecar (`FILE.meta.yaml`).
public struct SideFileExtraction: Sendable, Hashable, Codable {
  /// The name of the side file in the configuration, such as `tickets`.
  public var name: String
  /// Its path.
  public var path: String
  /// Its SHA-256, in hex.
  public var sha256: String
  /// Its rows, without the header.
  public var rows: Int64
  /// The SHA-256 of the sidecar, in hex; `nil` where there is none.
  public var sidecarSHA256: String?
  /// The system that it was extracted from.
  public var system: String?
  /// What was asked of that system.
  public var query: String?
  /// Who extracted it.
  public var extractedBy: String?
  /// When.
  public var extractedAt: Timestamp?

  /// A side file without a sidecar. Throws `invalid_file` where its bytes are not a table.
  public init(name: String, path: String, sha256: String, bytes: [UInt8]) throws(AssayError) {
    (self.name, self.path, self.sha256) = (name, path, sha256)
    var reader = CSVReader(path: path, bytes: bytes)
    rows = Int64(try reader.rows().count - 1)
  }

  /// Takes what a sidecar says. Throws what is wrong with it, a number of rows that is not the file's own among it.
  public mutating func take(sidecar text: String, path: String, sha256: String) throws(AssayError) {
    let fields = YAMLFields(path: path, text: text)
    let keys = ["system", "query", "extracted_by", "at", "rows"]
    if let root = fields.root(of: text), let values = fields.mapping(root, "a sidecar", keys: keys, required: keys) {
      sidecarSHA256 = sha256
      system = values["system"].flatMap { fields.text($0, "a system") }
      query = values["query"].flatMap { fields.text($0, "a query") }
      extractedBy = values["extracted_by"].flatMap { fields.text($0, "a name") }
      extractedAt = values["at"].flatMap { fields.moment($0, "a time") }
      if let node = values["rows"], let stated = fields.count(node, "rows", least: 0), stated != rows {
        fields.complain(
          node, "\(counted(stated, "row")) were extracted, and the file holds \(grouped(rows)); extract it again")
      }
    }
    if let first = fields.errors.first { throw first }
  }
}

extension SideFiles {
  /// A sentence on the side files of which nobody says where they come from; `nil` where there is none.
  var unexplained: String? {
    let names = extractions.filter { $0.sidecarSHA256 == nil }.map(\.name).sorted()
    return names.isEmpty
      ? nil
      : "Which system \(counted(names.count, "side file")) come from, and who extracted them, is not said: "
        + "\(names.joined(separator: ", ")) (`FILE.meta.yaml` says it)."
  }
}
