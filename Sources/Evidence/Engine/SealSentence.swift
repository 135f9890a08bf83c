import AuditTrail

/// What the seals of the archives do not show, in one sentence; `nil` where each is sealed and signed as it should be.
/// `archives` are the items of T-01.
func sealSentence(_ archives: Items) throws(AssayError) -> String? {
  var all: Int64 = 0
  var (broken, foreign): ([String], [String]) = ([], [])
  var (unsealed, unsigned): (Int64, Int64) = (0, 0)
  try archives.forEach { item in
    // A checkpoint is not an archive.
    guard item.cell("archive_sha256") != .empty else { return }
    all += 1
    let path = item.text("archive") ?? ""
    switch item.text("seal").flatMap(SealState.init) {
    case .broken?: broken.append(path)
    case _? where item.text("origin") == "contradicted": foreign.append(path)
    case .valid?: unsigned += item.text("signature_key") == nil ? 1 : 0
    case SealState.none?, nil: unsealed += 1
    }
  }
  func named(_ paths: [String]) -> String {
    paths.prefix(3).joined(separator: ", ") + (paths.count > 3 ? " and \(paths.count - 3) more" : "")
  }
  let parts = [
    broken.isEmpty ? nil : "the seal of \(named(broken)) does not hold",
    foreign.isEmpty ? nil : "\(named(foreign)) \(foreign.count == 1 ? "is" : "are") signed by no trusted key",
    unsealed == 0 ? nil : "\(grouped(unsealed)) \(unsealed == 1 ? "carries" : "carry") no seal",
    unsigned == 0 ? nil : "\(grouped(unsigned)) \(unsigned == 1 ? "is" : "are") sealed, and signed by nobody",
  ].compactMap(\.self)
  return parts.isEmpty ? nil : "Of the \(counted(all, "archive")) that this rests on, \(parts.joined(separator: "; "))."
}
