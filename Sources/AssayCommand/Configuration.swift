import Archives
import AuditTrail
import Evidence
import Ledger
import Policies

/// What `assay.yaml` says. Paths are relative to the file and resolved here.
struct Configuration {
  /// A shadow of the configuration.
  struct ShadowSetting {
    var connection: String?
    /// `sqlite:PATH` or `postgres:DUMP`, the path resolved, or `postgresql://…`.
    var source: String
    var basis: Basis?
    var asOf: Timestamp?
    /// A file of production's row counts.
    var rows: String?
    /// Whether a running server may be used as its superuser.
    var allowSuperuser = false
    var place: Place
  }

  /// A connection in scope.
  struct ConnectionSetting {
    var name: String
    var environment: String?
    var approvalRequired: Bool
  }

  /// Which columns are sensitive.
  enum Sensitive {
    /// Those whose values a detector recognises; where nothing is said too, or a leak would be called harmless.
    case detect
    case columns([String])
  }

  /// What a source cannot say of an identity.
  struct IdentityMapping {
    /// Whom it is about; a `*` in a name stands for any text.
    enum Match {
      /// Identities that an archive names, by user.
      case user(String)
      /// Sessions in which no identity is named: each that is given must match.
      case login(databaseUser: String?, application: String?, client: ClientAddresses?)
    }

    var match: Match
    /// What an identity that a login is mapped to is called; `nil` calls it as the login is.
    var name: String?
    var kind: IdentityKind
    var owner: String?
  }

  /// A key whose signatures count.
  struct TrustedKeySetting {
    /// The PEM file of the public key.
    var key: String
    var owner: String?
    var role: TrustedKey.Role?
    var from: Timestamp?
    var until: Timestamp?
    var revoked: Timestamp?
    /// The sources it signs for; all where it is empty.
    var sources: [SourceName] = []
  }

  /// Where policies are.
  enum PolicySetting {
    /// A file, or a folder of dated versions.
    case path(String)
    /// hoop's own rules and their bindings.
    case hoop(HoopSetting)
  }

  /// hoop's files, and which engine evaluates its patterns.
  struct HoopSetting {
    var guardrails: String?
    var masking: String?
    var accessRequests: String?
    var connections: String?
    var attributes: String?
    /// The engine that was named.
    var dialect: HoopPolicy.Dialect?
    /// The gateway's version, which says the engine where none was named.
    var version: String?

    /// `nil` takes each pattern as the engine does that can read it.
    var engine: HoopPolicy.Dialect? { dialect ?? version.flatMap(HoopPolicy.Dialect.init(hoopVersion:)) }

    var paths: [String] { [guardrails, masking, accessRequests, connections, attributes].compactMap(\.self) }
  }

  /// The file's own path.
  let path: String
  var organization = ""
  var system = ""
  var period: Period?
  var archives: [String] = []
  /// The servers that archives are from, by their paths, where it is said.
  var archiveSources: [(path: String, source: String)] = []
  /// Patterns of files to leave out, by the paths they are said of.
  var archiveExcludes: [(path: String, pattern: String)] = []
  /// The formats of archives, by their paths, where they are named.
  var archiveFormats: [(path: String, format: ArchiveFormat)] = []
  /// What logs do not show themselves, by their paths, where it is said.
  var archiveLogs: [(path: String, setting: LogSetting)] = []
  var policies: PolicySetting?
  var shadows: [ShadowSetting] = []
  var connections: [ConnectionSetting] = []
  var sensitive = Sensitive.detect
  var identities: [IdentityMapping] = []
  var trustedKeys: [TrustedKeySetting] = []
  /// Sources that sign nothing, though keys are trusted.
  var unsignedSources: [SourceName] = []
  /// Files of `seal --checkpoint`.
  var checkpoints: [String] = []
  /// Which log is of which connections' database, where it is said.
  var pairings: [LogPairing] = []
  /// From where proxies come, and who may go past them.
  var databaseAccess: DatabaseAccess?
  var frameworks: [String] = []
  /// The file of the organisation's own controls, with which reports begin.
  var controls: String?
  /// Side files by name.
  var sideFiles: [String: String] = [:]
  /// Limits of tests, by their names.
  var limits: [String: Int64] = [:]
  /// Ratings of exceptions in place of the program's own.
  var ratings = ExceptionRatings()
  var templates: String?
  /// The package of the period before, whose choices are shown beside this one's.
  var previous: String?
  /// Who prepares the packages; for the note beside them.
  var preparedBy: String?
  var ledger: String?
  var output: String?

