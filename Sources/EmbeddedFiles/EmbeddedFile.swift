import CResources

/// The bytes of a file that the program carries, by its name.
///
/// A name that is not there is a fault of the program and ends it; a test asks for each file of each folder.
package func embeddedFile(_ name: String) -> [UInt8] {
  let file = unsafe name.withCString { unsafe cresource($0) }
  guard let bytes = unsafe file.bytes else { preconditionFailure("The program carries no file \(name).") }
  return unsafe Array(UnsafeBufferPointer(start: bytes, count: file.count))
}
