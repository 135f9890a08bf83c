package import AuditTrail
import Transfers

/// A sink that sends bodies by HTTP.
package final class HTTPSink: ExportSink {
  private let bulk: BulkProtocol
  private let schema: any EventSchema
  private let client: HTTPClient
  private let headers: [String]
  private let createsOnly: Bool
  private let address: String
  private var answers = BulkAnswer()

  /// So much of an answer is read; more is taken for a fault of the server.
  private static let answerLimit = 8 << 20
  /// A reason is that long at most.
  private static let reasonLimit = 500

  /// A sink at the server's address. Throws `unavailable`.
  package init(
    _ bulk: BulkProtocol, at server: String, schema: any EventSchema, options: SinkOptions
  ) throws(AssayError) {
    (self.bulk, self.schema, address, createsOnly) = (bulk, schema, server, options.createsOnly)
    headers =
      [bulk.contentType, "Accept: application/json", "User-Agent: assay/\(options.program)"]
      + [options.credential.map { bulk.header(credential: $0) }].compactMap(\.self)
    do throws(TransferError) {
      client = try HTTPClient(
        url: server + bulk.path, authorities: options.authorities, timeout: options.timeout,
        answerLimit: Self.answerLimit)
    } catch { throw Self.unavailable(error.message, server) }
  }

  package func deliver(_ events: ArraySlice<EncodedEvent>) throws(DeliveryFailure) -> DeliveryAnswer {
    let answer: HTTPAnswer
    do throws(TransferError) {
      answer = try client.post(bulk.body(events, schema: schema, createsOnly: createsOnly), headers: headers)
    } catch {
      if error.isOfTrust { throw .lasting(Self.unavailable(error.message, address)) }
      throw .passing(reason: error.message, after: nil)
    }
    switch answer.status {
    case 200..<300:
      guard !answer.isCut,
        var told = answers.read(answer.body, of: bulk, count: events.count, createsOnly: createsOnly)
      else { throw .passing(reason: "the server's answer cannot be read", after: nil) }
      for place in told.refused.indices { told.refused[place].reason = Self.bounded(told.refused[place].reason) }
      return told
    case 400, 413, 422: throw .divisible(reason: words(answer))
    case 408, 425, 429, 500...: throw .passing(reason: words(answer), after: answer.retryAfter)
    default:
      throw .lasting(
        AssayError(
          .unavailable,
          "The server answers \(words(answer)); check the address and the credential, which is read from "
            + "--credential-file or ASSAY_EXPORT_CREDENTIAL.", at: Place(address)))
    }
  }

  private func words(_ answer: HTTPAnswer) -> String {
    Self.bounded("\(answer.status) \(answers.words(answer.body))")
  }

  private static func bounded(_ text: String) -> String {
    let shown = text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : String($0) }
      .joined()
    return TextPreparation.bounded(shown, reasonLimit)
  }

  private static func unavailable(_ reason: String, _ address: String) -> AssayError {
    AssayError(
      .unavailable, "Nothing can be sent there; check the address, the certificates and --ca-file.", at: Place(address),
      cause: reason)
  }
}
