import AuditTrail
import Foundation
import SQLAnalysis

/// Distinct SQL texts as applications and people send them, and the work of drawing facts from them.
enum FactsTexts {
  /// `#` stands for a number, `@` for what makes a shape its own.
  private static let templates = [
    "SELECT c.id, c.name, c.email AS m@ FROM customers c JOIN visits v ON v.customer_id = c.id WHERE v.at > '2026-07-#' AND c.id = # ORDER BY v.at DESC LIMIT 50",
    "SELECT id AS i@, status, total FROM orders WHERE customer_id = # AND status IN ('open', 'paid')",
    "UPDATE visits AS v@ SET status = 'closed', closed_at = now() WHERE id = #",
    "INSERT INTO notes AS n@ (visit_id, body, created_at) VALUES (#, 'text number #', now())",
    "DELETE FROM sessions AS s@ WHERE user_id = # AND expires_at < '2026-08-01'",
    "SELECT count(*) AS n@ FROM payments p WHERE p.amount > # AND p.paid_at BETWEEN '2026-01-01' AND '2026-06-30'",
    "WITH x AS (SELECT customer_id, sum(amount) AS total FROM payments WHERE paid_at >= '2026-01-01' GROUP BY customer_id) SELECT c.name AS a@, x.total FROM x JOIN customers c ON c.id = x.customer_id WHERE x.total > # ORDER BY x.total DESC LIMIT 20",
    "SELECT a.id AS a@, lower(a.city), coalesce(a.zip, 'none') FROM addresses a LEFT JOIN customers c ON c.id = a.customer_id WHERE c.id = # AND a.kind = 'home'",
  ]

  /// As many texts as asked for, a line each, no two the same.
  static func lines(_ count: Int, isOwnShape: Bool) -> String {
    var text = ""
    for number in 0..<count {
      let template = templates[number % templates.count]
      text += template.replacing("#", with: String(number)).replacing("@", with: isOwnShape ? String(number) : "0")
      text += "\n"
    }
    return text
  }

  /// Draws the facts of every line, so many times over, each time with an analyzer that has seen nothing; prints how many
  /// texts were read in a second, by the processor's clock.
  static func analyze(_ lines: [UInt8], times: Int) throws {
    let texts = lines.split(separator: UInt8(ascii: "\n")).map(Array.init)
    for _ in 0..<times {
      var analyzer = Analyzer()
      var commands = 0
      let start = clock()
      for text in texts { commands += analyzer.analyze(text).commands.count }
      let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
      print("\(texts.count)\t\(commands)\t\(seconds)")
    }
  }
}
