import Foundation
import Testing

/// Too little memory, too few files, files that may not grow: a sentence and a status, never a signal.
@Suite struct LimitTests {
  @Test(arguments: [
    "ulimit -f 8", "ulimit -f 200", "ulimit -n 8", "ulimit -n 12", "ulimit -n 16", "ulimit -n 24", "ulimit -n 64",
    "ulimit -s 64", "ulimit -s 1024", "ulimit -v 180000", "ulimit -v 220000", "ulimit -v 300000", "ulimit -v 500000",
  ])
  func `no limit ends a command by a signal`(limit: String) throws {
    let folder = try LedgerTests.folder()
    try folder.write("more.jsonl", Archive.text("more", statements: 3000))
    for command in [
      "ingest more.jsonl --ledger new.db", "ingest more.jsonl", "ledger fsck", "report --output other", "find",
      "incident s1 --html page.html", "explain s1/3", "diff recorded recorded", "replay", "run", "verify out/2026-07",
      "ledger slim --output slim.db", "shadow check sqlite:shadow.sql",
    ] {
      let finished = try run(
        URL(filePath: "/bin/bash"), ["-c", "\(limit); exec '\(binary.path)' \(command)"], in: folder)
      let status = try #require(finished.status, "\(limit): \(command): \(finished)")
      #expect([0, 64, 66, 74].contains(status), "\(limit): \(command): \(finished)")
      let lines = finished.errors.split(separator: "\n")
      #expect(lines.allSatisfy { $0.hasPrefix("assay: ") }, "\(limit): \(command): \(finished)")
      if command.hasPrefix("ledger slim") {
        #expect(FileManager.default.fileExists(atPath: folder("slim.db")) == (status == 0), "\(limit)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left.filter { $0.hasPrefix(".assay-") } == [], "\(limit)")
      }
      for name in ["new.db", "slim.db"] { try? FileManager.default.removeItem(atPath: folder(name)) }
    }
  }

  @Test func `memory that the program's own libraries do not get is a sentence, too`() throws {
    let folder = try LedgerTests.folder()
    func status(_ kilobytes: Int) throws -> Int32? {
      let finished = try run(
        URL(filePath: "/bin/bash"), ["-c", "ulimit -v \(kilobytes); exec '\(binary.path)' find"], in: folder)
      if finished.status == 74 {
        // What SQLite does not get it tells as a failed read; Swift's runtime may put a line of its own before the sentence.
        #expect(
          ["There is not enough memory", "the limits of the process"].contains(where: finished.errors.contains),
          "\(finished)")
      }
      return finished.status
    }
    // With less, the system's loader does not get the libraries into memory, and says so with its status 127.
    var (least, enough) = (100_000, 400_000)
    while enough - least > 64 {
      let middle = (least + enough) / 2
      if try status(middle) == 127 { least = middle } else { enough = middle }
    }
    for kilobytes in stride(from: enough, to: enough + 2400, by: 60) {
      #expect([0, 74, 127].contains(try status(kilobytes)), "\(kilobytes)")
    }
  }

  /// As where a machine's configuration of OpenSSL activates another provider and forgets the usual one.
  @Test(arguments: ["status", "verify out/2026-07", "run", "find --json"])
  func `an OpenSSL without SHA-256 is a sentence, and no signal`(command: String) throws {
    let folder = try LedgerTests.folder()
    try folder.write(
      "none.cnf", "openssl_conf = a\n[a]\nproviders = b\n[b]\nbase = c\n[c]\nactivate = 1\n")
    let finished = try run(
      URL(filePath: "/bin/bash"), ["-c", "OPENSSL_CONF=none.cnf exec '\(binary.path)' \(command)"], in: folder)
    #expect(
      finished.status == 69 && (finished.errors + finished.output).contains("OpenSSL has no SHA-256"), "\(finished)")
  }

  @Test func `a result that standard output does not take is a failure, and what nobody reads is none`() throws {
    let folder = try LedgerTests.folder()
    for command in ["find", "find --json", "explain s1/3", "formats"] {
      func status(_ output: String) throws -> Int32? {
        try run(
          URL(filePath: "/bin/bash"), ["-c", "set -o pipefail; '\(binary.path)' \(command) \(output)"], in: folder
        ).status
      }
      #expect(try status("> /dev/full") == 74, "\(command)")
      #expect(try status(">&-") == 74, "\(command)")
      #expect(try status("--quiet >&- 2>&-") == (command.contains("json") ? 74 : 0), "\(command)")
      // As for any program, a reader that has gone ends it by SIGPIPE; where that is ignored, what is not read is not missed.
      #expect([0, 128 + SIGPIPE].contains(try status("| true")), "\(command)")
    }
  }

  @Test func `what is printed with its output closed does not get into a file`() throws {
    let folder = try LedgerTests.folder()
    try folder.write("more.jsonl", Archive.text("more", statements: 30))
    let finished = try run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        "'\(binary.path)' ingest more.jsonl --ledger new.db <&- >&- 2>&-; '\(binary.path)' ledger fsck --ledger new.db",
      ],
      in: folder)
    #expect(finished.status == 0, "\(finished)")
  }

  @Test func `a device is written to and never replaced`() throws {
    let folder = try LedgerTests.folder()
    let link = folder("null")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
    try folder.write("more.jsonl", Archive.text("more", statements: 3))
    for command in ["seal more.jsonl --output null", "incident s1 --html null", "diff recorded recorded --junit null"] {
      let finished = try run(URL(filePath: "/bin/bash"), ["-c", "'\(binary.path)' \(command)"], in: folder)
      #expect(finished.status == 0, "\(command): \(finished)")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/null", "\(command)")
    }
  }

  @Test func `of very many failures the first are printed, and how many more there are`() throws {
    let folder = try Folder()
    let rules = (1...150).map { "  - { id: r\($0), when: { statement: { kinds: drop } }, then: block }" }
    try folder.write(
      "p.yaml", "policy: p\nversion: \"1\"\nrules:\n\(rules.joined(separator: "\n"))\nharm: { destroys: { rows: 1 } }\n"
    )
    let people = try assay("policy", "check", "p.yaml", in: folder)
    #expect(people.status == 65)
    let lines = people.errors.split(separator: "\n")
    #expect(lines.count == 101)
    #expect(lines.last?.contains("more; correct these first") == true, "\(lines.last ?? "")")
    let programs = try assay("policy", "check", "p.yaml", "--json", in: folder)
    #expect(try programs.json.errors.array.count == 100)
    #expect((try programs.json.errors_total.int ?? 0) >= 150)
  }
}
