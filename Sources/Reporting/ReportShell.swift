import AuditTrail
import EmbeddedFiles
import Foundation
import Mustache

/// The Markdown shells (and one of HTML) around the evidence: headings and narrative, which users may override.
///
/// A shell is Mustache. It names data as `{{name}}`, which is escaped, and ready blocks of Markdown as `{{{name}}}`. Every
/// value that a shell is given must be in it and nothing else may, so that nothing vanishes without a word.
enum ReportShell: String, CaseIterable {
  case readme, summary, framework, test, incident
  /// An incident as one HTML file.
  case incidentPage = "incident-page"

  /// Values that are data.
  var texts: Set<String> {
    switch self {
    case .readme: ["organization", "system", "period", "directory", "tool_version", "inputs_sha256"]
    case .summary: ["title", "sentence"]
    case .framework: ["title", "organization", "period", "catalog"]
    case .test: ["id", "title", "organization", "period", "objective", "procedure"]
    case .incident, .incidentPage: ["title", "headline", "timeline_title"]
    }
  }

  /// Values that are ready Markdown.
  var blocks: Set<String> {
    switch self {
    case .readme: ["results", "reading_order", "reliance", "limits"]
    case .summary: ["reliance", "results", "replay", "gravest", "untestable", "limitations"]
    case .framework: ["results", "controls", "exceptions", "untested", "out_of_scope", "note"]
    case .test: ["result", "controls", "population", "exceptions", "metrics", "daily", "limitations", "recipe"]
    case .incident:
      ["who", "blast", "undone", "rules", "timeline", "findings", "approvals", "counterfactual", "provenance"]
    case .incidentPage:
      [
        "figures", "who", "picture", "blast", "undone", "rules", "strip", "timeline", "findings", "approvals",
        "counterfactual", "provenance",
      ]
    }
  }

  /// The shell's file, in a user's directory of shells too.
  var fileName: String { "\(rawValue).mustache" }

  /// Whether it is HTML, not Markdown.
  fileprivate var isHTML: Bool { self == .incidentPage }

  fileprivate var builtIn: [UInt8] {
    switch self {
    case .readme: embeddedFile("readme.mustache")
    case .summary: embeddedFile("summary.mustache")
    case .framework: embeddedFile("framework.mustache")
    case .test: embeddedFile("test.mustache")
    case .incident: embeddedFile("incident.mustache")
    case .incidentPage: embeddedFile("incident-page.mustache")
    }
  }
}

/// The shells of a report, read and checked.
struct ReportShells: Sendable {
  private let templates: [ReportShell: MustacheTemplate]

  /// The built-in shells, each replaced by the file of its name in `directory` where there is one. Throws
  /// `invalid_file` with line and column where a shell names what it is not given or leaves out what it is.
  init(directory: String?) throws(AssayError) {
    var templates: [ReportShell: MustacheTemplate] = [:]
    for shell in ReportShell.allCases {
      let (text, path) = try Self.read(shell, in: directory)
      templates[shell] = try Self.template(shell, text, path)
    }
    self.templates = templates
  }

  /// The shell filled with `values`, which are exactly its texts and blocks; ends with one line end.
  func render(_ shell: ReportShell, _ values: [String: String]) throws(AssayError) -> String {
    let known = shell.texts.union(shell.blocks)
    guard let template = templates[shell], Set(values.keys) == known else {
      throw AssayError(.internalFault, "The values for \(shell.fileName) are not those it is declared with")
    }
    return trimmed(template.render(values.mapValues(trimmed))) + "\n"
  }

