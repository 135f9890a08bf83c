import AuditTrail
import Digests

/// What a seal states.
struct SealStatement: Hashable {
  /// The lines before the seal, less the archive line.
  var records: Int64
  /// The least record time, as written.
  var first: String?
  /// The greatest record time, as written.
  var last: String?
  /// The RFC 6962 root, in hex.
  var root: String

  /// What an Ed25519 signature is made over.
  func signedText(previous: String?) -> [UInt8] {
    let fields = [NativeReader.name, root, previous ?? "-", String(records), first ?? "-", last ?? "-"]
    return Array(fields.map { $0 + "\n" }.joined().utf8)
  }
}

/// A seal's signature, as written.
struct SealSignature: Hashable {
  /// The hex SHA-256 of the public key.
  var key: String
  /// The signature, in base64.
  var value: String
}

/// Recomputes what a seal states while the lines go by, and compares.
struct SealCheck: ~Copyable {
  private let tree = BackgroundMerkleTree()
  private var leaves: Int64 = 0
  private var first: Timestamp?
  private var last: Timestamp?
  private var state = SealState.none
  private var root: String?
  private var signature: ArchiveSignature?
  private var isAfterSeal = false
  private(set) var problems: [String] = []
  private static let problemLimit = 100

  /// A line before the seal; one behind it breaks the seal.
  mutating func add(line: borrowing Span<UInt8>, number: Int64) {
    if isAfterSeal { return noteAfterSeal(number) }
    tree.append(line)
    leaves += 1
  }

  /// A line that was too long to hold, by its leaf digest.
  mutating func add(hashed leaf: SHA256Digest, number: Int64) {
    if isAfterSeal { return noteAfterSeal(number) }
    tree.append(hashed: leaf)
    leaves += 1
  }

  /// A record's time.
  mutating func add(time nanoseconds: Int64) {
    let time = Timestamp(nanoseconds: nanoseconds)
    if first.map({ time < $0 }) ?? true { first = time }
    if last.map({ time > $0 }) ?? true { last = time }
  }

  /// Something that a seal does not allow, though the line may be read.
  mutating func note(_ problem: String) {
    if problems.count < Self.problemLimit { problems.append(problem) }
  }

  private mutating func noteAfterSeal(_ number: Int64) {
    note("The archive goes on after its seal, at line \(number).")
  }

  /// Compares the seal line with what went by.
  mutating func compare(_ seal: SealStatement, signature: SealSignature?, previous: String?, number: Int64) {
    if isAfterSeal { return noteAfterSeal(number) }
    isAfterSeal = true
    state = .valid
    let computed = tree.root().hex
    root = computed
    if seal.root != computed {
      note("The root is \(computed), not the one the seal states: a line was changed, added, removed or moved.")
    }
    if seal.records != leaves - 1 {
      note("The archive holds \(leaves - 1) records, the seal states \(seal.records).")
    }
    compare(seal.first, with: first, "least")
    compare(seal.last, with: last, "greatest")
    if let signature { take(signature, of: seal.signedText(previous: previous)) }
  }

  private mutating func compare(_ stated: String?, with computed: Timestamp?, _ which: String) {
    // Letters in lower case would be the same moment in other bytes; the format writes them upper case.
    let isWrittenInUTC = stated.map { $0.utf8.last == 0x5A && $0.utf8.contains(0x54) } ?? true
    if !isWrittenInUTC || stated.flatMap({ Timestamp($0) }) != computed || (stated == nil) != (computed == nil) {
      note("The \(which) record time is \(computed?.description ?? "none"), which is not what the seal states.")
    }
  }

  /// Keeps the signature for whoever holds its key; what can be no signature at all breaks the seal whoever looks.
  private mutating func take(_ signature: SealSignature, of text: [UInt8]) {
    self.signature = ArchiveSignature(key: signature.key, value: signature.value, text: text)
    if !isDigest(signature.key) { note("The signature's key is not a SHA-256 in lower-case hex.") }
    do throws(DigestsError) {
      let bytes = try Base64.decode(signature.value)
      if bytes.count != 64 { note("The signature has \(bytes.count) bytes; one of Ed25519 has 64.") }
    } catch {
      note("The signature is not base64: \(error.message).")
    }
  }

  /// What was found, into a summary.
  mutating func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    summary.root = root ?? tree.root().hex
    summary.first = first
    summary.last = last
    summary.signature = signature
    if state == .none {
      flags.insert("unsealed")
    } else if !problems.isEmpty {
      state = .broken
      flags.insert("seal_broken")
    }
    summary.seal = state
    summary.sealProblems = problems
  }
}

/// Whether a text is a SHA-256 in lower-case hex.
func isDigest(_ text: String) -> Bool {
  text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}
