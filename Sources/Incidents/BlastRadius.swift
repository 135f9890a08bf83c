public import AuditTrail
import Ledger

/// What an incident destroyed, disclosed and gained, as the shadows measured it; what was stopped or rolled back apart.
public struct BlastRadius: Sendable, Hashable {
  /// What became of a table's rows.
  public struct TableLoss: Sendable, Hashable {
    /// The connection.
    public let connection: String
    /// The table.
    public let table: String
    /// Rows added.
    public var inserted: Int64 = 0
    /// Rows gone: deleted and not put back.
    public var deleted: Int64 = 0
    /// Rows whose old values are gone.
    public var overwritten: Int64 = 0
    /// Of all changes, those that the statements' own commands did not make.
    public var indirect: Int64 = 0
    /// Of those, the ones that only a foreign key can have made.
    public var cascaded: Int64 = 0
    /// Of those, the ones that only code can have made.
    public var coded: Int64 = 0
    /// Rows before the first statement that touched it.
    public var before: Int64?
    /// The statements, as `SESSION/SEQ`.
    public var steps: [String] = []
    /// The sessions that destroyed rows of it, by position.
    var destroyers: Set<Int> = []
    /// Whether some of them are the planner's estimate.
    public var isEstimated = false
    /// What the figures rest on.
    public var basis: Basis
    /// The moment the shadow is a copy of.
    public var asOf: Timestamp?

    /// Rows that are gone or overwritten.
    public var destroyed: Int64 { deleted &+ overwritten }

    /// Whether a statement's own command changed it, not only cascades and code.
    var isDirect: Bool { inserted &+ destroyed > indirect }
  }

  /// A sensitive column that reached a client.
  public struct Disclosure: Sendable, Hashable {
    /// `table.column`.
    public let column: String
    /// Who saw it.
    public let user: String?
    /// The database login it was seen through.
    public let login: String?
    /// For whom that was.
    public let actsFor: String?
    /// The connection.
    public let connection: String
    /// How it came out; the gravest.
    public var leak: Leak
    /// Rows returned on the shadow by the statements that showed it.
    public var rows: Int64 = 0
    /// Values that stood there as they are; a row may hold many.
    public var values: Int64 = 0
    /// The rows as the archive records them; `nil` where it does not for each of them.
    public var recordedRows: Int64?
    /// The statements, as `SESSION/SEQ`.
    public var steps: [String] = []
    /// Where it was learnt.
    public var provenance = Provenance.shadow
  }

  /// An object that is gone.
  public struct ObjectLoss: Sendable, Hashable {
    /// The object.
    public let object: DroppedObject
    /// The connection.
    public let connection: String
    /// The statement.
    public let step: String
  }

  /// A right gained, an escape tried, an object made or altered.
  public struct Act: Sendable, Hashable {
    /// What.
    public let what: String
    /// The statement.
    public let step: String
  }

  /// Tables whose rows changed, those that lost most first.
  public internal(set) var tables: [TableLoss] = []
  /// The same of what was stopped, failed or rolled back: nothing of it is left.
  public internal(set) var undone: [TableLoss] = []
  /// Columns seen.
  public internal(set) var disclosures: [Disclosure] = []
  /// Objects gone.
  public internal(set) var objects: [ObjectLoss] = []
  /// Objects that were to go and stayed.
  public internal(set) var objectsUndone: [ObjectLoss] = []
  /// Rights gained.
  public internal(set) var escalated: [Act] = []
  /// Escapes from the database that the shadow refused: what they would have done, nobody can tell.
  public internal(set) var escapes: [Act] = []
  /// Escapes that were stopped before they ran.
  public internal(set) var escapesStopped: [Act] = []
  /// Objects made or altered.
  public internal(set) var altered: [Act] = []

  /// Rows gone or overwritten.
  public var rowsDestroyed: Int64 { tables.reduce(0) { $0 &+ $1.destroyed } }
  /// Rows that would be, had it not been stopped or undone.
  public var rowsUndone: Int64 { undone.reduce(0) { $0 &+ $1.destroyed } }
  /// Whether nothing was lost, seen or gained.
  public var isEmpty: Bool {
    rowsDestroyed == 0 && disclosures.isEmpty && objects.isEmpty && escalated.isEmpty && escapes.isEmpty
  }
}

/// Adds steps up to a blast radius.
struct BlastTally {
  private struct Key: Hashable {
    let connection: String
    let name: String
    var user: String?
    var login: String?
    var actsFor: String?
  }

