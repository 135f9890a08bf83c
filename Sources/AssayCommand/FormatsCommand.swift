import Archives
import ArgumentParser
import JSONReader

/// `assay formats`: what can be read.
struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats", abstract: "List the archive formats that can be read, and how each is told.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("formats")
    json.beginArray()
    var table = TextTable([("format", .left), ("what it is", .left), ("told by", .left)])
    for format in ArchiveFormat.allCases {
      json.beginObject()
      for (key, value) in [("name", format.name), ("title", format.title), ("detection", format.detection)] {
        json.key(key)
        json.string(value)
      }
      json.endObject()
      table.add([format.name, format.title, format.detection])
    }
    json.endArray()
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(table.text)
    common.console.say("\nPlain, gzip or zstd; told by content.")
  }
}
