import Archives
import AuditTrail
import Digests
import Evidence
import Ledger
import Policies
import Reporting

/// Turns the configuration into a plan for evidence: reads catalogs and side files, hashes the archives again.
struct EvidencePlanning {
  let configuration: Configuration
  /// Frameworks as typed; overrides the configuration's.
  var frameworks: [String] = []
  /// The period as typed; overrides the configuration's.
  var period: Period?
  /// Whether the ledger's rows are compared with their digests first.
  var checksLedger = true

  /// Everything that a report says, as of one moment: the rows that are compared with their digests are those it is drawn from,
  /// whatever another process writes meanwhile.
  func evidence(_ ledger: borrowing Ledger, _ policies: PolicySet?) throws -> EvidenceModel {
    try ledger.concluded {
      try evaluate(ledger, try plan(ledger, policies), policies: policies, notIngested: try notIngested(ledger))
    }
  }

  /// The plan.
  private func plan(_ ledger: borrowing Ledger, _ policies: PolicySet?) throws -> EvidencePlan {
    guard let period = period ?? configuration.period else {
      throw AssayError(.usage, "Say which period to report, with --period or in the configuration.")
    }
    var plan = EvidencePlan(
      organization: configuration.organization, system: configuration.system, period: period,
      toolVersion: AssayCommand.version)
    if checksLedger { try ledger.requireUnchanged() }
    plan.isLedgerChecked = checksLedger
    plan.limits = configuration.limits
    plan.ratings = plan.ratings.replaced(by: configuration.ratings)
    plan.connections = configuration.connections.map {
      ScopedConnection(name: $0.name, environment: $0.environment, approvalRequired: $0.approvalRequired)
    }
    switch configuration.sensitive {
    case .columns(let columns): plan.sensitiveColumns = columns
    case .detect:
      plan.sensitiveColumns = try ledger.detectedColumns()
      plan.detectsSensitiveColumns = true
    }
    plan.databaseAccess = configuration.databaseAccess
    plan.unsignedSources = configuration.unsignedSources.map(\.description)
    let names = frameworks.isEmpty ? configuration.frameworks : frameworks
    plan.frameworks = try (names.isEmpty ? FrameworkCatalog.usual : names).filter { $0 != FrameworkCatalog.ownID }
      .map(catalog)
    if let controls = configuration.controls {
      plan.frameworks.insert(try ownControls(controls, meeting: plan.frameworks), at: 0)
    }
    if let policies { describe(policies, &plan, period) }
    try readSideFiles(&plan)
    plan.files = try InputFiles(configuration, frameworks: plan.frameworks, plan.sideFiles).files
    let stored = plan.sideFiles.encryptedFiles.compactMap { place in
      head(ofFile: configuration.resolveLabel(place), EncryptedForm.headLength).map {
        StoredArchive(place: place, form: EncryptedForm(head: $0[...])?.rawValue)
      }
    }
    if !stored.isEmpty { plan.stored = stored }
    if let previous = configuration.previous {
      // As that package states them: another version of the program would judge its facts otherwise, or not read them.
      let package = try StatedPackage.checked(previous, withRows: false)
      var choices = PreviousChoices(
        period: package.period, manifestSHA256: package.manifestSHA256, choices: package.choices)
      choices.kinds = try package.earlierKinds()
      plan.previous = choices
    }
    plan.custody = try custody(ledger)
    plan.validation = try ToolValidation(recordedIn: ledger)
    return plan
  }

  private func describe(_ policies: PolicySet, _ plan: inout EvidencePlan, _ period: Period) {
    plan.declaredPolicies = policies.versions.map { version in
      var declared = DeclaredPolicy(
        policy: version.policy.name, version: version.policy.version,
        effective: version.effective ?? Timestamp(nanoseconds: .min))
      if case .rules(let compiled) = version.policy {
        declared.sha256 = digest(ofFile: compiled.policy.path)?.sha256.hex
        declared.approvedBy = compiled.policy.approvedBy
      }
      return declared
    }
    // Thresholds may change within a period: each version that changes them is printed, and approval is the last one's.
    var lines: [String] = []
    var before: [String] = []
    var last: LoadedPolicy?
    for (index, version) in policies.versions.enumerated() {
      let end = index + 1 < policies.versions.count ? policies.versions[index + 1].effective : nil
      guard (version.effective ?? period.start) < period.end, end.map({ $0 > period.start }) ?? true else { continue }
      last = version.policy
      let own = version.policy.harm.lines
      guard own != before else { continue }
      lines += before.isEmpty ? own : ["from \(version.policy.version ?? "the next version") on"] + own
      before = own
    }
    guard let last else { return }
    var (approvedBy, approvedAt): (String?, Timestamp?) = (nil, nil)
    if case .rules(let compiled) = last {
      (approvedBy, approvedAt) = (compiled.policy.approvedBy, compiled.policy.approvedAt)
    }
    plan.thresholds = Thresholds(
      source: "\(last.name) \(last.version ?? "")", lines: lines, approvedBy: approvedBy, approvedAt: approvedAt)
  }

