import CPgQuery
import Glibc
import PgQuery
import Testing

/// What libpg_query raises outside of its own handlers.
@Suite struct PgQueryGuardTests {
  /// Whether calls in which an error is raised come back without a result, and the next ones with one.
  private static func comesBack() throws -> Bool {
    // The library's allocator, asked for more than there can be, raises an error; without a context it would end the process.
    let raises: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
      typealias Allocator = @convention(c) (Int) -> UnsafeMutableRawPointer?
      unsafe pg_query_enter_memory_context()
      return unsafe dlsym(nil, "palloc").flatMap { unsafe unsafeBitCast($0, to: Allocator.self)(.max) }
    }
    for stack in [0, 1 << 20] {
      guard try PostgresSQL.parseNamed("SELECT 1".utf8.span).fingerprint?.hex == "50fde20626009aba" else {
        return false
      }
      var call = unsafe cpgquery_call()
      guard unsafe cpgquery_on_stack(stack, raises, &call) == 0, unsafe call.result.parse.parse_tree == nil else {
        return false
      }
    }
    return true
  }

  /// In a process of its own: an error that nobody catches ends it.
  @Test func `an error that the library raises and does not catch ends no process`() async {
    await #expect(processExitsWith: .success) {
      let isBack = try Self.comesBack()
      #expect(isBack)
    }
  }
}
