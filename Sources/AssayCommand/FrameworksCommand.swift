import AuditTrail
import ArgumentParser
import Evidence
import JSONReader

/// `assay frameworks`: what can be reported.
struct FrameworksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "frameworks", abstract: "List the control catalogs that can be reported.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    let templates = try common.configuration()?.templates
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("frameworks")
    json.beginArray()
    var table = TextTable([
      ("framework", .left), ("title", .left), ("version", .left), ("controls", .right), ("supported", .right),
    ])
    for file in FrameworkCatalog.builtIn {
      let catalog = try readCatalog(file.id, templates: templates)
      let inScope = catalog.controls.filter(\.inScope)
      let supported = inScope.filter { !$0.tests.isEmpty }.count
      json.beginObject()
      for (key, value) in [("id", catalog.id), ("title", catalog.title), ("version", catalog.version)] {
        json.key(key)
        json.string(value)
      }
      json.key("controls")
      json.integer(inScope.count)
      json.key("supported")
      json.integer(supported)
      json.endObject()
      table.add([catalog.id, catalog.title, catalog.version, grouped(inScope.count), grouped(supported)])
    }
    json.endArray()
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(table.text)
  }
}
