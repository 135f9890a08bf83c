import AuditTrail
import Digests

/// The labelled cases that the program carries: statement, schema, recorded decision, and what must be measured and concluded.
package enum GoldenCorpus {
  /// Raised with every change of what a case expects.
  package static let version = "3"

  /// A file as it is built in.
  package struct File: Sendable {
    /// Its name without `.yaml`.
    package let name: String
    /// The engine of its shadow.
    package let engine: String
    package let bytes: [UInt8]
  }

  /// The files, in the order in which they run.
  package static let files = [
    File(name: "destruction", engine: "sqlite", bytes: PackageResources.destruction_yaml),
    File(name: "failures", engine: "sqlite", bytes: PackageResources.failures_yaml),
    File(name: "harmless", engine: "sqlite", bytes: PackageResources.harmless_yaml),
    File(name: "objects", engine: "sqlite", bytes: PackageResources.objects_yaml),
    File(name: "escapes", engine: "sqlite", bytes: PackageResources.escapes_yaml),
    File(name: "transactions", engine: "sqlite", bytes: PackageResources.transactions_yaml),
    File(name: "leaks", engine: "sqlite", bytes: PackageResources.leaks_yaml),
    File(name: "parameters", engine: "sqlite", bytes: PackageResources.parameters_yaml),
    File(name: "engines", engine: "sqlite", bytes: PackageResources.engines_yaml),
    File(name: "empty", engine: "sqlite", bytes: PackageResources.empty_yaml),
    File(name: "sessions", engine: "sqlite", bytes: PackageResources.sessions_yaml),
    File(name: "edges", engine: "sqlite", bytes: PackageResources.edges_yaml),
    File(name: "leak_forms", engine: "sqlite", bytes: PackageResources.leak_forms_yaml),
    File(name: "read_sets", engine: "sqlite", bytes: PackageResources.read_sets_yaml),
    File(name: "scripts", engine: "sqlite", bytes: PackageResources.scripts_yaml),
    File(name: "identity", engine: "sqlite", bytes: PackageResources.identity_yaml),
    File(name: "postgresql_destruction", engine: "postgresql", bytes: PackageResources.postgresql_destruction_yaml),
    File(name: "postgresql_failures", engine: "postgresql", bytes: PackageResources.postgresql_failures_yaml),
    File(name: "postgresql_harmless", engine: "postgresql", bytes: PackageResources.postgresql_harmless_yaml),
    File(name: "postgresql_objects", engine: "postgresql", bytes: PackageResources.postgresql_objects_yaml),
    File(name: "postgresql_escapes", engine: "postgresql", bytes: PackageResources.postgresql_escapes_yaml),
    File(name: "postgresql_transactions", engine: "postgresql", bytes: PackageResources.postgresql_transactions_yaml),
    File(name: "postgresql_slow", engine: "postgresql", bytes: PackageResources.postgresql_slow_yaml),
    File(name: "postgresql_scripts", engine: "postgresql", bytes: PackageResources.postgresql_scripts_yaml),
    File(name: "postgresql_handlers", engine: "postgresql", bytes: PackageResources.postgresql_handlers_yaml),
    File(name: "postgresql_hidden", engine: "postgresql", bytes: PackageResources.postgresql_hidden_yaml),
    File(name: "virtual_tables", engine: "sqlite", bytes: PackageResources.virtual_tables_yaml),
    File(name: "pragmas", engine: "sqlite", bytes: PackageResources.pragmas_yaml),
    File(name: "postgresql_deferred", engine: "postgresql", bytes: PackageResources.postgresql_deferred_yaml),
    File(name: "postgresql_sessions", engine: "postgresql", bytes: PackageResources.postgresql_sessions_yaml),
    File(name: "postgresql_edges", engine: "postgresql", bytes: PackageResources.postgresql_edges_yaml),
    File(name: "postgresql_leaks", engine: "postgresql", bytes: PackageResources.postgresql_leaks_yaml),
    File(name: "postgresql_large_objects", engine: "postgresql", bytes: PackageResources.postgresql_large_objects_yaml),
    File(name: "postgresql_leak_forms", engine: "postgresql", bytes: PackageResources.postgresql_leak_forms_yaml),
    File(name: "postgresql_read_sets", engine: "postgresql", bytes: PackageResources.postgresql_read_sets_yaml),
    File(name: "postgresql_identity", engine: "postgresql", bytes: PackageResources.postgresql_identity_yaml),
  ]

  /// Which behaviours the cases must show.
  package static var specification: [UInt8] { PackageResources.specification_yaml }

  /// The names of the files whose shadow is of an engine.
  package static func names(engine: String) -> [String] { files.filter { $0.engine == engine }.map(\.name) }

  /// The SHA-256 over every file's name, size and bytes, in their order, in hex.
  package static var digest: String {
    var bytes: [UInt8] = []
    for file in files {
      bytes += Array("\(file.engine)/\(file.name) \(file.bytes.count)\n".utf8)
      bytes += file.bytes
    }
    return SHA256Digest(of: bytes).hex
  }
}
