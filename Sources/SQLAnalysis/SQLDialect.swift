/// Which engine's SQL a text is written in, as far as it changes what the text means.
public enum SQLDialect: Sendable, Hashable, CaseIterable {
  /// PostgreSQL's, and whatever no other case names: what its grammar does not read stays unparsed.
  case postgreSQL
  /// MySQL's and MariaDB's: double quotes hold values, back-ticks names, `#` begins a comment.
  case mySQL
  /// SQLite's and others' that PostgreSQL's grammar reads, but in which double quotes hold a value where no column has the name.
  ///
  /// Source: sqlite.org/quirks.html#dblquote; `QUOTED_IDENTIFIER` of SQL Server.
  case looseQuotes

  /// The dialect of an engine, by the name that an archive gives it.
  public init(engine: String) {
    // By far the most common name: the search in a text costs more than all else of a session's opening.
    guard engine != "postgresql" else {
      self = .postgreSQL
      return
    }
    let name = engine.lowercased()
    if ["mysql", "mariadb"].contains(where: name.contains) {
      self = .mySQL
    } else if ["sqlite", "mssql", "sqlserver", "sql server", "sybase", "bigquery", "spark", "hive", "databricks"]
      .contains(where: name.contains)
    {
      self = .looseQuotes
    } else {
      self = .postgreSQL
    }
  }
}
