public import AuditTrail
import Compression
import Digests

/// Reads an archive in one streaming pass: container and format by content, its digest as stored, every entry counted.
///
/// Batches come in the archive's order and hold flat memory whatever the archive's size. A damaged container ends the
/// reading; what was read whole before it is delivered, and the summary's `damage` says what and where. Throws
/// `unknown_format`, `missing_input`, `permission_denied`, `not_a_regular_file`, `changed_while_read`, `input_output`, and
/// whatever `deliver` throws; after a throw, what was delivered must not be kept.
///
/// - Parameters:
///   - path: The file.
///   - format: The format, where it is not to be told by content.
///   - options: Limits, trusted keys, known roots, and how scripts are split.
///   - deliver: Takes each batch.
/// - Returns: What was found; always `entries == accepted + rejected + blank`.
public func readArchive(
  path: String, format: ArchiveFormat? = nil, options: ReadOptions = ReadOptions(),
  deliver: (consuming RecordBatch) throws(AssayError) -> Void
) throws(AssayError) -> ArchiveSummary {
  var window = try ContentWindow(path: path, limits: options.expansion)
  let told = format
  let format = if let told { told } else { try detectFormat(&window, path: path) }
  // A seal is over the bytes as they are.
  if format != .native { try window.skipByteOrderMark() }
  var sink = RecordSink(path: path, options: options)
  let findings: ArchiveFormat.Findings
  do {
    findings = try format.read(options, &window, &sink, deliver)
  } catch {
    guard error.place == nil else { throw error }
    throw AssayError(error.code, error.message, at: Place(path), cause: error.cause)
  }
  var (summary, flags) = (findings.summary, findings.flags)
  summary.path = path
  try sink.deliverRest(deliver)
  sink.tally(into: &summary)
  if let damage = window.damage { summary.damage = AssayError(reading: damage) }
  let (digest, stored, content) = try window.finish()
  summary.sha256 = digest.hex
  summary.bytes = stored
  summary.expandedBytes = content
  if summary.damage != nil { flags.insert("damaged_container") }
  summary.flags = flags.sorted()
  summary.setOrigin(options.trust.origin(of: summary))
  return summary
}

/// Tells a file's format by its content, as ``readArchive(path:format:options:deliver:)`` does. Throws what that throws before
/// the first entry.
public func tellFormat(path: String) throws(AssayError) -> ArchiveFormat {
  var window = try ContentWindow(path: path, limits: ReadOptions().expansion)
  return try detectFormat(&window, path: path)
}

private func detectFormat(_ window: inout ContentWindow, path: String) throws(AssayError) -> ArchiveFormat {
  let head = try readHead(&window, path: path)
  do throws(Rejection) {
    if let format = try FormatDetection(head: head).format() { return format }
  } catch {
    throw AssayError(.unknownFormat, error.message, at: Place(path))
  }
  if let damage = window.damage { throw AssayError(reading: damage) }
  if let sentence = UnreadForms.sentence(head: head) {
    throw AssayError(.unknownFormat, "\(sentence). `assay formats` lists what is read", at: Place(path))
  }
  throw AssayError(.unknownFormat, UnknownFile(head: head).message, at: Place(path))
}

/// The content's beginning: a whole window full, or two archives that differ only late in the first line would look alike.
private func readHead(_ window: inout ContentWindow, path: String) throws(AssayError) -> ArraySlice<UInt8> {
  while window.count < 1 << 18, try window.more() {}
  guard window.count == 0 else { return window.bytes[window.start..<window.end] }
  if let damage = window.damage { throw AssayError(reading: damage) }
  throw AssayError(
    .unknownFormat, "The file is empty: no format can be told. Name it with --format where an empty archive is meant",
    at: Place(path))
}

/// What can be said of a file whatever its format: the format that it is told to be, or what it looks like.
public func inspectArchive(path: String) throws(AssayError) -> (format: ArchiveFormat?, looks: UnknownFile) {
  var window = try ContentWindow(path: path, limits: ExpansionLimits())
  let head = try readHead(&window, path: path)
  let format: ArchiveFormat?
  do throws(Rejection) {
    format = try FormatDetection(head: head).format()
  } catch {
    format = nil
  }
  if format == nil, let sentence = UnreadForms.sentence(head: head) {
    throw AssayError(.unknownFormat, "\(sentence). `assay formats` lists what is read", at: Place(path))
  }
  return (format, UnknownFile(head: head))
}
