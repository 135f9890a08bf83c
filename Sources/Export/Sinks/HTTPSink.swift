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
  private let mask: CredentialMask
  private var answers = BulkAnswer()

  /// So much of an answer is read; more is taken for a fault of the server.
  private static let answerLimit = 8 << 20

  /// A sink at the server's address. Throws `unavailable`.
  package init(
    _ bulk: BulkProtocol, at server: String, schema: any EventSchema, options: SinkOptions
  ) throws(AssayError) {
    (self.bulk, self.schema, address, createsOnly) = (bulk, schema, server, options.createsOnly)
    headers =
      [bulk.contentType, "Accept: application/json", "User-Agent: assay/\(options.program)"]
      + [options.credential.map { bulk.header(credential: $0) }].compactMap(\.self)
    mask = CredentialMask(options.credential)
    // What goes unencrypted to this machine would leave it by way of a proxy.
    let isPlainAndHere = server.hasPrefix("http://") && !SinkAddress.http(bulk, server: server).isReadable
    do throws(TransferError) {
      client = try HTTPClient(
        url: server + bulk.path, authorities: options.authorities, usesProxy: !isPlainAndHere,
        timeout: options.timeout, answerLimit: Self.answerLimit)
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
      for place in told.refused.indices { told.refused[place].reason = mask.shown(told.refused[place].reason) }
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
    let words = mask.shown(answers.words(answer.body))
    return words.isEmpty ? "\(answer.status)" : "\(answer.status) \(words)"
  }

  private static func unavailable(_ reason: String, _ address: String) -> AssayError {
    AssayError(
      .unavailable, "Nothing can be sent there; check the address, the certificates and --ca-file.", at: Place(address),
      cause: reason)
  }
}
