import Foundation
import Synchronization
import Testing

/// Input that is damaged, hostile or not there: a clear sentence with its file and place, the right status, nothing lost.
@Suite struct BadInputTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// The path to read.
    let path: String
    let make: @Sendable (Folder) throws -> Void
    var status: Int32 = 65
    /// What the sentence says, its place first.
    let says: [String]
    /// Entries that were accepted and rejected; `nil` where nothing could be read.
    var entries: (accepted: Int, rejected: Int)?
  }

  static let cases = [
    Case(
      testDescription: "gzip that stops halfway", path: "cut.jsonl.gz",
      make: { folder in
        let whole = try folder.gzip(Array(Archive.text(statements: 4000).utf8))
        try folder.write("cut.jsonl.gz", Array(whole.prefix(whole.count / 2)))
      },
      says: ["cut.jsonl.gz byte", "stops before its end"]),
    Case(
      testDescription: "invalid UTF-8", path: "latin.jsonl",
      make: { folder in
        let line = Array(Archive.statement("s1", 1, sql: "SELECT ~").utf8).map { $0 == UInt8(ascii: "~") ? 0xE9 : $0 }
        try folder.write("latin.jsonl", lines(Archive.header, Archive.opening("s1")) + line + [0x0A] + tail)
      },
      status: 0, says: ["latin.jsonl entry 3, byte", "invalid_utf8"], entries: (accepted: 3, rejected: 1)),
    Case(
      testDescription: "a line of 200 MB", path: "long.jsonl",
      make: { folder in
        try folder.write("long.jsonl", lines(Archive.header, Archive.opening("s1")))
        // A hole in the file: 200 MB to read, none on the disk.
        let handle = try FileHandle(forWritingTo: URL(filePath: folder("long.jsonl")))
        let length = try handle.seekToEnd() + 200 << 20
        try handle.truncate(atOffset: length)
        try handle.seek(toOffset: length)
        try handle.write(contentsOf: Data([0x0A] + tail))
        try handle.close()
      },
      status: 0, says: ["long.jsonl entry 3, byte", "record_too_long"], entries: (accepted: 3, rejected: 1)),
    Case(
      testDescription: "JSON nested 100,000 deep", path: "deep.jsonl",
      make: { folder in
        let deep =
          Array(repeating: UInt8(ascii: "["), count: 100_000) + Array(repeating: UInt8(ascii: "]"), count: 100_000)
        let line = Array(#"{"type":"statement","params":"#.utf8) + deep + Array("}\n".utf8)
        try folder.write("deep.jsonl", lines(Archive.header, Archive.opening("s1")) + line + tail)
      },
      status: 0, says: ["deep.jsonl entry 3, byte"], entries: (accepted: 3, rejected: 1)),
    Case(
      testDescription: "a zip bomb", path: "bomb.jsonl.gz", make: { try bomb($0, "bomb.jsonl.gz") },
      says: ["bomb.jsonl.gz byte", "times the stored size"], entries: (accepted: 2, rejected: 1)),
    Case(
      testDescription: "an empty file", path: "empty.jsonl", make: { try $0.write("empty.jsonl", "") },
      says: ["empty.jsonl", "empty"]),
    Case(
      testDescription: "a folder without files", path: "folder", make: { try $0.makeFolder("folder/deeper") },
      status: 66,
      says: ["folder", "holds no files"]),
    Case(
      testDescription: "a FIFO", path: "pipe",
      make: { folder in
        let made = try run(URL(filePath: "/usr/bin/env"), ["mkfifo", "pipe"], in: folder)
        try #require(made.status == 0, "\(made)")
      },
      status: 66, says: ["pipe", "Not a regular file"]),
    Case(
      testDescription: "a file that is not there", path: "nowhere.jsonl", make: { _ in }, status: 66,
      says: ["nowhere.jsonl", "no such file"]),
    Case(
      testDescription: "a format that nobody knows", path: "letter.txt",
      make: { try $0.write("letter.txt", "Dear auditor,\nplease find no archive here.\n") },
      says: ["letter.txt", "assay formats"]),
    Case(
      testDescription: "SQL that does not parse", path: "broken.jsonl",
      make: { folder in
        let text = [
          Archive.header, Archive.opening("s1"), Archive.statement("s1", 1, sql: #"SELEKT ((( ' \" $$ \u0000 ;;; /*"#),
          Archive.closing("s1", statements: 1),
        ]
        try folder.write("broken.jsonl", text.joined(separator: "\n"))
      },
      status: 0, says: [], entries: (accepted: 4, rejected: 0)),
    Case(
      testDescription: "a date in the year 9999", path: "late.jsonl",
      make: { folder in
        let text = [
          Archive.header, Archive.opening("s1"), Archive.statement("s1", 1, time: "9999-12-31T23:59:59Z"),
          Archive.closing("s1", statements: 1),
        ]
        try folder.write("late.jsonl", text.joined(separator: "\n"))
      },
      status: 0, says: ["late.jsonl entry 3, byte", "time"], entries: (accepted: 3, rejected: 1)),
    Case(
      testDescription: "entries that are not records", path: "odd.jsonl",
      make: { folder in
        let text = [
          Archive.header, Archive.opening("s1"), "", "{", #"{"type":"surprise"}"#, #"{"type":"statement"}"#, "[1]",
          "null",
          #"{"type":"statement","session":"s1","seq":99999999999999999999,"time":"2026-07-01T09:00:01Z","sql":"SELECT 1"}"#,
          Archive.closing("s1", statements: 0),
        ]
        try folder.write("odd.jsonl", text.joined(separator: "\n"))
      },
      status: 0, says: ["odd.jsonl entry 4, byte", "odd.jsonl entry 5, byte", "1 more entry rejected"],
      entries: (accepted: 3, rejected: 6)),
  ]

  @Test(arguments: cases)
  func `bad input is told with its place, and nothing else is lost`(given: Case) throws {
    let folder = try Folder()
    try given.make(folder)
    try folder.write("good.jsonl", Archive.text("good", statements: 5))
    let said = try assay(["ingest", given.path, "--ledger", "l.db"], in: folder)
    #expect(said.status == given.status, "\(said)")
    for part in given.says { #expect((said.output + said.errors).contains(part), "\(said)") }

    // Nothing half-written: the ledger is whole, what is good is read, and the entries add up.
    let both = try assay(["ingest", given.path, "good.jsonl", "--ledger", "l.db", "--json"], in: folder)
    #expect(both.status == given.status, "\(both)")
    let document = try both.json
    if given.path != "folder" {
      #expect(document.totals.statements.int == 5, "\(both)")
      let checked = try assay("ledger", "fsck", "--ledger", "l.db", in: folder)
      #expect(checked.status == 0, "\(checked)")
    }
    if let entries = given.entries {
      let archive = try #require(document.archives.array.first)
      #expect((archive.accepted.int, archive.rejected.int) == (entries.accepted, entries.rejected), "\(both)")
      #expect(archive.entries.int == (archive.accepted.int ?? 0) + entries.rejected + (archive.blank.int ?? 0))
    }
    if given.status != 0 { #expect(document.error.message.string?.isEmpty == false, "\(both)") }
  }

  @Test func `a file that changes while it is read is refused, and the one beside it is read`() throws {
    let folder = try Folder()
    try folder.write("growing.jsonl", Archive.text("growing", statements: 8000))
    try folder.write("good.jsonl", Archive.text("good", statements: 5))
    let handle = try FileHandle(forWritingTo: URL(filePath: folder("growing.jsonl")))
    try handle.seekToEnd()
    let isOver = Mutex(false)
    let (hasBegun, isDone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    // A thread of its own: the shared ones may all be waiting for other tests' programs.
    let writer = Thread {
      // A blank line a millisecond: more of the same file, never another one.
      while !isOver.withLock({ $0 }) {
        try? handle.write(contentsOf: Data([0x0A]))
        hasBegun.signal()
        usleep(1000)
      }
      isDone.signal()
    }
    writer.start()
    hasBegun.wait()
    let said = try assay(
      ["ingest", "growing.jsonl", "good.jsonl", "--ledger", "l.db", "--json"], in: folder)
    isOver.withLock { $0 = true }
    isDone.wait()
    #expect(said.status == 74, "\(said)")
    let document = try said.json
    #expect(document.error.code.string == "changed_while_read", "\(said)")
    #expect(document.error.message.string?.contains("changed while it was read") == true, "\(said)")
    #expect(document.totals.statements.int == 5, "\(said)")
    #expect(try assay("ledger", "fsck", "--ledger", "l.db", in: folder).status == 0)
  }

  @Test func `strict fails a run whose archive had a rejected entry`() throws {
    let folder = try Folder()
    try folder.write("odd.jsonl", Archive.text(statements: 2) + "{\n")
    let lenient = try assay("ingest", "odd.jsonl", "--ledger", "l.db", in: folder)
    #expect(lenient.status == 0, "\(lenient)")
    let strict = try assay("ingest", "odd.jsonl", "--ledger", "l.db", "--strict", in: folder)
    #expect(strict.status == 65, "\(strict)")
  }

  @Test func `no literal of a rejected entry is printed`() throws {
    let folder = try Folder()
    let line = Archive.statement("s1", 1, sql: "SELECT 'canary-4711'", time: "canary-0815")
    try folder.write(
      "odd.jsonl", [Archive.header, Archive.opening("s1"), line, line + "canary"].joined(separator: "\n"))
    let said = try assay("ingest", "odd.jsonl", "--ledger", "l.db", in: folder)
    #expect(said.output.contains("entry 3"), "\(said)")
    #expect(!said.description.contains("canary"), "\(said)")
  }

  private static let tail = Array((Archive.closing("s1", statements: 1) + "\n").utf8)

  private static func lines(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

  /// Three gigabytes of one line in three megabytes: one packed megabyte again and again, as members of one gzip file.
  private static func bomb(_ folder: Folder, _ name: String) throws {
    let head = try folder.gzip(lines(Archive.header, Archive.opening("s1")))
    let zeros = try folder.gzip([UInt8](repeating: UInt8(ascii: "0"), count: 16 << 20))
    var packed = head
    for _ in 0..<192 { packed += zeros }
    try folder.write(name, packed)
  }
}
