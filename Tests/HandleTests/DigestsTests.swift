import Digests
import Testing

@Suite struct DigestsTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `a digest is that of FIPS 180-4, whatever way the bytes come`(text: String, hex: String) throws {
    let bytes = Array(text.utf8)
    #expect(SHA256Digest(of: text).hex == hex)
    #expect(SHA256Digest(of: bytes).hex == hex)
    #expect(SHA256Digest(of: ([1, 2] + bytes + [3])[2..<(2 + bytes.count)]).hex == hex)
    var hasher = SHA256Hasher()
    for _ in 0..<2 {
      for byte in bytes { hasher.update([byte]) }
      #expect(hasher.finish().hex == hex)
    }
    hasher.update("left over")
    #expect(hasher.digest(of: bytes).hex == hex)
    let digest = try SHA256Digest(hex: hex.uppercased())
    #expect(digest == SHA256Digest(of: text))
    #expect(SHA256Digest(bytes: digest.bytes) == digest)
  }

  @Test func `digests are ordered as their hexadecimal digits`() {
    let digests = (0..<200).map { SHA256Digest(of: "\($0)") }
    #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    #expect(SHA256Digest(bytes: [1, 2, 3]) == nil)
  }

  @Test(arguments: [("0", 1), ("0g", 1), ("g0", 0), ("00 1", 2)])
  func `hex that is not hex is refused at its place`(text: String, offset: Int) {
    #expect {
      try Hex.decode(text)
    } throws: { error in
      (error as? DigestsError)?.code == .invalidHex && (error as? DigestsError)?.offset == offset
    }
  }

  @Test func `hex and base64 read back what they wrote`() throws {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ count &* 57) }
      #expect(try Hex.decode(Hex.encode(bytes)) == bytes)
      #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
    }
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func `base64 is that of RFC 4648`(plain: String, encoded: String) throws {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(try Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test(arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zm9v\n", "_-Zg", "Zg==Zg=="])
  func `base64 that could be spelt otherwise is refused`(text: String) {
    #expect(throws: DigestsError.self) { try Base64.decode(text) }
  }

  @Test(arguments: [
    (
      [UInt8](repeating: 0x0b, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ])
  func `authentication codes are those of RFC 4231, again and again`(key: [UInt8], message: String, hex: String) {
    var hmac = HMACSHA256(key: key)
    for _ in 0..<3 { #expect(hmac.code(for: message).hex == hex) }
    #expect(hmac.code(for: Array(message.utf8)).hex == hex)
  }
}

@Suite struct MerkleTreeTests {
  /// Leaves and roots of the Certificate Transparency reference tests.
  static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
  ]
  static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test func `the root after each leaf is that of the reference tests`() throws {
    var tree = MerkleTree()
    #expect(tree.root().hex == Self.roots[0])
    for (leaf, root) in zip(Self.leaves, Self.roots.dropFirst()) {
      tree.append(try Hex.decode(leaf))
      #expect(tree.root().hex == root)
      #expect(tree.root().hex == root, "asking for the root changes nothing")
    }
    #expect(tree.count == Self.leaves.count)
  }

  /// MTH of RFC 6962 section 2.1, word for word.
  static func root(of leaves: ArraySlice<[UInt8]>) -> SHA256Digest {
    guard let only = leaves.first else { return SHA256Digest(of: "") }
    guard leaves.count > 1 else { return SHA256Digest(of: [0] + only) }
    var split = 1
    while 2 * split < leaves.count { split *= 2 }
    let middle = leaves.startIndex + split
    return SHA256Digest(of: [1] + root(of: leaves[..<middle]).bytes + root(of: leaves[middle...]).bytes)
  }

  @Test func `any number of leaves of any length gives the root of the definition`() {
    let leaves = (0..<131).map { index in
      (0..<((index * 53) % 2100)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
    }
    var tree = MerkleTree()
    for count in 0...leaves.count {
      #expect(tree.root() == Self.root(of: leaves[..<count]), "\(count) leaves")
      if count < leaves.count { tree.append(leaves[count][...]) }
    }
  }
}

@Suite struct Ed25519Tests {
  struct Vector: Sendable {
    let seed, publicKey, message, signature: String
  }

  /// RFC 8032 section 7.1, tests 1 and 2.
  static let vectors = [
    Vector(
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    Vector(
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
  ]

  static func pem(_ label: String, _ prefix: String, _ key: String) throws -> String {
    "-----BEGIN \(label)-----\n\(Base64.encode(try Hex.decode(prefix + key)))\n-----END \(label)-----\n"
  }

  @Test(arguments: vectors)
  func `keys and signatures are those of RFC 8032, from seed and from PEM`(vector: Vector) throws {
    let seeded = try Ed25519PrivateKey(seed: try Hex.decode(vector.seed))
    let read = try Ed25519PrivateKey(
      pem: try Self.pem("PRIVATE KEY", "302e020100300506032b657004220420", vector.seed))
    let publicKey = try PublicKey(pem: try Self.pem("PUBLIC KEY", "302a300506032b6570032100", vector.publicKey))
    let message = try Hex.decode(vector.message)
    #expect(Hex.encode(seeded.publicKey.bytes) == vector.publicKey)
    #expect(read.publicKey == seeded.publicKey)
    #expect(publicKey == PublicKey(seeded.publicKey))
    #expect(publicKey.sealFingerprint == SHA256Digest(of: seeded.publicKey.bytes))
    #expect(Hex.encode(try seeded.signature(for: message)) == vector.signature)
    #expect(try read.signature(for: message) == seeded.signature(for: message))
    #expect(publicKey.isValid(signature: try Hex.decode(vector.signature), for: message))
  }

  @Test(arguments: vectors)
  func `a signature holds for its own message and key only`(vector: Vector) throws {
    let key = PublicKey(try Ed25519PublicKey(bytes: try Hex.decode(vector.publicKey)))
    let signature = try Hex.decode(vector.signature)
    let message = try Hex.decode(vector.message)
    for index in signature.indices {
      var forged = signature
      forged[index] ^= 1
      #expect(!key.isValid(signature: forged, for: message))
    }
    #expect(!key.isValid(signature: signature, for: message + [0]))
    #expect(!key.isValid(signature: Array(signature.dropLast()), for: message))
    #expect(!key.isValid(signature: [], for: message))
  }

  @Test func `what is no Ed25519 key is refused`() {
    #expect(throws: DigestsError.self) { _ = try Ed25519PrivateKey(seed: [1, 2, 3]) }
    #expect(throws: DigestsError.self) { _ = try Ed25519PublicKey(bytes: []) }
    #expect(throws: DigestsError.self) { _ = try Ed25519PrivateKey(pem: "") }
  }

  @Test(arguments: [
    // RFC 9562, A.4, and what Python's uuid gives.
    ("www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"), ("", "4ebd0208-8328-5d69-8c44-ec50939c0967"),
    ("Zsófia\u{1F}\u{0}", "cd9b5512-488c-563b-8729-545e8de81e51"),
  ])
  func `a UUID follows from its name`(_ name: String, _ uuid: String) {
    let names: [UInt8] = [
      0x6B, 0xA7, 0xB8, 0x10, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
    ]
    #expect(NameUUID(name, in: names).description == uuid)
  }

  @Test func `an encrypted key is refused and no passphrase is asked for`() {
    #expect(throws: DigestsError.self) { _ = try Ed25519PrivateKey(pem: Self.encryptedKey) }
  }

  /// Made for this test and used for nothing else.
  static let encryptedKey = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiD8qD2IUiRRQICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEE7JCdmVBuAFYTRnZr+KvdgEQOgM
    UIkF0HYk0OPDJhNPpTK+OocFHvJU5zgOEtFcKaKykWETY65LOh0g0sDwKE1B3b7J
    RkbosQcq+k/MdQdzr8U=
    -----END ENCRYPTED PRIVATE KEY-----
    """
}
