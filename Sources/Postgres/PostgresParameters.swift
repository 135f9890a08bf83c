/// How a server is reached: libpq's keywords and their values. Printed without the values that may be secret.
///
/// Source: PostgreSQL 15, chapter 34.1.2 (parameter key words).
public struct PostgresParameters: Sendable, Hashable, CustomStringConvertible {
  private var values: [String: String]

  /// Parameters by keyword, such as `host` and `dbname`.
  public init(_ values: [String: String] = [:]) { self.values = values }

  /// The value of a keyword.
  public subscript(keyword: String) -> String? {
    get { values[keyword] }
    set { values[keyword] = newValue }
  }

  /// The same parameters with other values for some keywords.
  public func with(_ others: [String: String]) -> PostgresParameters {
    PostgresParameters(values.merging(others) { _, new in new })
  }

  /// The keywords and values in order of the keywords.
  var pairs: [(keyword: String, value: String)] {
    values.sorted { $0.key < $1.key }.map { (keyword: $0.key, value: $0.value) }
  }

  /// Host, port, database and user; never a password.
  public var description: String {
    ["host", "port", "dbname", "user"].compactMap { key in values[key].map { "\(key)=\($0)" } }
      .joined(separator: " ")
  }
}

/// A value for a parameter of a command, as text.
public struct PostgresValue: Sendable, Hashable {
  /// The value; `nil` is NULL.
  public var text: String?
  /// Its type; 0 lets the server infer it.
  public var type: UInt32

  /// A value.
  public init(_ text: String?, type: UInt32 = 0) {
    self.text = text
    self.type = type
  }
}
