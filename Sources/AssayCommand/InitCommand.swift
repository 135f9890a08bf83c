import ArgumentParser
import AuditTrail

/// `assay init`: a commented assay.yaml and a starter policy.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented assay.yaml and a starter policy.",
    discussion: "Files that are there already are left alone.")

  @Argument(help: "The folder to write to.", completion: .directory)
  var folder = "."

  @OptionGroup var common: CommonOptions

  func run() throws {
    for (name, text) in [("assay.yaml", StarterFiles.configuration), ("policies/guardrails.yaml", StarterFiles.policy)]
    {
      let path = resolve(name, in: folder)
      guard !fileExists(path) else {
        common.console.say("\(path) is there already; left as it is.")
        continue
      }
      try writeFile(path, Array(text.utf8))
      common.console.say("\(path) written.")
    }
    common.console.say("Edit assay.yaml, then run: assay run --config \(resolve("assay.yaml", in: folder))")
  }
}
