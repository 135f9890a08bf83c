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

  @Option(help: "Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.")
  var color: ColorChoice = .auto

  /// Where the command prints.
  var console: Console { Console(isJSON: json, isQuiet: quiet, color: color) }

  /// The configuration that was named, or the nearest `assay.yaml` of this folder and those above it; `nil` where there is
  /// none and none is needed.
  func configuration() throws -> Configuration? {
    if let config { return try Configuration(path: config) }
    guard let path = NearestConfiguration.path else { return nil }
    NearestConfiguration.announce(on: console)
    var configuration = try Configuration(path: path)
    // What it does not say is next to it, wherever the command is run.
    configuration.ledger = configuration.ledger ?? resolve(Self.standardLedger, in: parent(of: path))
    configuration.output = configuration.output ?? resolve(standardPackageFolder, in: parent(of: path))
    return configuration
  }

  /// The configuration that was named, or the nearest `assay.yaml` of this folder and those above it.
  func requiredConfiguration() throws -> Configuration {
    guard let configuration = try configuration() else {
      throw AssayError(
        .missingInput,
        "There is no assay.yaml here or in a folder above; name one with --config, or write one with `assay init`.",
        at: Place("assay.yaml"))
    }
    return configuration
  }

  private static let standardLedger = ".assay/ledger.db"

  /// The ledger's path: the option, the configuration's, or `.assay/ledger.db` here.
  func ledgerPath(_ configuration: Configuration?) -> String {
    ledger ?? configuration?.ledger ?? Self.standardLedger
  }
}
