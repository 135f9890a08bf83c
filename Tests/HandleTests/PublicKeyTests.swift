import Digests
import Testing

/// Keys of both kinds, from PEM, as openssl writes them. Made for these tests and used for nothing else.
@Suite struct PublicKeyTests {
  private static let p256 = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGy8M+dMaWW70WQRh
    8hi3HjNY+ApYahRzWWoOjJkliHuhRANCAASqfYK/C8tATflPxkvVSU/xLnQkueAX
    MomP3phhlYZ2Exr5T3P4uJ6AajCQSqEkl2BKkIBbmrb6rRW42vfziSe5
    -----END PRIVATE KEY-----
    """
  private static let p256Public = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqn2CvwvLQE35T8ZL1UlP8S50JLng
    FzKJj96YYZWGdhMa+U9z+LiegGowkEqhJJdgSpCAW5q2+q0VuNr384knuQ==
    -----END PUBLIC KEY-----
    """
  /// The same key, its point written in the short form.
  private static let p256Compressed = """
    -----BEGIN PUBLIC KEY-----
    MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADqn2CvwvLQE35T8ZL1UlP8S50JLng
    FzKJj96YYZWGdhM=
    -----END PUBLIC KEY-----
    """
  private static let p384Public = """
    -----BEGIN PUBLIC KEY-----
    MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAERnROlLgdfoeRrEndWMQkPkhrxaVClWVe
    j6hKwrsi79rdY/4JKEjla0VlpLamLJ/LcBas1ejE95kf53ynkcIAP7FY5ZEYO8el
    cr/Zk63TwHc2FIhPhLOPlxO2XapU04P+
    -----END PUBLIC KEY-----
    """

  @Test func `the id of a key is the digest of its public half, as openssl and sha256sum give it`() throws {
    let id = "060672bdc84ed8d96e3d3f1d2835682411642b59a22177e8857c9bcdd28b5339"
    for pem in [Self.p256Public, Self.p256Compressed] {
      let key = try PublicKey(pem: pem)
      #expect(key.id.hex == id)
      #expect(key.algorithm == .ecdsaP256)
      #expect(key.sealFingerprint == nil)
    }
    #expect(try PrivateKey(pem: Self.p256).publicKey == PublicKey(pem: Self.p256Public))
  }

  @Test func `a key of Ed25519 is the same by its bytes and by its PEM`() throws {
    let bytes = try Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32)).publicKey
    let prefix = try Hex.decode("302a300506032b6570032100")
    let pem =
      "-----BEGIN PUBLIC KEY-----\n\(Base64.encode(prefix + bytes.bytes))\n-----END PUBLIC KEY-----\n"
    #expect(try PublicKey(pem: pem) == PublicKey(bytes))
    #expect(PublicKey(bytes).id == SHA256Digest(of: prefix + bytes.bytes))
    #expect(PublicKey(bytes).sealFingerprint == bytes.fingerprint)
  }

  @Test func `what openssl signed with a key of P-256 holds, and nothing else does`() throws {
    let key = try PublicKey(pem: Self.p256Public)
    let signature = try Base64.decode(
      "MEUCID1HRBPuXP369ERykQ5V2STP9e53ZZjJgdV7MF3PABfbAiEAoLonnuBplUN+dSrAIy81K3+79EKS1xY0EIr8vk561LU=")
    let message = Array("hi\n".utf8)
    #expect(key.isValid(signature: signature, for: message))
    #expect(!key.isValid(signature: signature, for: message + [0]))
    for index in signature.indices {
      var forged = signature
      forged[index] ^= 1
      #expect(!key.isValid(signature: forged, for: message))
    }
    let own = try PrivateKey(pem: Self.p256).signature(for: message)
    #expect(key.isValid(signature: own, for: message))
    #expect(
      !PublicKey(try Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32)).publicKey)
        .isValid(signature: own, for: message))
  }

  /// With the identity as key, R = B and S = 1 is a signature of everything; the others give one after a few tries.
  @Test func `a point of low order is not a key`() throws {
    let points = [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]
    for point in points {
      for sign in [UInt8(0), 0x80] {
        var bytes = try Hex.decode(point)
        bytes[31] |= sign
        #expect(throws: DigestsError.self, "\(point)") { _ = try Ed25519PublicKey(bytes: bytes) }
        let der = try Hex.decode("302a300506032b6570032100") + bytes
        let pem = "-----BEGIN PUBLIC KEY-----\n\(Base64.encode(der))\n-----END PUBLIC KEY-----\n"
        #expect(throws: DigestsError.self, "\(point)") { _ = try PublicKey(pem: pem) }
      }
    }
  }

  @Test func `a key of another kind is refused`() {
    for pem in [Self.p384Public, "no key", "", Self.p256, Self.p256Public + "\n" + Self.p256Public] {
      #expect(throws: DigestsError.self) { _ = try PublicKey(pem: pem) }
    }
    for pem in [Self.p256Public, Self.p256 + "\n" + Self.p256] {
      #expect(throws: DigestsError.self) { _ = try PrivateKey(pem: pem) }
    }
    // As `openssl ecparam -genkey` writes it.
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    #expect(throws: Never.self) { _ = try PrivateKey(pem: parameters + Self.p256) }
  }
}
