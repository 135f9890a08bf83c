import AuditTrail
import Testing

@testable import Reporting

@Suite struct ReportShellTests {
  private static let whole =
    "# {{title}}\n{{sentence}}\n{{{reliance}}}{{{results}}}{{{replay}}}{{{gravest}}}{{{untestable}}}{{{limitations}}}\n"
  private static let values = [
    "title": "A [b](c)", "sentence": "*s*", "reliance": "| a |\n", "results": "", "replay": "", "gravest": "",
    "untestable": "", "limitations": "l",
  ]

  @Test func `data is escaped and blocks are not`() throws {
    let scratch = try Scratch()
    try scratch.write("summary.mustache", Self.whole)
    let text = try ReportShells(directory: scratch.path).render(.summary, Self.values)
    #expect(text == "# A \\[b\\]\\(c)\n\\*s\\*\n| a |l\n")
  }

  @Test func `a shell that is not overridden is the built-in one`() throws {
    let scratch = try Scratch()
    let text = try ReportShells(directory: scratch.path).render(.summary, Self.values)
    #expect(text.contains("## Can it be relied on?"))
  }

  @Test(arguments: [
    ("\n  {{titel}}", "no value titel", 2, 3), ("{{{title}}}", "must be escaped", 1, 1),
    ("{{results}}", "Markdown already", 1, 1),
    ("{{#results}}x{{/results}}", "no other Mustache", 1, 1), ("x {{title", "Close the tag", 1, 3),
    ("{{> other}}", "no other", 1, 1),
    ("{{=<% %>=}}", "no other", 1, 1), ("{{&title}}", "no other", 1, 1),
  ])
  func `a tag that would go wrong is named with its place`(tag: String, message: String, line: Int, column: Int) throws
  {
    let scratch = try Scratch()
    try scratch.write("summary.mustache", tag + "\n" + Self.whole)
    let error = #expect(throws: AssayError.self) { try ReportShells(directory: scratch.path) }
    #expect(error?.message.contains(message) == true)
    #expect(error?.place?.line == line && error?.place?.column == column)
    #expect(error?.code == .invalidFile)
  }

  @Test func `a shell may leave nothing out`() throws {
    let scratch = try Scratch()
    try scratch.write("summary.mustache", "{{title}}\n")
    let error = #expect(throws: AssayError.self) { try ReportShells(directory: scratch.path) }
    #expect(error?.message.contains("gravest, limitations, reliance, replay, results, sentence, untestable") == true)
  }

  @Test func `a directory of shells must be there`() {
    let error = #expect(throws: AssayError.self) { try ReportShells(directory: "no/such/directory") }
    #expect(error?.code == .missingInput)
  }
}
