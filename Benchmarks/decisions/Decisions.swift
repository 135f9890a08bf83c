import AuditTrail
import Foundation
import JSONReader
import Policies
import SQLAnalysis

/// Decides distinct requests by a hundred rules, facts known, and says how long that took; or writes the same rules and
/// requests for Cedar.
@main
struct Decisions {
  private static let usage = """
    usage: benchmark-decisions run ROUNDS
           benchmark-decisions cedar FOLDER

    run prints requests, those held back, and seconds; cedar writes policies.cedar and requests.json.

    """

  static func main() throws {
    let arguments = CommandLine.arguments
    let requests = Scenario.requests()
    if arguments.count == 3, arguments[1] == "run", let rounds = Int(arguments[2]), rounds > 0 {
      let policy = CompiledPolicy(try Policy(yaml: Scenario.policy, path: "policy.yaml"))
      let prepared = requests.map(\.request)
      // A first round, not counted, as the peer too is asked once before.
      _ = held(prepared, policy)
      let clock = ContinuousClock()
      var count = 0
      let time = clock.measure { for _ in 0..<rounds { count = held(prepared, policy) } }
      let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
      print("\(prepared.count * rounds)\t\(count)\t\(seconds)")
    } else if arguments.count == 3, arguments[1] == "cedar" {
      let folder = URL(filePath: arguments[2])
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(Scenario.cedar.utf8).write(to: folder.appending(path: "policies.cedar"))
      try Data(Scenario.json(requests)).write(to: folder.appending(path: "requests.json"))
    } else {
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
  }

  /// How many are blocked or wait for approval.
  private static func held(_ requests: [Request], _ policy: CompiledPolicy) -> Int {
    var count = 0
    for request in requests where policy.decide(request).action.strictness >= Action.review.strictness { count += 1 }
    return count
  }
}
