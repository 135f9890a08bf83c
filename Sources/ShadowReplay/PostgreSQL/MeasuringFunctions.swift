import Postgres

/// What the measurement of a session needs in every clone.
enum MeasuringFunctions {
  /// Installs it into the template, as its superuser, after everything else.
  static func install(_ connection: borrowing PostgresConnection) throws(PostgresError) {}
}
