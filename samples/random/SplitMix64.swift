/// A seeded pseudo-random sequence: the same seed, the same samples, workloads and test inputs.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), as `splitmix64`.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence of a seed.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from zero to one below the bound, which is positive.
  public mutating func number(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A number from the range.
  public mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + number(below: range.count)
  }

  /// An element of a list that is not empty.
  public mutating func pick<Element>(_ list: [Element]) -> Element { list[number(below: list.count)] }
}
