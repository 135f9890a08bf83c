import AssayCommand
import CProcess
import Foundation

@main
struct Assay {
  static func main() {
    cprocess_prepare()
    AssayCommand.keepFilesPrivate()
    let status = AssayCommand.run(Array(CommandLine.arguments.dropFirst()))
    AssayCommand.closeEverything()
    exit(status)
  }
}
