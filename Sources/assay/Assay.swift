import AssayCommand
import CProcess
import Foundation

@main
struct Assay {
  static func main() {
    cprocess_prepare()
    let status = AssayCommand.run(Array(CommandLine.arguments.dropFirst()))
    AssayCommand.closeEverything()
    exit(status)
  }
}
