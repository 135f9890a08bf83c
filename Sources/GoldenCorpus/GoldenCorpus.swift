package import AuditTrail
import Digests
import EmbeddedFiles

/// The labelled cases that the program carries: statement, schema, recorded decision, and what must be measured and concluded.
package enum GoldenCorpus {
  /// Raised with every change of what a case expects.
  package static let version = "16"

  /// A file as it is built in.
  package struct File: Sendable {
    /// Its name without `.yaml`.
    package let name: String
    package let bytes: [UInt8]
  }

  /// The files, in the order in which they run.
  package static let files = [
    File(name: "destruction", bytes: embeddedFile("destruction.yaml")),
    File(name: "failures", bytes: embeddedFile("failures.yaml")),
    File(name: "harmless", bytes: embeddedFile("harmless.yaml")),
    File(name: "objects", bytes: embeddedFile("objects.yaml")),
    File(name: "old_rows", bytes: embeddedFile("old_rows.yaml")),
    File(name: "escapes", bytes: embeddedFile("escapes.yaml")),
    File(name: "transactions", bytes: embeddedFile("transactions.yaml")),
    File(name: "leaks", bytes: embeddedFile("leaks.yaml")),
    File(name: "parameters", bytes: embeddedFile("parameters.yaml")),
    File(name: "engines", bytes: embeddedFile("engines.yaml")),
    File(name: "empty", bytes: embeddedFile("empty.yaml")),
    File(name: "deferred", bytes: embeddedFile("deferred.yaml")),
    File(name: "sessions", bytes: embeddedFile("sessions.yaml")),
    File(name: "edges", bytes: embeddedFile("edges.yaml")),
    File(name: "leak_forms", bytes: embeddedFile("leak_forms.yaml")),
    File(name: "fitting", bytes: embeddedFile("fitting.yaml")),
    File(name: "read_sets", bytes: embeddedFile("read_sets.yaml")),
    File(name: "scripts", bytes: embeddedFile("scripts.yaml")),
    File(name: "given_names", bytes: embeddedFile("given_names.yaml")),
    File(name: "identity", bytes: embeddedFile("identity.yaml")),
    File(name: "look_alikes", bytes: embeddedFile("look_alikes.yaml")),
    File(name: "postgresql_failures", bytes: embeddedFile("postgresql_failures.yaml")),
    File(name: "postgresql_escapes", bytes: embeddedFile("postgresql_escapes.yaml")),
    File(name: "postgresql_everything", bytes: embeddedFile("postgresql_everything.yaml")),
    File(name: "postgresql_slow", bytes: embeddedFile("postgresql_slow.yaml")),
    File(name: "postgresql_handlers", bytes: embeddedFile("postgresql_handlers.yaml")),
    File(name: "postgresql_hidden", bytes: embeddedFile("postgresql_hidden.yaml")),
    File(name: "virtual_tables", bytes: embeddedFile("virtual_tables.yaml")),
    File(name: "pragmas", bytes: embeddedFile("pragmas.yaml")),
    File(name: "postgresql_sessions", bytes: embeddedFile("postgresql_sessions.yaml")),
    File(name: "postgresql_leaks", bytes: embeddedFile("postgresql_leaks.yaml")),
    File(name: "postgresql_large_objects", bytes: embeddedFile("postgresql_large_objects.yaml")),
    File(name: "postgresql_identity", bytes: embeddedFile("postgresql_identity.yaml")),
    File(name: "postgresql_types", bytes: embeddedFile("postgresql_types.yaml")),
    File(name: "postgresql_covered", bytes: embeddedFile("postgresql_covered.yaml")),
    File(name: "postgresql_told", bytes: embeddedFile("postgresql_told.yaml")),
    File(name: "postgresql_rights", bytes: embeddedFile("postgresql_rights.yaml")),
    File(name: "postgresql_commit", bytes: embeddedFile("postgresql_commit.yaml")),
    File(name: "postgresql_added", bytes: embeddedFile("postgresql_added.yaml")),
    File(name: "postgresql_clock", bytes: embeddedFile("postgresql_clock.yaml")),
    File(name: "postgresql_chance", bytes: embeddedFile("postgresql_chance.yaml")),
  ]

  /// Which behaviours the cases must show.
  package static var specification: [UInt8] { embeddedFile("specification.yaml") }

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
