import AssayCommand
import Foundation

@main
struct Assay {
  static func main() {
    let status = AssayCommand.run(Array(CommandLine.arguments.dropFirst()))
    AssayCommand.closeEverything()
    exit(status)
  }
}
