import CXLSXWriter

extension Worksheet {
  /// Characters that a list of choices may have, with the commas between.
  private static let choicesLimit = 255

  /// Lets the cells of `range` hold nothing but one of the words, which programs offer as a list. Throws `out_of_range` for a
  /// range of no sheet, `invalid_text` for words that a list cannot hold: it takes 255 ASCII characters in all, no commas and no
  /// quotes.
  public func offer(_ choices: [String], in range: CellRange) throws(XLSXError) {
    try require(range.isInSheet, .outOfRange, "Not a range of a sheet", range.first)
    let list = choices.joined(separator: ",")
    let isPlain = choices.allSatisfy { word in
      !word.isEmpty && word.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x2C && $0 != 0x22 }
    }
    try require(
      isPlain && !choices.isEmpty && list.utf8.count <= Self.choicesLimit, .invalidText,
      "A list of choices has 255 ASCII characters at most, no commas and no quotes", range.first)
    let sheet = unsafe try pointer()
    let code = unsafe "=\"\(list)\"".withCString { (formula: UnsafePointer<CChar>) -> lxw_error in
      var validation = unsafe lxw_data_validation()
      unsafe validation.validate = UInt8(LXW_VALIDATION_TYPE_LIST_FORMULA.rawValue)
      // The library copies it.
      unsafe validation.value_formula = UnsafeMutablePointer(mutating: formula)
      return unsafe worksheet_data_validation_range(
        sheet, range.first.rowCode, range.first.columnCode, range.last.rowCode, range.last.columnCode, &validation)
    }
    try check(code, range.first)
  }
}
