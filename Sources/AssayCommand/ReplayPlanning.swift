import AuditTrail
import Digests
import Foundation
import Ledger
import Policies
import PostgresShadows
import Replay
import SQLAnalysis
import Sensitivity
import SyntheticShadows

/// Turns what was typed and configured into a plan for replay.
struct ReplayPlanning {
  /// Where a terminal shows that a shadow is being opened.
  let console: Console
  /// `[CONNECTION=]SOURCE`, as typed; overrides the configuration's.
  var shadows: [String] = []
  /// A policy file or folder, as typed; overrides the configuration's.
  var policy: String?
  var filter = SessionFilter()
  var workers: Int?
  var seed: UInt64 = 0
  var isolation = Isolation.session
  /// Whether a running server may be used as its superuser, as typed; the configuration may say so of each shadow.
  var allowsSuperuser = false
  var sample: SampleSize?
  /// Whether sessions are run again that the ledger holds measurements of.
  var measuresAgain = false

  /// The plan; reads every shadow into memory.
  func plan(_ configuration: Configuration?) throws -> ReplayPlan {
    let settings = shadows.isEmpty ? configuration?.shadows ?? [] : shadows.map(typed)
    guard !settings.isEmpty else {
      throw AssayError(
        .usage,
        "There is no shadow to replay on; name one with --shadow sqlite:FILE or --shadow postgres:DUMP, or under `shadows:` "
          + "in the configuration.")
    }
    var planned: [PlannedShadow] = []
    let policies = try policies(configuration)
    for setting in settings { planned.append(try open(setting, configuration, policies)) }
    var plan = ReplayPlan(shadows: planned, analyze: { SQLAnalysis.analyze($0, as: $1) })
    plan.filter = filter
    plan.policies = policies
    plan.policyDigest = try (policy.map { .path($0) } ?? configuration?.policies).map(digest)
    plan.isolation = isolation
    plan.sample = sample
    plan.measuresAgain = measuresAgain
    plan.seed = seed
    plan.workers = workers ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
    return plan
  }

  private func typed(_ text: String) -> Configuration.ShadowSetting {
    var (connection, source): (String?, String) = (nil, text)
    if let equals = text.firstIndex(of: "="), !text[..<equals].contains(":") {
      (connection, source) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
    return Configuration.ShadowSetting(
      connection: connection, source: source, basis: nil, asOf: nil, rows: nil, place: Place("--shadow"))
  }

  private func open(
    _ setting: Configuration.ShadowSetting, _ configuration: Configuration?, _ policies: PolicySet?
  ) throws -> PlannedShadow {
    let source = try ShadowSource(setting.source)
    let rows = try setting.rows.map { try ProductionRows(csv: try readText($0), path: $0) }
    let label = configuration.map { source.label($0.label(source.path)) }
    var options = ShadowOptions(
      basis: setting.basis, asOf: setting.asOf, production: rows ?? ProductionRows(), label: label)
    options.allowSuperuser = allowsSuperuser || setting.allowSuperuser
    let shadow = try openedShadow(source, options: options, on: console)
    var (named, detected): ([String], [String]) = ([], [])
    switch configuration?.sensitive ?? .detect {
    case .columns(let columns): named = columns
    case .detect: detected = try shadow.classifyColumns().map(\.column)
    }
    named += try masked(policies?.masks ?? [], shadow)
    named += try policies?.watchedColumns(among: shadow.columnNames()) ?? []
    return PlannedShadow(
      connection: setting.connection, shadow: shadow, sensitive: detected + named, detected: detected,
      label: source.label(configuration?.label(source.path) ?? source.path),
      uncounted: try rows.map { rows throws(AssayError) in rows.unknown(among: try Self.tables(of: shadow)) } ?? [])
  }

  /// The shadow's tables and views, each once: what stands before the last point of its columns' names.
  private static func tables(of shadow: any Shadow) throws(AssayError) -> [String] {
    var names: [String] = []
    for column in try shadow.columnNames() {
      let table = column.lastIndex(of: ".").map { String(column[..<$0]) } ?? column
      if names.last != table { names.append(table) }
    }
    return names
  }

  /// The columns that a policy masks: by name, or by what a detector finds in them.
  private func masked(_ masks: [String], _ shadow: any Shadow) throws -> [String] {
    let detectors = Set(masks.filter { $0.hasPrefix("detector:") }.map { String($0.dropFirst(9)) })
    let columns = masks.filter { !$0.hasPrefix("detector:") }
    guard !detectors.isEmpty else { return columns }
    return try columns
      + shadow.classifyColumns()
      .filter { detectors.contains($0.classification.detector.rawValue) }.map(\.column)
  }

  /// The policy that supplies harm and masks.
  func policies(_ configuration: Configuration?) throws -> PolicySet? {
    if let policy { return try loadPolicies(.path(policy)) }
    return try configuration?.policies.map(loadPolicies)
  }
}

/// The SHA-256 over the names and bytes of a policy's files, in hex.
private func digest(_ setting: Configuration.PolicySetting) throws -> String {
  var bytes: [UInt8] = []
  for path in try policyPaths(setting) {
    let file = try readFile(path)
    bytes += Array("\(path.split(separator: "/").last ?? "") \(file.count)\n".utf8) + file
  }
  return SHA256Digest(of: bytes).hex
}

/// The files of a policy.
func policyPaths(_ setting: Configuration.PolicySetting) throws -> [String] {
  switch setting {
  case .path(let path) where isDirectory(path):
    try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { resolve($0, in: path) }
      .filter { !isDirectory($0) }
  case .path(let path): [path]
  case .hoop(let hoop): hoop.paths
  }
}

/// Reads a policy: a file, a folder of dated versions, or hoop's own rules.
func loadPolicies(_ setting: Configuration.PolicySetting) throws -> PolicySet {
  do {
    switch setting {
    case .path(let path) where isDirectory(path):
      let names = try FileManager.default.contentsOfDirectory(atPath: path).filter {
        ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".")
      }
      var policies: [Policy] = []
      var errors: [AssayError] = []
      for name in names.sorted() {
        let file = resolve(name, in: path)
        do { policies.append(try Policy(yaml: try readText(file), path: file)) } catch let failed as PolicyErrors {
          errors += failed.errors
        }
      }
      guard errors.isEmpty else { throw FailureList(errors: errors) }
      return try PolicySet(dated: policies, directory: path)
    case .path(let path) where path.hasSuffix(".json"):
      let file = HoopFiles.File(path: path, bytes: try readFile(path))
      return PolicySet(always: .hoop(try HoopPolicy(HoopFiles(guardrails: file))))
    case .path(let path):
      return PolicySet(always: .rules(CompiledPolicy(try Policy(yaml: try readText(path), path: path))))
    case .hoop(let hoop):
      func file(_ path: String?) throws -> HoopFiles.File? {
        try path.map { HoopFiles.File(path: $0, bytes: try readFile($0)) }
      }
      let files = try HoopFiles(
        guardrails: file(hoop.guardrails), masking: file(hoop.masking), accessRequests: file(hoop.accessRequests),
        connections: file(hoop.connections), attributes: file(hoop.attributes))
      return PolicySet(always: .hoop(try HoopPolicy(files, dialect: hoop.engine)))
    }
  } catch let failed as PolicyErrors {
    throw FailureList(errors: failed.errors)
  }
}