  /// Reads a configuration; everything wrong in it is thrown at once, by place.
  init(path: String) throws {
    let text = try readText(path)
    self = try ConfigurationReader(path: path, text: text).read(text)
  }

  /// A configuration without settings.
  init(empty path: String) { self.path = path }
}

extension Configuration.IdentityMapping {
  /// Whom a login stands for; `nil` where the mapping is not about it.
  func identity(of login: Login) -> Identity? {
    guard case .login(let user, let application, let client) = match, fits(login.databaseUser, user),
      fits(login.application, application), client.map({ login.address.map($0.contain) ?? false }) ?? true,
      let name = name ?? login.databaseUser ?? login.application ?? login.address
    else { return nil }
    return Identity(user: name, kind: kind, kindBasis: .mapped, owner: owner)
  }

  private func fits(_ name: String?, _ pattern: String?) -> Bool {
    guard let pattern else { return true }
    return name.map { matches($0, pattern: pattern) } ?? false
  }
}

extension Configuration {
  /// A path as evidence names it: relative to the configuration's folder, so that a package does not depend on where the
  /// command was run.
  func label(_ path: String) -> String {
    let folder = parent(of: self.path).split(separator: "/")
    var parts = path.split(separator: "/")[...]
    guard path.hasPrefix("/") == self.path.hasPrefix("/"), !path.contains("://") else { return path }
    var above = folder[...]
    while let part = above.first, part == parts.first { (above, parts) = (above.dropFirst(), parts.dropFirst()) }
    // The way from one absolute folder to another would tell of the machine, and that to a folder above is not known.
    guard above.isEmpty || !path.hasPrefix("/") && !above.contains("..") else { return path }
    return (above.map { _ in ".." } + parts.map(String.init)).joined(separator: "/")
  }

  /// The server that an archive is from, where it is said of it or of the nearest folder above it.
  func source(of path: String) -> String? { nearest(archiveSources.map { ($0.path, $0.source) }, path) }

  /// The format that is named of it or of the nearest folder above it.
  func format(of path: String) -> ArchiveFormat? { nearest(archiveFormats.map { ($0.path, $0.format) }, path) }

  /// Every archive: the files themselves, those in folders and those that fit a pattern, less those that are left out.
  func archiveFiles() throws -> [String] {
    try files(under: archives).filter { !leavesOut($0) }
  }

  /// Whether a file is one that is left out.
  func leavesOut(_ path: String) -> Bool {
    archiveExcludes.contains { exclude in
      stands(path, for: exclude.path) && PathPattern(exclude.pattern).fits(path, in: PathPattern(exclude.path).folder)
    }
  }

  /// What is said of the path itself, or of the folder or pattern with the longest name that stands for it.
  private func nearest<Value>(_ settings: [(path: String, value: Value)], _ path: String) -> Value? {
    settings.filter { stands(path, for: $0.path) }.max { $0.path.count < $1.path.count }?.value
  }

  /// Whether a path is one, is within a folder or fits a pattern.
  private func stands(_ path: String, for named: String) -> Bool {
    path == named || path.hasPrefix(named + "/") || PathPattern.isPattern(named) && PathPattern(named).fits(path)
      || named == "." && !path.hasPrefix("/") && !path.hasPrefix("..")
  }

  /// What a log does not show itself, where it is said of it or of the nearest folder above it.
  func logSetting(of path: String) -> LogSetting? {
    nearest(archiveLogs.map { ($0.path, $0.setting) }, path)
  }

  /// The path that a label stands for.
  func resolveLabel(_ label: String) -> String { resolve(label, in: parent(of: path)) }
}