  /// Without line ends at the end, so that one blank line stands between blocks.
  private func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.hasSuffix("\n") { text.removeLast() }
    return String(text)
  }

  private static func read(_ shell: ReportShell, in directory: String?) throws(AssayError) -> (String, String) {
    let builtIn = (String(decoding: shell.builtIn, as: UTF8.self), shell.fileName)
    guard let directory else { return builtIn }
    let type = try? FileManager.default.attributesOfItem(atPath: directory)[.type] as? FileAttributeType
    guard type == .typeDirectory else {
      throw AssayError(
        .missingInput, "Name a directory that holds shells such as \(shell.fileName)", at: Place(directory))
    }
    let path = "\(directory)/\(shell.fileName)"
    guard FileManager.default.fileExists(atPath: path) else { return builtIn }
    do {
      return (try String(contentsOfFile: path, encoding: .utf8), path)
    } catch {
      throw AssayError(.invalidFile, "The shell cannot be read as UTF-8 text", at: Place(path))
    }
  }

  private static func template(
    _ shell: ReportShell, _ text: String, _ path: String
  ) throws(AssayError) -> MustacheTemplate {
    try ShellTags(text, path).check(shell)
    MustacheContentTypes.register(MarkdownContentType(), named: "MARKDOWN")
    MustacheContentTypes.register(PageContentType(), named: "PAGE")
    do {
      return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(shell.isHTML ? "PAGE" : "MARKDOWN")}}" + text)
    } catch {
      throw AssayError(.invalidFile, "The shell is not valid Mustache", at: Place(path), cause: "\(error)")
    }
  }
}

/// Escapes data in shells.
private struct MarkdownContentType: MustacheContentType {
  func escapeText(_ text: String) -> String { MarkdownText.escaped(text) }
}

/// Escapes data in the shell of HTML.
private struct PageContentType: MustacheContentType {
  func escapeText(_ text: String) -> String { HTMLText.escaped(text) }
}

/// The tags of a shell with their places. Of Mustache, shells use values and comments only: with sections or partials a
/// value could be left out without anyone seeing it.
private struct ShellTags {
  private struct Tag {
    let name: String
    let isRaw: Bool
    let place: Place
  }

  private let tags: [Tag]
  private let path: String

  init(_ text: String, _ path: String) throws(AssayError) {
    self.path = path
    var tags: [Tag] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var rest = line[...]
      while let open = rest.firstRange(of: "{{") {
        let column = line[..<open.lowerBound].utf8.count + 1
        let place = Place(path, line: number + 1, column: column)
        let isTriple = rest[open.upperBound...].hasPrefix("{")
        let start = isTriple ? rest.index(after: open.upperBound) : open.upperBound
        guard let close = rest[start...].firstRange(of: isTriple ? "}}}" : "}}") else {
          throw AssayError(.invalidFile, "Close the tag that begins here on the same line", at: place)
        }
        let name = rest[start..<close.lowerBound].split(separator: " ").joined(separator: " ")
        rest = rest[close.upperBound...]
        if name.hasPrefix("!"), !isTriple { continue }
        guard name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }),
          !name.isEmpty
        else {
          throw AssayError(
            .invalidFile, "A shell holds values such as {{title}} and comments, no other Mustache tags", at: place)
        }
        tags.append(Tag(name: name, isRaw: isTriple, place: place))
      }
    }
    self.tags = tags
  }

  func check(_ shell: ReportShell) throws(AssayError) {
    for tag in tags {
      let (isText, isBlock) = (shell.texts.contains(tag.name), shell.blocks.contains(tag.name))
      guard isText || isBlock else {
        let known = shell.texts.union(shell.blocks).sorted().joined(separator: ", ")
        throw AssayError(.invalidFile, "There is no value \(tag.name); this shell is given \(known)", at: tag.place)
      }
      if isText && tag.isRaw {
        throw AssayError(.invalidFile, "Write {{\(tag.name)}}: it is data and must be escaped", at: tag.place)
      }
      if isBlock && !tag.isRaw {
        throw AssayError(.invalidFile, "Write {{{\(tag.name)}}}: it is Markdown already", at: tag.place)
      }
    }
    let missing = shell.texts.union(shell.blocks).subtracting(tags.map(\.name)).sorted()
    guard let first = missing.first else { return }
    throw AssayError(
      .invalidFile,
      "The shell leaves out \(missing.joined(separator: ", ")); put {{\(first)}} or the like where it belongs",
      at: Place(path))
  }
}