  /// A catalog by its id, the user's own before the built-in one.
  private func catalog(_ id: String) throws -> FrameworkCatalog {
    try readCatalog(id, templates: configuration.templates)
  }

  private func readSideFiles(_ plan: inout EvidencePlan) throws {
    for (name, path) in configuration.sideFiles.sorted(by: { $0.key < $1.key }) {
      let stored = try readFile(path)
      let label = configuration.label(path)
      let sha256 = SHA256Digest(of: stored).hex
      let isWorkbook = name == ResponsesTable.sideFile && path.hasSuffix(".xlsx")
      let filled = isWorkbook ? try ResponsesTable.csv(workbook: stored, path: path) : nil
      let bytes = filled?.bytes ?? stored
      plan.sideFiles.sources.append(SourceReference(path: label, kind: "side file", sha256: sha256))
      plan.sideFiles.extractions.append(try extraction(name, label, sha256, bytes, path))
      if let kind = SideFile.named(name) {
        plan.sideFiles.take(try SideTable(kind, path: path, bytes: bytes, lines: filled?.lines))
      }
    }
  }

  /// Where a side file comes from, by the sidecar beside it.
  private func extraction(
    _ name: String, _ label: String, _ sha256: String, _ bytes: [UInt8], _ path: String
  ) throws -> SideFileExtraction {
    var extraction = try SideFileExtraction(name: name, path: label, sha256: sha256, bytes: bytes)
    let sidecar = "\(path).meta.yaml"
    if fileExists(sidecar) {
      let text = try readText(sidecar)
      try extraction.take(sidecar: text, path: sidecar, sha256: SHA256Digest(of: Array(text.utf8)).hex)
    }
    return extraction
  }

  /// The archives that the configuration names and the ledger does not hold: the report leaves them out, and says so.
  func notIngested(_ ledger: borrowing Ledger) throws -> [UnreadFile] {
    let summaries = try ledger.archives().map(\.summary)
    let digests = Set(summaries.map(\.sha256))
    let known = Set((summaries.map(\.path) + (try ledger.unreadFiles().map(\.path))).map(configuration.resolveLabel))
    var missing: [UnreadFile] = []
    for path in configuration.archives {
      // An empty folder holds nothing to leave out, and a pattern that nothing fits neither.
      let isMany = isDirectory(path) || PathPattern.isPattern(path)
      let found = isMany ? try filesIfAny(under: path) : [path]
      for file in found where !known.contains(file) && !configuration.leavesOut(file) {
        let sha256 = digest(ofFile: file)?.sha256.hex
        if let sha256, digests.contains(sha256) { continue }
        missing.append(UnreadFile(notIngested: configuration.label(file), sha256: sha256))
      }
    }
    return missing
  }

  /// Whether each archive is still the file that was read.
  private func custody(_ ledger: borrowing Ledger) throws -> [String: CustodyCheck] {
    var checks: [String: CustodyCheck] = [:]
    for archive in try ledger.archives() {
      guard let found = digest(ofFile: configuration.resolveLabel(archive.summary.path)) else {
        checks[archive.summary.sha256] = .unreadable
        continue
      }
      let actual = found.sha256.hex
      checks[archive.summary.sha256] = actual == archive.summary.sha256 ? .matches : .differs(actual: actual)
    }
    return checks
  }
}

/// The files under a path; none where none is there.
private func filesIfAny(under path: String) throws(AssayError) -> [String] {
  do { return try files(under: path) } catch {
    guard error.code.category == .missingInput else { throw error }
    return []
  }
}

/// The organisation's own controls, whose criteria are controls of the frameworks that are reported, where these are.
private func ownControls(_ path: String, meeting frameworks: [FrameworkCatalog]) throws -> FrameworkCatalog {
  do {
    return try FrameworkCatalog.readOwn(path: path, text: try readText(path), meeting: frameworks)
  } catch let failed as CatalogErrors {
    throw FailureList(errors: failed.errors)
  }
}

/// A catalog by its id: from the folder of the user's templates when it is there, else the built-in one.
func readCatalog(_ id: String, templates: String?) throws -> FrameworkCatalog {
  do {
    if let templates {
      let path = resolve("frameworks/\(id).yaml", in: templates)
      if fileExists(path) { return try FrameworkCatalog.read(path: path, text: try readText(path)) }
    }
    guard let file = FrameworkCatalog.builtIn.first(where: { $0.id == id }) else {
      throw AssayError(
        .usage,
        "There is no framework \(id); `assay frameworks` lists them: "
          + FrameworkCatalog.builtIn.map(\.id).joined(separator: ", ") + ".")
    }
    return try FrameworkCatalog.read(path: "frameworks/\(id).yaml", text: String(decoding: file.bytes, as: UTF8.self))
  } catch let failed as CatalogErrors {
    throw FailureList(errors: failed.errors)
  }
}
