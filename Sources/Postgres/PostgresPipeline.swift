internal import CLibPQ

/// Commands sent without waiting, and their answers one by one. libpq reads answers while it waits to send, so a long
/// group does not block both sides.
extension PostgresConnection {
  /// Sends a command by the extended protocol.
  public func send(_ sql: String, _ values: [PostgresValue] = []) throws(PostgresError) {
    try check(sql)
    let texts = try cStrings(values)
    let types = values.map(\.type)
    let code = unsafe texts.withPointers { texts in
      unsafe types.withUnsafeBufferPointer { types in
        unsafe PQsendQueryParams(
          link.pointer, sql, Int32(clamping: values.count), types.baseAddress, texts, nil, nil, 0)
      }
    }
    try link.check(code)
  }

  /// Sends a command by the simple protocol, which also answers with the rows that a rule adds.
  public func sendSimply(_ sql: String) throws(PostgresError) {
    try check(sql)
    try link.check(unsafe PQsendQuery(link.pointer, sql))
  }

  /// Sends what prepares a command.
  public func sendPrepare(_ name: String, _ sql: String, types: [UInt32] = []) throws(PostgresError) {
    try check(sql)
    try check(name)
    let code = unsafe types.withUnsafeBufferPointer { types in
      unsafe PQsendPrepare(link.pointer, name, sql, Int32(clamping: types.count), types.baseAddress)
    }
    try link.check(code)
  }

  /// Sends what describes a prepared command.
  public func sendDescribe(_ name: String) throws(PostgresError) {
    try check(name)
    try link.check(unsafe PQsendDescribePrepared(link.pointer, name))
  }

  /// Sends a prepared command's values.
  public func send(prepared name: String, _ values: [PostgresValue] = []) throws(PostgresError) {
    try check(name)
    let texts = try cStrings(values)
    let code = unsafe texts.withPointers { texts in
      unsafe PQsendQueryPrepared(link.pointer, name, Int32(clamping: values.count), texts, nil, nil, 0)
    }
    try link.check(code)
  }

  private func cStrings(_ values: [PostgresValue]) throws(PostgresError) -> CStrings {
    for value in values { if let text = value.text { try check(text) } }
    return CStrings(values.map(\.text))
  }

  /// Makes the rows of the command whose answer comes next arrive one by one.
  public func setSingleRowMode() { _ = unsafe PQsetSingleRowMode(link.pointer) }

  /// The next answer; `nil` at the end of a command's answers.
  ///
  /// - Throws: when the connection is lost; an error of the command is a result.
  public func nextResult() throws(PostgresError) -> PostgresResult? {
    link.awaitAnswer()
    guard let result = unsafe PQgetResult(link.pointer) else {
      guard unsafe PQstatus(link.pointer) == CONNECTION_OK else {
        throw unsafe PostgresError(connection: link.pointer)
      }
      return nil
    }
    return unsafe PostgresResult(owning: result)
  }

  // MARK: Pipelines

  /// Starts a pipeline: many commands may be sent before the first answer is read.
  public func enterPipeline() throws(PostgresError) { try link.check(unsafe PQenterPipelineMode(link.pointer)) }

  /// Ends the pipeline, all of whose answers must have been read.
  public func exitPipeline() throws(PostgresError) { try link.check(unsafe PQexitPipelineMode(link.pointer)) }

  /// Ends a group: an error in it skips the rest of the group, not what comes after. Sends what waits.
  public func sync() throws(PostgresError) { try link.check(unsafe PQpipelineSync(link.pointer)) }
}

/// Rows in bulk.
extension PostgresConnection {
  /// Gives rows to a command that answered `copyIn`.
  public func putCopy(_ bytes: [UInt8]) throws(PostgresError) {
    let code = unsafe bytes.withUnsafeBytes { buffer in
      unsafe PQputCopyData(
        link.pointer, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count))
    }
    try link.check(code)
  }

  /// Ends the rows; with a reason the server undoes the command. Read the answers after it.
  public func endCopy(failing reason: String? = nil) throws(PostgresError) {
    try link.check(unsafe PQputCopyEnd(link.pointer, reason))
  }

  /// The next line of a command that answered `copyOut`; `nil` at the end. Read the answers after it.
  public func nextCopyLine() throws(PostgresError) -> [UInt8]? {
    var buffer: UnsafeMutablePointer<CChar>?
    let length = unsafe PQgetCopyData(link.pointer, &buffer, 0)
    guard length >= 0, let line = unsafe buffer else {
      if length == -2 { throw unsafe PostgresError(connection: link.pointer) }
      return nil
    }
    defer { unsafe PQfreemem(line) }
    return unsafe Array(UnsafeRawBufferPointer(start: line, count: Int(length)))
  }
}
