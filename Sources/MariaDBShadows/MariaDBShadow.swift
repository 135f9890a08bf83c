public import AuditTrail
import MariaDB
public import Replay
import Sensitivity
import Synchronization
import ThrowAwayServers

/// A database of MySQL or MariaDB that sessions are measured on, made from a dump on a throw-away server. Every session gets
/// a copy with a server of its own.
public final class MariaDBShadow: Shadow {
  /// `mariadb`.
  public let engine = "mariadb"
  /// Where it came from, as it was typed or as its label says.
  public let source: String
  /// The SHA-256 of the dump's plain bytes.
  public let imageSHA256: String
  /// The bytes of the dump's plain text.
  public let imageBytes: Int
  /// What its rows are.
  public let basis: Basis
  /// The moment it is a copy of.
  public let asOf: Timestamp?
  /// The server it was copied from, where the marker says.
  public let server: String?
  /// Production's row counts, where they are known.
  public let production: ProductionRows
  /// What was left out of the shadow, or loaded otherwise than the dump says, in words, sorted.
  public let omitted: [String]
  /// What keeps the server's processes in, in words.
  public let containment: String

  /// The dump's digest, and that of production's row counts where they are known.
  public var digest: String { production.digest(with: imageSHA256) }
  /// Its digest and the server's version.
  public var contentDigest: String? { "mariadb \(version) \(digest) \(basis.rawValue)" }

  private let version: String
  private let base: MariaDBBase
  /// What its copies come from.
  let pool: MariaDBClonePool
  private let isClosed = Mutex(false)
  private let closingNumber: Int

  /// Loads a dump into a throw-away server.
  ///
  /// - Throws: `missing_input`; `unavailable` where no server is installed or it does not start; `invalid_file` with the line
  ///   for a dump that is refused.
  public init(reading source: ShadowSource, options: ShadowOptions = ShadowOptions()) throws(AssayError) {
    let base = try MariaDBBase.build(source.path)
    self.base = base
    self.source = options.label ?? source.description
    production = options.production
    (imageSHA256, imageBytes, omitted) = (base.loaded.sha256, base.loaded.bytes, base.loaded.omitted)
    containment = base.stopped.sandbox.words
    version = base.version
    (server, asOf) = (base.marker.server, options.asOf ?? base.marker.asOf)
    basis =
      options.basis ?? base.marker.basis ?? (base.rows.values.allSatisfy { $0 == 0 } ? .schemaOnly : .synthetic)
    let pool = MariaDBClonePool(base.stopped)
    self.pool = pool
    closingNumber = OpenShadows.add {
      pool.shutDown()
      base.stopped.tearDown()
    }
  }

  deinit { shutDown() }

  /// Ends the servers that wait and removes the files; again is a no-op.
  public func shutDown() {
    let isFirst = isClosed.withLock { closed in
      defer { closed = true }
      return !closed
    }
    guard isFirst else { return }
    OpenShadows.remove(closingNumber)
    pool.shutDown()
    base.stopped.tearDown()
  }

  /// Opens replays on copies.
  public func clones(_ measuring: Measuring) -> any CloneSource {
    MariaDBClones(
      world: MariaDBWorld(
        catalog: base.catalog, rows: base.rows, basis: basis, production: production, pool: pool, source: source,
        measuring: measuring))
  }

  /// Every column of its tables and views, as `table.column`, sorted.
  public func columnNames() -> [String] {
    base.catalog.tables.flatMap { key, table in
      table.columns.map { "\(base.catalog.shownName(of: key)).\($0.name)" }
    }.sorted()
  }

  /// The columns whose sampled values a detector recognises, as `table.column`, sorted.
  public func classifyColumns() throws(AssayError) -> [ClassifiedColumn] {
    let clone = try pool.freshCopy()
    defer { pool.retire(clone) }
    var found: [ClassifiedColumn] = []
    do {
      let reader = try clone.login(as: MariaDBMeter.replayer)
      for (key, table) in base.catalog.tables.sorted(by: { $0.key < $1.key }) where table.holdsRows {
        for column in table.columns {
          let values = try reader.rows(
            "SELECT left(\(ticked(column.name)), \(ColumnSample.length)) FROM \(ticked(table.schema)).\(ticked(table.name)) "
              + "WHERE \(ticked(column.name)) IS NOT NULL LIMIT \(ColumnSample.values)")
          if let classification = classify(values.map { $0.cell(0) }) {
            found.append(
              ClassifiedColumn(
                column: "\(base.catalog.shownName(of: key)).\(column.name)", classification: classification))
          }
        }
      }
    } catch {
      throw AssayError(
        .unavailable, "The shadow's columns could not be sampled.", at: Place(source), cause: error.description)
    }
    return found.sorted { $0.column < $1.column }
  }
}
