import AuditTrail
import Testing

struct NameKeyTests {
  @Test(arguments: [
    ("tasks", "tas\u{212A}s"), ("tasKs", "tas\u{212A}s"), ("caf\u{e9}", "cafe\u{301}"), ("\u{c9}", "\u{e9}"),
    ("\u{c5}", "\u{212B}"), ("a\u{323}\u{307}", "a\u{307}\u{323}"), ("a\u{e9}", "ac3a9"),
  ])
  func `names that a database keeps apart have other keys`(one: String, other: String) {
    #expect(one.nameKey != other.nameKey)
    #expect(one.exactKey != other.exactKey)
    #expect(!one.isExactly(other))
    #expect(one.precedes(other) != other.precedes(one))
    #expect([one, other, one].sortedExactly().count == 2)
  }

  @Test func `letters of ASCII alone have one key in either case`() {
    #expect("Tasks".nameKey == "tASKS".nameKey)
    #expect("Tasks".exactKey != "tASKS".exactKey)
    #expect("Temp.CAF\u{e9}".nameKey == "temp." + "caf\u{e9}".nameKey)
  }

  @Test(arguments: ["", "tasks", "tas\u{212A}s", "caf\u{e9}.cafe\u{301}", "\u{1F469}\u{200D}\u{1F52C}_x"])
  func `a key is its own key, and its name is had back from it`(name: String) {
    #expect(name.nameKey.nameKey == name.nameKey)
    #expect(name.exactKey.nameKey == name.nameKey)
    #expect(String(nameKey: name.exactKey).isExactly(name))
  }

  @Test func `what facts name is told by its bytes`() {
    let tables = ["caf\u{e9}", "cafe\u{301}"].map { TableReference(name: $0) }
    #expect(Set(tables).count == 2)
    #expect(Set(tables.map { ColumnReference(table: $0, column: "id") }).count == 2)
    #expect(Set(tables.map { ObjectReference(type: "table", name: $0.name) }).count == 2)
    #expect(Set(tables.map { DroppedObject(type: "table", name: $0.name) }).count == 2)
  }
}
