import Ledger
import Testing

@testable import Incidents

@Test func `a search that names nothing looks at every session`() {
  #expect(SessionSearch().sessions.keys.isEmpty)
}
