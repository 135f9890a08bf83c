internal import CMariaDB

/// A command that the server has prepared; it goes with the value.
@safe struct PreparedText: ~Copyable {
  private let pointer: UnsafeMutablePointer<MYSQL_STMT>

  /// Prepares a command on a connection.
  @unsafe init(_ connection: UnsafeMutablePointer<MYSQL>, _ sql: String) throws(MariaDBError) {
    guard let made = unsafe mysql_stmt_init(connection) else {
      throw MariaDBError(code: 2008, message: "no memory for a statement")
    }
    var text = sql
    let status = text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) {
        unsafe mysql_stmt_prepare(made, $0.baseAddress, UInt($0.count))
      }
    }
    guard status == 0 else {
      let error = unsafe MariaDBError(statement: made)
      unsafe mysql_stmt_close(made)
      throw error
    }
    unsafe pointer = unsafe made
  }

  deinit { unsafe mysql_stmt_close(pointer) }

  /// How many values it takes.
  var parameterCount: Int { Int(unsafe mysql_stmt_param_count(pointer)) }

  /// Runs it.
  func execute(_ values: [MariaDBValue]) throws(MariaDBError) -> [MariaDBResult] {
    guard values.count == parameterCount else {
      throw MariaDBError(code: 2031, message: "not as many values as the statement takes")
    }
    var status: Int32 = 0
    var layout = ValueLayout(values)
    let places = layout.places
    unsafe layout.bytes.withUnsafeMutableBytes { buffer in
      var bindings = unsafe places.map { place in
        var binding = unsafe MYSQL_BIND()
        unsafe binding.buffer_type = place.type
        if place.type != MYSQL_TYPE_NULL {
          unsafe binding.buffer = unsafe buffer.baseAddress.map { unsafe $0 + place.offset }
          unsafe binding.buffer_length = UInt(place.count)
        }
        return unsafe binding
      }
      if !values.isEmpty { status = Int32(unsafe mysql_stmt_bind_param(pointer, &bindings)) }
      if status == 0 { status = unsafe mysql_stmt_execute(pointer) }
    }
    guard status == 0 else { throw unsafe MariaDBError(statement: pointer) }
    return try results()
  }

  private func results() throws(MariaDBError) -> [MariaDBResult] {
    var found: [MariaDBResult] = []
    while true {
      let columns = Int(unsafe mysql_stmt_field_count(pointer))
      if columns > 0 {
        guard unsafe mysql_stmt_store_result(pointer) == 0 else { throw unsafe MariaDBError(statement: pointer) }
        found.append(
          MariaDBResult(columns: columns, rows: Int64(unsafe mysql_stmt_num_rows(pointer)), affected: nil))
        unsafe mysql_stmt_free_result(pointer)
      } else {
        found.append(
          MariaDBResult(
            columns: 0, rows: 0, affected: Int64(truncatingIfNeeded: unsafe mysql_stmt_affected_rows(pointer))))
      }
      let next = unsafe mysql_stmt_next_result(pointer)
      if next < 0 { return found }
      if next > 0 { throw unsafe MariaDBError(statement: pointer) }
    }
  }
}

/// Values one after another in memory, each at a multiple of eight bytes.
private struct ValueLayout {
  var bytes: [UInt8] = []
  var places: [(offset: Int, count: Int, type: enum_field_types)] = []

  init(_ values: [MariaDBValue]) {
    for value in values {
      let offset = bytes.count
      switch value {
      case .null: places.append((offset, 0, MYSQL_TYPE_NULL))
      case .integer(let number):
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
        places.append((offset, 8, MYSQL_TYPE_LONGLONG))
      case .text(let text):
        bytes += text
        places.append((offset, text.count, MYSQL_TYPE_STRING))
      }
      while bytes.count % 8 != 0 { bytes.append(0) }
    }
    // Never without memory, so that an empty text has a place.
    bytes += [UInt8](repeating: 0, count: 8)
  }
}
