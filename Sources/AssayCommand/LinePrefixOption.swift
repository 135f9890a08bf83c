import Archives
import ArgumentParser

/// How a server's text log begins each line, where its lines do not show it.
struct LinePrefixOption: ParsableArguments {
  @Option(
    name: .customLong("log-line-prefix"),
    help: ArgumentHelp(
      "PostgreSQL's log_line_prefix, as SHOW says it, of text logs whose lines do not show it.", valueName: "prefix"))
  var linePrefix: String?
}
