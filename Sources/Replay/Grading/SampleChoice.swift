import AuditTrail
import Digests
import Ledger

/// Which plain reads a sample takes: those whose code, made from a key and the statement's name, is among the smallest.
///
/// The choice depends on the seed and on what a statement is called (proxy, session, sequence), on nothing else: whoever has
/// the archive can repeat it, and nobody who does not know the seed can foresee it.
struct SampleChoice: Sendable {
  /// The greatest code that is taken; `nil` for none.
  let greatest: UInt64?
  /// How many were found and taken.
  let sample: ReplaySample

  /// Reads the plan's sessions once and chooses.
  init(_ size: SampleSize, of ledger: borrowing Ledger, _ plan: ReplayPlan) throws(AssayError) {
    var (smallest, limit): ([UInt64], Int?) = ([], nil)
    var greatest: UInt64?
    switch size {
    case .share(let share): greatest = Self.greatest(share)
    case .count(let count): limit = Int(clamping: max(0, count))
    }
    var (population, taken): (Int64, Int64) = (0, 0)
    let sampler = Sampler(plan)
    var reader = try SessionReader(path: ledger.path)
    for id in try ledger.sessionIDs(plan.filter) {
      let (session, statements) = try reader.session(id)
      for statement in statements where plan.isInPeriod(statement) && sampler.isPlainRead(statement, in: session) {
        population += 1
        let code = sampler.code(of: statement, in: session)
        guard let limit else {
          if let greatest, code <= greatest { taken += 1 }
          continue
        }
        smallest.append(code)
        if smallest.count / 2 >= max(limit, 1 << 16) { smallest = Array(smallest.sorted().prefix(limit)) }
      }
    }
    if let limit {
      smallest = Array(smallest.sorted().prefix(limit))
      greatest = smallest.last
      taken = Int64(smallest.count)
    }
    self.greatest = greatest
    sample = ReplaySample(population: population, taken: taken, seed: plan.seed)
  }

  private static func greatest(_ share: Double) -> UInt64? {
    guard share > 0 else { return nil }
    // 2^64 as a floating-point number; a share of 1 or more takes everything.
    let bound = share * 18_446_744_073_709_551_616
    return bound >= 18_446_744_073_709_551_616 ? .max : UInt64(bound)
  }
}

/// Tells plain reads from the rest, and leaves out those that a sample does not take; one thread uses it.
final class Sampler {
  private let plan: ReplayPlan
  private var mac: HMACSHA256
  private var plain: [Int64: Bool] = [:]

  init(_ plan: ReplayPlan) {
    self.plan = plan
    mac = HMACSHA256(key: Array("assay.sample/1 \(plan.seed)".utf8))
  }

  /// The first eight bytes of the statement's authentication code.
  func code(of statement: StatementEntry, in session: SessionEntry) -> UInt64 {
    mac.code(for: "\(session.proxy)\u{0}\(session.key)\u{0}\(statement.sequence)").bytes.prefix(8)
      .reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Whether a statement only reads, was let through unmasked, did not fail, and was sent by no AI agent.
  func isPlainRead(_ statement: StatementEntry, in session: SessionEntry) -> Bool {
    guard statement.decision.action == .allow || statement.decision.action == .observed,
      statement.decision.masked.isEmpty, statement.unit == nil, statement.result?.error == nil, session.agent == nil,
      session.identity?.kind != .agent
    else { return false }
    return onlyReads(statement)
  }

  /// Whether the statement's text can change nothing.
  func onlyReads(_ statement: StatementEntry) -> Bool {
    if let known = plain[statement.textID] { return known }
    let isPlain = plan.analyze(statement.sql, statement.dialect).isPlainRead
    if plain.count >= 1 << 16 { plain.removeAll(keepingCapacity: true) }
    plain[statement.textID] = isPlain
    return isPlain
  }

  /// Takes the plain reads that the choice does not name out of a session; gives those of them that are in scope.
  func leaveOut(from job: inout SessionJob, by choice: SampleChoice) -> [Int64] {
    var (left, kept): ([Int64], [StatementEntry]) = ([], [])
    for statement in job.statements {
      if !isPlainRead(statement, in: job.session) {
        kept.append(statement)
      } else if plan.isInPeriod(statement) {
        if let greatest = choice.greatest, code(of: statement, in: job.session) <= greatest {
          kept.append(statement)
          job.sampled.insert(statement.id)
        } else {
          left.append(statement.id)
        }
      }
    }
    job.statements = kept
    return left
  }
}

extension Facts {
  /// Whether the text holds nothing but reads, by functions that are known to change nothing.
  var isPlainRead: Bool {
    parsed && !commands.isEmpty
      && commands.allSatisfy { command in
        command.kinds == [.select] && command.writes.isEmpty && command.objects.isEmpty
          && command.functions.allSatisfy(harmlessFunctions.contains)
      }
  }
}

/// Functions of SQL that every engine has and that change nothing; any other may.
private let harmlessFunctions: Set<String> = [
  "abs", "avg", "cast", "ceil", "ceiling", "char_length", "coalesce", "concat", "count", "date", "date_part",
  "date_trunc", "datetime", "dense_rank", "extract", "first_value", "floor", "greatest", "group_concat", "ifnull",
  "lag",
  "last_value", "lead", "least", "left", "length", "lower", "ltrim", "max", "min", "mod", "now", "nullif", "power",
  "rank", "replace", "right", "round", "row_number", "rtrim", "sqrt", "strftime", "string_agg", "substr", "substring",
  "sum", "to_char", "total", "trim", "upper",
]
