import AssayCommand
import Foundation

@main
struct Assay {
  static func main() { exit(AssayCommand.run(Array(CommandLine.arguments.dropFirst()))) }
}
