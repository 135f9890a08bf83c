import AuditTrail
import EmbeddedFiles
package import YAMLFiles
package import Yams

/// How grave an exception is for the organisation. What its effect on data is, severity says.
public enum Rating: String, Sendable, Hashable, CaseIterable, Comparable, Codable {
  case high, moderate, low

  /// Graver than.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// The ratings of exceptions, by test (`T-19`), and by test and harm (`T-14 harmful`).
public struct ExceptionRatings: Sendable, Hashable, Codable {
  /// The ratings by their keys.
  public private(set) var ratings: [String: Rating]

  /// The ratings that come with the program.
  public static let builtIn: ExceptionRatings = {
    let text = String(decoding: embeddedFile("ratings.yaml"), as: UTF8.self)
    let fields = YAMLFields(path: "ratings.yaml", text: text)
    return ExceptionRatings(fields.root(of: text), fields)
  }()

  /// No ratings.
  public init() { ratings = [:] }

  /// The ratings of a node; `nil` gives none. What is wrong with it, `fields` notes.
  package init(_ node: Node?, _ fields: YAMLFields) {
    ratings = [:]
    let keys = TestID.allCases.flatMap { [$0.rawValue, "\($0.rawValue) harmful"] }
    guard let node, let values = fields.mapping(node, "ratings", keys: keys) else { return }
    for (key, value) in values {
      ratings[key] = fields.choice(value, "rating", Rating.allCases.map { ($0.rawValue, $0) })
    }
  }

  /// These ratings, with others in place of their own.
  public func replaced(by others: ExceptionRatings) -> ExceptionRatings {
    var replaced = self
    replaced.ratings.merge(others.ratings) { $1 }
    return replaced
  }

  /// What these ratings say otherwise than others, such as `T-19: low in place of high`.
  public func differences(from others: ExceptionRatings) -> [String] {
    ratings.sorted { $0.key < $1.key }.compactMap { key, rating in
      let other = others.ratings[key]
      return rating == other
        ? nil : "\(key): \(rating.rawValue)" + (other.map { " in place of \($0.rawValue)" } ?? "")
    }
  }

  /// The rating of an exception.
  func rating(of exception: ExceptionNoted) -> Rating {
    let test = exception.test.rawValue
    let harmful = exception.isHarmful ? ratings["\(test) harmful"] : nil
    return harmful ?? ratings[test] ?? .moderate
  }
}
