public import AuditTrail
import SQLite

/// Which packages were made of the ledger, and what the program that writes it found of itself.
extension Ledger {
  /// What ``keep(package:of:)`` kept last for the period of that name; `nil` where nothing was.
  public borrowing func package(of period: String) throws(AssayError) -> String? {
    try kept(Self.packageKey(period))
  }

  /// Keeps the name of the package that was made for the period, where we may write.
  public borrowing func keep(package name: String, of period: String) throws(AssayError) {
    try keep(name, as: Self.packageKey(period))
  }

  /// What ``keep(validation:on:)`` kept last for the engine; `nil` where nothing was.
  public borrowing func validation(on engine: String) throws(AssayError) -> String? {
    try kept(Self.validationKey(engine))
  }

  /// Keeps what running the program's own cases on the engine came to, where we may write.
  public borrowing func keep(validation: String, on engine: String) throws(AssayError) {
    try keep(validation, as: Self.validationKey(engine))
  }

  private borrowing func kept(_ key: String) throws(AssayError) -> String? {
    do { return try meta(key) } catch { throw Ledger.failure(error, path: path) }
  }

  private borrowing func keep(_ value: String, as key: String) throws(AssayError) {
    guard try kept(key) != value else { return }
    _ = try whileNobodyWrites { () throws(AssayError) in
      do throws(SQLiteError) {
        try begin()
        try setMeta(key, value)
        try commit()
      } catch { throw Ledger.failure(error, path: path) }
    }
  }

  private static func validationKey(_ engine: String) -> String { "validation \(engine)" }
  private static func packageKey(_ period: String) -> String { "package \(period)" }
}
