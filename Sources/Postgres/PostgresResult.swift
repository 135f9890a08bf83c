internal import CLibPQ

/// What the server answered to one command: rows, a count, an error, or a place in a pipeline.
///
/// Rows and columns count from 0. Values are text, as the server writes them.
@safe public struct PostgresResult: ~Copyable {
  /// What kind of answer.
  public enum Status: Sendable {
    /// The text held no command.
    case empty
    /// A command without rows ended.
    case command
    /// Rows, all of them; in single-row mode the end of the rows.
    case rows
    /// One row in single-row mode.
    case singleRow
    case copyIn
    case copyOut
    /// The end of a group in a pipeline.
    case pipelineSync
    /// Not run, since a command before it in its group failed.
    case pipelineAborted
    case error
  }

  let pointer: OpaquePointer

  @unsafe init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe PQclear(pointer) }

  /// What kind of answer.
  public var status: Status {
    switch unsafe PQresultStatus(pointer) {
    case PGRES_EMPTY_QUERY: .empty
    case PGRES_COMMAND_OK: .command
    case PGRES_TUPLES_OK: .rows
    case PGRES_SINGLE_TUPLE: .singleRow
    case PGRES_COPY_IN: .copyIn
    case PGRES_COPY_OUT: .copyOut
    case PGRES_PIPELINE_SYNC: .pipelineSync
    case PGRES_PIPELINE_ABORTED: .pipelineAborted
    default: .error
    }
  }

  /// The error, if it is one.
  public var error: PostgresError? {
    status == .error ? unsafe PostgresError(result: pointer) : nil
  }

  /// Rows held.
  public var rowCount: Int { Int(unsafe PQntuples(pointer)) }
  /// Columns of each row.
  public var columnCount: Int { Int(unsafe PQnfields(pointer)) }

  /// The column's name.
  public func columnName(_ column: Int) -> String {
    unsafe PQfname(pointer, Int32(clamping: column)).map { unsafe String(cString: $0) } ?? ""
  }

  /// The oid of the table (or view) whose column it shows unchanged; 0 for an expression.
  public func columnTable(_ column: Int) -> UInt32 { unsafe PQftable(pointer, Int32(clamping: column)) }

  /// The number of that column in its table, from 1; 0 for an expression.
  public func columnNumber(_ column: Int) -> Int { Int(unsafe PQftablecol(pointer, Int32(clamping: column))) }

  /// The oid of the column's type.
  public func columnType(_ column: Int) -> UInt32 { unsafe PQftype(pointer, Int32(clamping: column)) }

  /// Whether the value is NULL.
  public func isNull(_ row: Int, _ column: Int) -> Bool {
    unsafe PQgetisnull(pointer, Int32(clamping: row), Int32(clamping: column)) == 1
  }

  /// The value's bytes; empty for NULL.
  public func bytes(_ row: Int, _ column: Int) -> [UInt8] {
    guard row < rowCount, column < columnCount,
      let value = unsafe PQgetvalue(pointer, Int32(clamping: row), Int32(clamping: column))
    else { return [] }
    let length = Int(unsafe PQgetlength(pointer, Int32(clamping: row), Int32(clamping: column)))
    return unsafe Array(UnsafeRawBufferPointer(start: value, count: length))
  }

  /// The value as text; empty for NULL.
  public func text(_ row: Int, _ column: Int) -> String { String(decoding: bytes(row, column), as: UTF8.self) }

  /// The value as text; `nil` for NULL.
  public func optionalText(_ row: Int, _ column: Int) -> String? {
    isNull(row, column) ? nil : text(row, column)
  }

  /// The value as a whole number; `nil` for NULL and for what is none.
  public func integer(_ row: Int, _ column: Int) -> Int64? {
    guard row < rowCount, column < columnCount, !isNull(row, column),
      let value = unsafe PQgetvalue(pointer, Int32(clamping: row), Int32(clamping: column))
    else { return nil }
    let length = Int(unsafe PQgetlength(pointer, Int32(clamping: row), Int32(clamping: column)))
    return unsafe Int64(Substring(decoding: UnsafeRawBufferPointer(start: value, count: length), as: UTF8.self))
  }

  /// The command's tag, such as `DELETE 3`.
  public var commandTag: String { unsafe PQcmdStatus(pointer).map { unsafe String(cString: $0) } ?? "" }

  /// The rows that the tag counts; `nil` where it counts none.
  public var commandCount: Int64? {
    unsafe PQcmdTuples(pointer).flatMap { unsafe Int64(String(cString: $0)) }
  }

  /// The types of the parameters of a command that was described.
  public var parameterTypes: [UInt32] {
    (0..<max(0, unsafe PQnparams(pointer))).map { unsafe PQparamtype(pointer, $0) }
  }
}
