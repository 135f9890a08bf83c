import COpenSSL

/// The version of the OpenSSL that is loaded.
public var openSSLVersion: String { unsafe String(cString: OpenSSL_version(OPENSSL_VERSION_STRING)) }
