public import AuditTrail
import Postgres
public import Replay
public import SQLAnalysis
import Synchronization
import ThrowAwayServers

/// A PostgreSQL database that sessions are measured on: made from a dump in a throw-away cluster, or a marked database of a
/// running server. Every session gets a clone of its own.
public final class PostgresShadow: Shadow {
  /// `postgresql`.
  public let engine = "postgresql"
  /// Where it came from: as it was typed, without a password, or as its label says.
  public let source: String
  /// Of a dump, the SHA-256 of its plain bytes; of a running server's database, that of its schema and row counts.
  public let imageSHA256: String
  /// Of a running server's database, the SHA-256 of its marker.
  public let markerSHA256: String?
  /// The bytes of a dump's plain text, or of the database.
  public let imageBytes: Int
  /// What its rows are.
  public let basis: Basis
  /// The moment it is a copy of.
  public let asOf: Timestamp?
  /// The server it was copied from, where the marker says.
  public let server: String?
  /// Production's row counts, where they are known.
  public let production: ProductionRows
  /// What was left out of the shadow because it reaches outside of it, in words, sorted.
  public let omitted: [String]
  /// What keeps the server's processes in, in words.
  public let containment: String

  /// The image's digest, and that of production's row counts where they are known.
  public var digest: String { production.digest(with: imageSHA256) }
  /// Of a dump, its digest and the server's version; a running server's rows may change without a sign.
  public var contentDigest: String? { serverVersion.map { "postgresql \($0) \(digest) \(basis.rawValue)" } }
  /// The version of a throw-away cluster's server.
  private let serverVersion: Int?

  /// Its tables as a shadow's maker sees them.
  let tables: PostgresTables
  /// Its relations as a measurement sees them.
  let catalog: PostgresCatalog
  let pool: PostgresClonePool
  /// How the measurer connects to the template, which must be left alone while clones are made.
  let template: PostgresParameters
  private let closing: @Sendable () -> Void
  private let closingNumber: Int

  /// Opens a shadow.
  ///
  /// - Throws: `not_a_shadow` for a running server's database without a marker of its own; `unavailable` where no server
  ///   is installed, reached or strong enough; `refused_superuser`; `missing_input`; `invalid_file` with the line for a dump
  ///   that is refused.
  public convenience init(reading source: ShadowSource, options: ShadowOptions = ShadowOptions()) throws(AssayError) {
    let opened =
      if source.kind == .server {
        try PostgresShadowOpening.server(try PostgresAddress(source.text), allowSuperuser: options.allowSuperuser)
      } else {
        try PostgresShadowOpening.dump(source.path)
      }
    do {
      try self.init(opened, source: source.description, options: options)
    } catch {
      opened.close()
      throw error
    }
  }

  private init(_ opened: PostgresShadowOpening, source: String, options: ShadowOptions) throws(AssayError) {
    self.source = options.label ?? source
    production = options.production
    omitted = opened.omitted
    containment = opened.containment
    template = opened.template
    tables = opened.tables
    catalog = opened.catalog
    imageSHA256 = opened.sha256
    markerSHA256 = opened.markerSHA256
    serverVersion = opened.serverVersion
    imageBytes = opened.bytes
    server = opened.marker?.server
    asOf = options.asOf ?? opened.marker?.asOf
    basis =
      options.basis ?? opened.marker?.basis
      ?? (opened.tables.byName.values.allSatisfy { $0.rows == 0 } ? .schemaOnly : .synthetic)
    let pool = PostgresClonePool(opened.settings)
    self.pool = pool
    let close = opened.close
    let once = Mutex(false)
    closing = {
      let isFirst = once.withLock { done in
        defer { done = true }
        return !done
      }
      guard isFirst else { return }
      pool.close()
      close()
    }
    closingNumber = OpenShadows.add(closing)
  }

  deinit { close() }

  /// Removes the clones, and the cluster where it is a throw-away one; again is a no-op.
  public func close() {
    OpenShadows.remove(closingNumber)
    closing()
  }

  /// Source: Benchmarks/results/2026-11-23.md (rounded up), PostgreSQL 15, and `CREATE DATABASE … STRATEGY file_copy` of 8 to
  /// 243 MB (0.35 to 0.58 s).
  public var costs: ReplayCosts? { ReplayCosts(statement: 60e-6, session: 1e-3, clone: 0.4, cloneByte: 0.8e-9) }

  /// A clone is shared unless a command ends, sees the end of, or is refused in a transaction.
  public func sharesClone(_ sql: String, analyze: (String, SQLDialect) -> Facts) -> Bool {
    !PostgresCommand.all(in: sql, analyze).contains(where: \.needsOwnClone)
  }

  /// Opens replays on clones of the template.
  public func clones(_ measuring: Measuring) throws(AssayError) -> any CloneSource {
    try PostgresClones(pool, source: source, basis: basis, production: production, measuring)
  }

  /// Every column of its tables and views, as `table.column`, sorted.
  public func columnNames() -> [String] {
    catalog.relations.values.flatMap { relation in
      relation.columns.map { "\(catalog.displayName(relation)).\($0)" }
    }.sorted()
  }
}
