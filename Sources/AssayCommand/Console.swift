import AuditTrail
import Foundation
import JSONReader
import Reporting
import Synchronization

/// What is printed: results on standard output, progress and complaints on standard error.
///
/// All text for people leaves here, and is made harmless to a terminal here.
struct Console: Sendable {
  /// Whether results and failures are JSON documents.
  let isJSON: Bool
  /// Whether progress and plain results are left out.
  let isQuiet: Bool

  /// When results are bold and in colour.
  let color: ColorChoice

  init(isJSON: Bool, isQuiet: Bool, color: ColorChoice = .auto) {
    self.isJSON = isJSON
    self.isQuiet = isQuiet
    self.color = color
  }

  /// The console of a command line that may not even parse.
  init(arguments: [String]) {
    let options = arguments.prefix { $0 != "--" }
    self.init(isJSON: options.contains("--json"), isQuiet: options.contains("--quiet"))
  }

  /// Whether standard error is a terminal that shows progress.
  var showsProgress: Bool { !isQuiet && isatty(STDERR_FILENO) == 1 }

  /// Prints a line of the result.
  func print(_ text: String) {
    write(text.hasSuffix("\n") ? text : text + "\n", to: .standardOutput)
  }

  /// Prints a line for people: nothing with `--json` or `--quiet`.
  func say(_ text: String = "") {
    guard !isJSON && !isQuiet else { return }
    let page = printablePage(text.hasSuffix("\n") ? text : text + "\n")
    write(
      Data(Terminal.page(page, width: Terminal.width, isStyled: Terminal.isStyled(color)).utf8), to: .standardOutput)
  }

  /// Writes lines for programs on standard output as they are; whoever makes them leaves nothing in them that steers a
  /// terminal.
  func write(lines: [UInt8]) { write(Data(lines), to: .standardOutput) }

  /// Prints the one JSON document of the command; nothing without `--json`.
  func document(_ bytes: [UInt8]) {
    guard isJSON else { return }
    print(String(decoding: bytes, as: UTF8.self))
  }

  /// Prints a line on standard error.
  func complain(_ text: String) {
    write(text.hasSuffix("\n") ? text : text + "\n", to: .standardError)
  }

  /// Prints a failure.
  func fail(_ error: AssayError) { fail([error]) }

  /// So many failures of one file are printed; what is corrected first often ends the rest.
  private static let mostFailures = 100

  /// Prints failures: a line each, or one JSON document of the first with the rest beside it. Of very many the first, and
  /// how many more there are.
  func fail(_ errors: [AssayError]) {
    let (all, errors) = (errors.count, errors.prefix(Self.mostFailures))
    guard isJSON, let first = errors.first else {
      for error in errors { complain("assay: " + printable(Self.sentence(error))) }
      if all > errors.count {
        complain("assay: And \(grouped(all - errors.count)) more; correct these first, then run the command again.")
      }
      return
    }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("error")
    Self.write(first, to: &json)
    if errors.count > 1 {
      json.key("errors")
      json.beginArray()
      for error in errors { Self.write(error, to: &json) }
      json.endArray()
      json.key("errors_total")
      json.integer(Int64(all))
    }
    json.endObject()
    print(json.text)
  }

  private static func sentence(_ error: AssayError) -> String {
    let place = error.place.map { "\($0): " } ?? ""
    return place + error.message + (error.cause.map { " (\($0))" } ?? "")
  }

  /// A failure as the documents of `--json` hold it.
  static func write(_ error: AssayError, to json: inout JSONWriter) {
    json.beginObject()
    json.key("code")
    json.string(error.code.name)
    json.key("message")
    json.string(error.message)
    json.key("path")
    json.string(error.place?.path)
    json.key("place")
    if let place = error.place {
      json.beginObject()
      for (key, value) in [
        ("line", place.line), ("column", place.column), ("entry", place.entry), ("byte_offset", place.byteOffset),
      ] {
        json.key(key)
        json.integer(value.map(Int64.init))
      }
      json.endObject()
    } else {
      json.null()
    }
    json.endObject()
  }

  /// Draws a line that the next one takes the place of; an empty one removes it.
  func showProgress(_ text: String) {
    write(Data("\r\u{1B}[K".utf8) + Data(printable(text).utf8), to: .standardError)
  }

  private func write(_ text: String, to handle: FileHandle) {
    write(Data(printablePage(text).utf8), to: handle)
  }

  /// Whether standard output did not take all that was printed, such as on a full disk.
  static var hasLostOutput: Bool { lostOutput.withLock { $0 } }

  private static let lostOutput = Mutex(false)

  /// A closed pipe (`assay … | head`) is not a failure: what is not read is not written.
  private func write(_ bytes: Data, to handle: FileHandle) {
    do { try handle.write(contentsOf: bytes) } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      if handle == .standardOutput, cause.code != Int(EPIPE) { Self.lostOutput.withLock { $0 = true } }
    }
  }
}
