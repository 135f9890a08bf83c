/// A format that can be read.
public enum ArchiveFormat: String, Sendable, Hashable, CaseIterable {
  /// Assay's own sealed JSON lines.
  case native = "assay.archive/1"
  /// Sessions as hoop's gateway exports them.
  case hoopSessions = "hoop.sessions"
  /// The JSON lines of hoop's sidecar.
  case hoopinspect = "hoopinspect"
  /// PostgreSQL's log in CSV with `log_statement = all`.
  case postgresLog = "postgresql.csvlog"

  /// The name for `--format` and in summaries.
  public var name: String { rawValue }

  /// What a person calls it.
  public var title: String {
    switch self {
    case .native: "Assay native archive"
    case .hoopSessions: "hoop gateway sessions"
    case .hoopinspect: "hoopinspect audit log"
    case .postgresLog: "PostgreSQL csvlog"
    }
  }

  /// How it is told from the others, always by content and never by the file's name.
  public var detection: String {
    switch self {
    case .native:
      "JSON lines whose first names the format assay.archive/1; a later line with a native type tells it too"
    case .hoopSessions:
      "a session object, lines or an array of them, or the list envelope with data, total and has_next_page"
    case .hoopinspect: "JSON lines with kind, timestamp and session_id"
    case .postgresLog: "CSV records of 22 to 26 columns that begin with a time and name a severity"
    }
  }

  /// How its entries stand in the file.
  public var entries: String {
    switch self {
    case .native, .hoopinspect: "lines"
    case .hoopSessions: "lines, JSON documents, or elements of a JSON array"
    case .postgresLog: "CSV records, which may hold line ends"
    }
  }
}
