import ArgumentParser
import AuditTrail
import JSONReader

/// `assay init`: a commented assay.yaml and a starter policy.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a commented assay.yaml, a starter policy and an example that runs, or templates of side files.",
    discussion: """
      Files that are there already are left alone. The example holds two sessions, one of which did harm; put your own \
      archives and shadow in its place.

      Example: assay init quarter --from postgresql && cd quarter && assay run && assay find --harmful
      """)

  @Argument(help: "The folder to write to.", completion: .directory)
  var folder = "."

  @Option(help: "Where your archives come from: native, hoop or postgresql (a server's csvlog).")
  var from = StarterFiles.Source.native

  @Flag(help: "Write a template of each side file with its sidecar, in the folder side-files, and nothing else.")
  var sideFiles = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    var (written, kept): ([String], [String]) = ([], [])
    let files = sideFiles ? StarterFiles.sideFiles.map { ($0.0, Array($0.1.utf8)) } : StarterFiles.project(from)
    for (name, bytes) in files {
      let path = resolve(name, in: folder)
      guard !fileExists(path) else {
        kept.append(path)
        common.console.say("\(path) is there already; left as it is.")
        continue
      }
      try writeFile(path, bytes)
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
    let option = folder == "." ? "" : " --config \(resolve("assay.yaml", in: folder))"
    common.console.say(
      sideFiles
        ? "Fill in what you have, and name those files under `side_files:` in assay.yaml."
        : """

        Try it:  assay run\(option)
                 assay find --harmful\(option)
        Then put your own archives into \(resolve("archives", in: folder)) (\(from.collecting) says how to get them) and your
        own shadow in place of shadow/orders.sql, and remove the example.
        """)
  }
}
