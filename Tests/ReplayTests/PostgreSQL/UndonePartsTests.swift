import SeededRandom
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// Counters less what code undid of its own.
@Suite struct UndonePartsTests {
  @Test(arguments: 0..<50 as Range<UInt64>)
  func `what is left of the counts adds up with the rows that are there, and is all of it where nothing was undone`(
    seed: UInt64
  ) {
    var random = SplitMix64(seed: seed)
    func counters() -> RowCounters {
      RowCounters(
        inserted: Int64(random.number(below: 90)), updated: Int64(random.number(below: 90)),
        deleted: Int64(random.number(below: 90)))
    }
    let (done, undone) = (counters(), counters())
    let counted = done + undone
    let gained = done.inserted - done.deleted
    let left = counted.left(gained: gained, written: done.inserted + done.updated)
    #expect(left.inserted - left.deleted == gained)
    #expect(left.inserted + left.updated <= done.inserted + done.updated)
    #expect(left.deleted >= done.deleted, "no deletion is missed")
    #expect(left.deleted <= counted.deleted)
    #expect(done.left(gained: gained, written: done.inserted + done.updated) == done)
  }

  @Test func `one kind of change alone is told exactly`() {
    let deletes = RowCounters(deleted: 560)
    #expect(deletes.left(gained: -60, written: 0) == RowCounters(deleted: 60))
    let updates = RowCounters(updated: 500)
    #expect(updates.left(gained: 0, written: 0) == RowCounters())
    let inserts = RowCounters(inserted: 101)
    #expect(inserts.left(gained: 1, written: 1) == RowCounters(inserted: 1))
  }
}
