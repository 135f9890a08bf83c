package import AuditTrail
import Digests

/// The labelled cases that the program carries: statement, schema, recorded decision, and what must be measured and concluded.
package enum GoldenCorpus {
  /// Raised with every change of what a case expects.
  package static let version = "12"

  /// A file as it is built in.
  package struct File: Sendable {
    /// Its name without `.yaml`.
    package let name: String
    package let bytes: [UInt8]
  }

  /// The files, in the order in which they run.
  package static let files = [
    File(name: "destruction", bytes: PackageResources.destruction_yaml),
    File(name: "failures", bytes: PackageResources.failures_yaml),
    File(name: "harmless", bytes: PackageResources.harmless_yaml),
    File(name: "objects", bytes: PackageResources.objects_yaml),
    File(name: "escapes", bytes: PackageResources.escapes_yaml),
    File(name: "transactions", bytes: PackageResources.transactions_yaml),
    File(name: "leaks", bytes: PackageResources.leaks_yaml),
    File(name: "parameters", bytes: PackageResources.parameters_yaml),
    File(name: "engines", bytes: PackageResources.engines_yaml),
    File(name: "empty", bytes: PackageResources.empty_yaml),
    File(name: "deferred", bytes: PackageResources.deferred_yaml),
    File(name: "sessions", bytes: PackageResources.sessions_yaml),
    File(name: "edges", bytes: PackageResources.edges_yaml),
    File(name: "leak_forms", bytes: PackageResources.leak_forms_yaml),
    File(name: "fitting", bytes: PackageResources.fitting_yaml),
    File(name: "read_sets", bytes: PackageResources.read_sets_yaml),
    File(name: "scripts", bytes: PackageResources.scripts_yaml),
    File(name: "given_names", bytes: PackageResources.given_names_yaml),
    File(name: "identity", bytes: PackageResources.identity_yaml),
    File(name: "look_alikes", bytes: PackageResources.look_alikes_yaml),
    File(name: "postgresql_failures", bytes: PackageResources.postgresql_failures_yaml),
    File(name: "postgresql_escapes", bytes: PackageResources.postgresql_escapes_yaml),
    File(name: "postgresql_everything", bytes: PackageResources.postgresql_everything_yaml),
    File(name: "postgresql_slow", bytes: PackageResources.postgresql_slow_yaml),
    File(name: "postgresql_handlers", bytes: PackageResources.postgresql_handlers_yaml),
    File(name: "postgresql_hidden", bytes: PackageResources.postgresql_hidden_yaml),
    File(name: "virtual_tables", bytes: PackageResources.virtual_tables_yaml),
    File(name: "pragmas", bytes: PackageResources.pragmas_yaml),
    File(name: "postgresql_sessions", bytes: PackageResources.postgresql_sessions_yaml),
    File(name: "postgresql_leaks", bytes: PackageResources.postgresql_leaks_yaml),
    File(name: "postgresql_large_objects", bytes: PackageResources.postgresql_large_objects_yaml),
    File(name: "postgresql_identity", bytes: PackageResources.postgresql_identity_yaml),
    File(name: "postgresql_types", bytes: PackageResources.postgresql_types_yaml),
    File(name: "postgresql_told", bytes: PackageResources.postgresql_told_yaml),
    File(name: "postgresql_rights", bytes: PackageResources.postgresql_rights_yaml),
    File(name: "postgresql_commit", bytes: PackageResources.postgresql_commit_yaml),
    File(name: "postgresql_added", bytes: PackageResources.postgresql_added_yaml),
    File(name: "postgresql_chance", bytes: PackageResources.postgresql_chance_yaml),
  ]

  /// Which behaviours the cases must show.
  package static var specification: [UInt8] { PackageResources.specification_yaml }

  /// The files that have cases for an engine, as they are for it.
  package static func files(on engine: GoldenEngine) throws(AssayError) -> [GoldenFile] {
    try files.map { (file) throws(AssayError) in try GoldenFile.read(file.bytes, name: file.name, on: engine) }
      .filter { !$0.cases.isEmpty }
  }

  /// The SHA-256 over every file's name, size and bytes, in their order, in hex.
  package static var digest: String {
    var bytes: [UInt8] = []
    for file in files {
      bytes += Array("\(file.name) \(file.bytes.count)\n".utf8)
      bytes += file.bytes
    }
    return SHA256Digest(of: bytes).hex
  }
}
