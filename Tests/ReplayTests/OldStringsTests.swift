import Testing

@testable import PostgresShadows

/// What a text with old strings is spelled as: by PostgreSQL 15 with `standard_conforming_strings` off.
struct OldStringsTests {
  private static let texts: [(String, String)] = [
    ("SELECT 1", "SELECT 1"),
    (#"SELECT '\'; --' OR true"#, #"SELECT  E'\'; --' OR true"#),
    (#"SELECT 'a''b', 'c\', 'd'"#, #"SELECT 'a''b',  E'c\', 'd'"#),
    (#"SELECT E'\'', 'a\''"#, #"SELECT E'\'',  E'a\''"#),
    (#"SELECT "a\", 'b\''"#, #"SELECT "a\",  E'b\''"#),
    (#"SELECT $$'\'$$, $a$ '\' $a$, 1"#, #"SELECT $$'\'$$, $a$ '\' $a$, 1"#),
    (#"SELECT 1 -- '\'"#, #"SELECT 1 -- '\'"#),
    (#"SELECT /* '\' /* ' */ */ '\n'"#, #"SELECT /* '\' /* ' */ */  E'\n'"#),
    (#"SELECT LIKE'\n', name'x\'"#, #"SELECT LIKE E'\n', name E'x\'"#),
    (#"SELECT '\"#, #"SELECT  E'\"#),
    (#"SELECT $1, a$b$'\n'"#, #"SELECT $1, a$b$ E'\n'"#),
  ]

  @Test(arguments: texts)
  func `a plain literal with a backslash becomes one that escapes`(_ text: String, _ spelled: String) {
    #expect(OldStrings.respelled(text) == spelled)
  }
}
