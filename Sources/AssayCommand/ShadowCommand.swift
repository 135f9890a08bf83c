import ArgumentParser
import AuditTrail
import JSONReader
import PostgresShadows
import Replay
import Sensitivity
import SyntheticShadows

/// `assay shadow`: work on shadows.
struct ShadowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shadow", abstract: "Make a shadow; check that a database is one; find its sensitive columns.",
    subcommands: [CreateShadowCommand.self, CheckShadowCommand.self, ClassifyCommand.self])
}

/// `assay shadow check`: is it one.
struct CheckShadowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say whether a source is a shadow, and of what.",
    discussion: "Status 77 when it is not: a database must carry the marker table assay_shadow.")

  @Argument(help: "The source: sqlite:FILE, postgres:DUMP or postgresql://HOST/DATABASE.")
  var source: String

  @OptionGroup var superuser: SuperuserOption
  @OptionGroup var common: CommonOptions

  func run() throws {
    let shadow = try openedShadow(ShadowSource(source), options: superuser.options, on: common.console)
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("source")
    json.string(shadow.source)
    json.key("basis")
    json.string(shadow.basis.rawValue)
    json.key("as_of")
    json.string(shadow.asOf?.description)
    json.key("image_sha256")
    json.string(shadow.imageSHA256)
    json.key("marker_sha256")
    json.string(shadow.markerSHA256)
    json.key("bytes")
    json.integer(shadow.imageBytes)
    json.key("engine")
    json.string(shadow.engine)
    json.key("containment")
    json.string(shadow.containment)
    json.key("omitted")
    json.beginArray()
    for words in shadow.omitted { json.string(words) }
    json.endArray()
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(
      "\(shadow.source): a shadow (\(shadow.basis.rawValue)\(shadow.asOf.map { ", as of \($0)" } ?? "")), "
        + "\(bytesText(Int64(shadow.imageBytes))), SHA-256 \(shadow.imageSHA256)"
        + "\(shadow.markerSHA256.map { ", marker \($0)" } ?? "").")
    common.console.say("  kept in by: \(shadow.containment)")
    for words in shadow.omitted { common.console.say("  not loaded: \(words)") }
  }
}

/// `assay shadow classify`: which of its columns are sensitive.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Name the columns of a shadow whose values a detector recognises.")

  @Argument(help: "The source: sqlite:FILE, postgres:DUMP or postgresql://HOST/DATABASE.")
  var source: String

  @OptionGroup var superuser: SuperuserOption
  @OptionGroup var common: CommonOptions

  func run() throws {
    let found = try openedShadow(ShadowSource(source), options: superuser.options, on: common.console)
      .classifyColumns()
    var table = TextTable([("column", .left), ("holds", .left)])
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("columns")
    json.beginArray()
    for entry in found {
      let (column, classification) = (entry.column, entry.classification)
      json.beginObject()
      json.key("column")
      json.string(column)
      json.key("detector")
      json.string(classification.detector.rawValue)
      json.endObject()
      table.add([column, classification.detector.rawValue])
    }
    json.endArray()
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(table.isEmpty ? "No detector recognises a column." : table.text)
  }
}

/// Whether a running server may be used as its superuser.
struct SuperuserOption: ParsableArguments {
  @Flag(help: "Use a running server (postgresql://) though its role is a superuser, who may run programs there.")
  var allowSuperuser = false

  /// The options of a shadow that say so.
  var options: ShadowOptions {
    var options = ShadowOptions()
    options.allowSuperuser = allowSuperuser
    return options
  }
}

/// Opens a shadow, of which nothing stays behind however the command ends. A terminal shows that this takes its time.
func openedShadow(
  _ source: ShadowSource, options: ShadowOptions = ShadowOptions(), on console: Console
) throws -> any Shadow {
  guard source.needsServer else { return try openShadow(source, options: options) }
  Interruption.watch()
  if console.showsProgress {
    console.showProgress("shadow: opening \(options.label ?? source.description) on a PostgreSQL server")
  }
  defer { if console.showsProgress { console.showProgress("") } }
  return try openShadow(source, options: options)
}
