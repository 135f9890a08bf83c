/// Files that are told by their first bytes and hold no log that can be read as it is.
enum MagicNumbers {
  /// What the content is and what to do, as a sentence; `nil` where the bytes tell nothing.
  static func sentence(head: ArraySlice<UInt8>) -> String? {
    if let form = EncryptedForm(head: head) {
      return "This is encrypted (\(form.rawValue)); decrypt it, and name what comes of it"
    }
    if let found = known.first(where: { head.starts(with: $0.magic) }) { return found.sentence }
    // Without a mark, every second byte of Latin text is zero.
    let zeros = head.prefix(64).enumerated().filter { $0.element == 0 }.map { $0.offset % 2 }
    if zeros.count >= 16, zeros.count * 3 >= head.prefix(64).count, Set(zeros).count == 1 { return utf16 }
    if head.dropFirst(257).starts(with: Array("ustar".utf8)) {
      return "This is a tar archive; unpack it with `tar -xf`, and name the folder"
    }
    return nil
  }

  private static let utf16 = "This is text in UTF-16; write it as UTF-8, such as with `iconv -f UTF-16 -t UTF-8`"

  private static let known: [(magic: [UInt8], sentence: String)] = [
    (Array("BZh".utf8), "This is compressed with bzip2, which is not read; unpack it with `bunzip2`"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "This is compressed with xz, which is not read; unpack it with `unxz`"),
    ([0x04, 0x22, 0x4D, 0x18], "This is compressed with lz4, which is not read; unpack it with `unlz4`"),
    (
      Array("PK".utf8) + [3, 4],
      "This is a zip archive, or an Office file, which is one; unpack it with `unzip`, and name the files in it"
    ),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "This is a 7z archive; unpack it, and name the files in it"),
    (
      Array("PAR1".utf8),
      "This is a Parquet file, which is not read; write its rows as JSON lines, such as with `COPY … TO 'x.jsonl'` of DuckDB"
    ),
    (
      Array("SQLite format 3".utf8) + [0],
      "This is a SQLite database: a shadow (`--shadow sqlite:PATH`) or a ledger (`--ledger PATH`), and no archive"
    ),
    (
      Array("PGDMP".utf8),
      "This is a dump of PostgreSQL (pg_dump -Fc): a shadow (`--shadow postgres:PATH`), and no archive"
    ),
    (Array("%PDF".utf8), "This is a PDF document, which holds no log that can be read"),
    (Array("Obj".utf8) + [1], "This is an Avro file, which is not read; write its records as JSON lines"),
    (
      [0xFE, 0x62, 0x69, 0x6E],
      "This is a binary log of MySQL, which holds changes and not who sent them; collect an audit log, see docs/collect-mysql.md"
    ),
    ([0xFF, 0xFE], utf16), ([0xFE, 0xFF], utf16),
    ([0x7F, 0x45, 0x4C, 0x46], "This is a program, and no archive"),
  ]
}
