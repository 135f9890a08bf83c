import ArgumentParser
import AuditTrail
import JSONReader

/// `assay init`: a commented assay.yaml and a starter policy.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented assay.yaml and a starter policy, or templates of side files.",
    discussion: "Files that are there already are left alone.")

  @Argument(help: "The folder to write to.", completion: .directory)
  var folder = "."

  @Flag(help: "Write a template of each side file with its sidecar, in the folder side-files, and nothing else.")
  var sideFiles = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    var (written, kept): ([String], [String]) = ([], [])
    let files = sideFiles ? StarterFiles.sideFiles : StarterFiles.project
    for (name, text) in files {
      let path = resolve(name, in: folder)
      guard !fileExists(path) else {
        kept.append(path)
        common.console.say("\(path) is there already; left as it is.")
        continue
      }
      try writeFile(path, Array(text.utf8))
      written.append(path)
      common.console.say("\(path) written.")
    }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("written")
    json.strings(written)
    json.key("kept")
    json.strings(kept)
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(
      sideFiles
        ? "Fill in what you have, and name those files under `side_files:` in assay.yaml."
        : "Edit assay.yaml, then run: assay run --config \(resolve("assay.yaml", in: folder))")
  }
}
