public import AuditTrail
import SQLite

/// Which packages were made of the ledger.
extension Ledger {
  /// What ``keep(package:of:)`` kept last for the period of that name; `nil` where nothing was.
  public borrowing func package(of period: String) throws(AssayError) -> String? {
    do { return try meta(Self.packageKey(period)) } catch { throw Ledger.failure(error, path: path) }
  }

  /// Keeps the name of the package that was made for the period, where we may write.
  public borrowing func keep(package name: String, of period: String) throws(AssayError) {
    guard try package(of: period) != name else { return }
    _ = try whileNobodyWrites { () throws(AssayError) in
      do throws(SQLiteError) {
        try begin()
        try setMeta(Self.packageKey(period), name)
        try commit()
      } catch { throw Ledger.failure(error, path: path) }
    }
  }

  private static func packageKey(_ period: String) -> String { "package \(period)" }
}
