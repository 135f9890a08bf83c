@main
struct SampleQuarter {
  static func main() {}
}