  private var tables: [Key: BlastRadius.TableLoss] = [:]
  private var undone: [Key: BlastRadius.TableLoss] = [:]
  private var disclosures: [Key: BlastRadius.Disclosure] = [:]
  private var radius = BlastRadius()

  /// Adds a step that ran on a shadow; what a session did to tables of its own counts for nothing.
  mutating func add(_ step: IncidentStep, of session: SessionEntry, asOf: Timestamp?) {
    guard let effect = step.graded?.effect else { return }
    let connection = session.connection.name
    let escapes = effect.refused.map { BlastRadius.Act(what: $0, step: step.id) }
    if step.outcome == .notRun || !step.decision.action.reachesDatabase(step.outcome) {
      radius.escapesStopped += escapes
    } else {
      radius.escapes += escapes
    }
    if effect.reachedClient(step.decision, step.outcome) { addSeen(effect, step, session) }
    guard effect.tookEffect else { return }
    let tookPlace = step.tookPlace
    for (name, table) in effect.tables where !table.isScratch {
      let key = Key(connection: connection, name: name)
      let empty = BlastRadius.TableLoss(
        connection: connection, table: name, before: table.before, basis: effect.basis, asOf: asOf)
      if tookPlace {
        tables[key, default: empty].add(table, of: effect, step)
      } else {
        undone[key, default: empty].add(table, of: effect, step)
      }
    }
    let objects = effect.dropped.filter { !$0.isScratch }.map {
      BlastRadius.ObjectLoss(object: $0, connection: connection, step: step.id)
    }
    guard tookPlace else {
      radius.objectsUndone += objects
      return
    }
    radius.objects += objects
    radius.escalated += effect.escalated.map { BlastRadius.Act(what: $0, step: step.id) }
    radius.altered += effect.altered.map { BlastRadius.Act(what: $0, step: step.id) }
  }

  private mutating func addSeen(_ effect: Effect, _ step: IncidentStep, _ session: SessionEntry) {
    let (user, login, connection) = (
      session.identity?.user, session.connection.databaseUser, session.connection.name
    )
    for column in effect.leakedColumns {
      let key = Key(connection: connection, name: column, user: user, login: login, actsFor: session.actsFor)
      let empty = BlastRadius.Disclosure(
        column: column, user: user, login: login, actsFor: session.actsFor, connection: connection, leak: effect.leak,
        recordedRows: 0)
      disclosures[key, default: empty].add(effect, step)
    }
  }

  /// The sum, what lost most first.
  var sum: BlastRadius {
    func sorted(_ tables: [Key: BlastRadius.TableLoss]) -> [BlastRadius.TableLoss] {
      tables.values.sorted { ($1.destroyed, $0.connection, $0.table) < ($0.destroyed, $1.connection, $1.table) }
    }
    var sum = radius
    sum.tables = sorted(tables)
    sum.undone = sorted(undone)
    sum.disclosures = disclosures.values.sorted {
      ($0.column, $0.user ?? "", $0.login ?? "", $0.actsFor ?? "", $0.connection)
        < ($1.column, $1.user ?? "", $1.login ?? "", $1.actsFor ?? "", $1.connection)
    }
    return sum
  }
}

extension BlastRadius.TableLoss {
  fileprivate mutating func add(_ table: TableEffect, of effect: Effect, _ step: IncidentStep) {
    inserted = inserted &+ table.inserted
    deleted = deleted &+ max(0, table.deleted &- table.restored)
    overwritten = overwritten &+ max(0, table.updated &- table.unchanged)
    indirect = indirect &+ table.indirect
    cascaded = cascaded &+ table.cascaded
    coded = coded &+ table.coded
    isEstimated = isEstimated || effect.estimate != nil
    if table.destroyed > 0 { destroyers.insert(step.session) }
    steps.append(step.id)
  }
}

extension BlastRadius.Disclosure {
  fileprivate mutating func add(_ effect: Effect, _ step: IncidentStep) {
    leak = max(leak, effect.leak)
    rows = rows &+ effect.rowsReturned
    values = values &+ effect.valuesShown
    let recorded = step.recorded.flatMap { $0.kind == .affected ? nil : $0.rows }
    recordedRows = recordedRows.flatMap { sum in recorded.map { sum &+ $0 } }
    steps.append(step.id)
  }
}

extension Action {
  /// Whether a unit so decided reached the database.
  func reachesDatabase(_ outcome: Outcome) -> Bool {
    switch self {
    case .allow, .mask, .observed: true
    case .review: outcome == .ran || outcome == .ranUnapproved
    case .block: false
    }
  }
}
