import ArgumentParser
import AuditTrail

/// The options that every command has.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The configuration file.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(
    help: ArgumentHelp("The ledger, one SQLite file; overrides the configuration's.", valueName: "file"),
    completion: .file())
  var ledger: String?

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  @Flag(help: "Print nothing but failures (and the document of --json).")
  var quiet = false

  /// Where the command prints.
  var console: Console { Console(isJSON: json, isQuiet: quiet) }

  /// The configuration that was named, or `assay.yaml` here; `nil` where there is neither and none is needed.
  func configuration() throws -> Configuration? {
    if let config { return try Configuration(path: config) }
    return fileExists("assay.yaml") ? try Configuration(path: "assay.yaml") : nil
  }

  /// The configuration that was named, or `assay.yaml` here.
  func requiredConfiguration() throws -> Configuration {
    let path = config ?? "assay.yaml"
    guard config != nil || fileExists(path) else {
      throw AssayError(
        .missingInput, "There is no assay.yaml here; name one with --config, or write one with `assay init`.",
        at: Place(path))
    }
    return try Configuration(path: path)
  }

  /// The ledger's path: the option, the configuration's, or `.assay/ledger.db` here.
  func ledgerPath(_ configuration: Configuration?) -> String {
    ledger ?? configuration?.ledger ?? ".assay/ledger.db"
  }
}
