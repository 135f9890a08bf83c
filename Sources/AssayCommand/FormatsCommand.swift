import Archives
import ArgumentParser
import JSONReader

/// `assay formats`: what can be read.
struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats", abstract: "List the archive formats that can be read, or try one file.",
    subcommands: [ListFormatsCommand.self, TryFormatCommand.self], defaultSubcommand: ListFormatsCommand.self)
}

/// `assay formats list`: the list.
struct ListFormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the archive formats that can be read, how each is told and what it can show.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("formats")
    json.beginArray()
    var table = TextTable([
      ("format", .left), ("what it is", .left), ("told by", .left), ("can show", .left), ("cannot show", .left),
    ])
    for format in ArchiveFormat.allCases {
      let shown = ArchiveContent.allCases.filter(format.shows.contains).map(\.rawValue)
      let missing = ArchiveContent.allCases.filter { !format.shows.contains($0) }.map(\.rawValue)
      json.beginObject()
      for (key, value) in [("name", format.name), ("title", format.title), ("detection", format.detection)] {
        json.key(key)
        json.string(value)
      }
      for (key, values) in [("shows", shown), ("cannot_show", missing)] {
        json.key(key)
        json.strings(values)
      }
      json.endObject()
      table.add([format.name, format.title, format.detection, Self.words(shown), Self.words(missing)])
    }
    json.endArray()
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(table.text)
    common.console.say(
      "\nPlain, gzip or zstd; told by content. All show sessions and statements; docs/formats.md says what limits each. "
        + "Another log: assay formats try FILE.")
  }

  private static func words(_ names: [String]) -> String {
    names.map { $0.replacing("_", with: " ") }.joined(separator: ", ")
  }
}
