import Dispatch
import Foundation
import Ledger
import SQLAnalysis
import Synchronization

/// Analyses texts, in their order; many of them on two threads.
func analyzeTexts(_ texts: [UnreadText]) -> [ArchiveLoader.TextAnalysis] {
  guard texts.count >= 16 else { return texts.map(analyzeText) }
  let work = SharedAnalysis(texts)
  let done = DispatchSemaphore(value: 0)
  // A thread with a stack as large as the reader's: how deep a text nests is not known before.
  let second = Thread {
    work.run()
    done.signal()
  }
  second.name = "assay.analysis"
  second.stackSize = 8 << 20
  second.start()
  work.run()
  done.wait()
  return work.results()
}

private func analyzeText(_ text: UnreadText) -> ArchiveLoader.TextAnalysis {
  let facts = SQLAnalysis.analyze(text.sql, as: text.dialect)
  return ArchiveLoader.TextAnalysis(facts: facts, encoded: facts.encoded)
}

/// Texts that several threads analyse, a few at a time.
private final class SharedAnalysis: Sendable {
  private struct State {
    var next = 0
    var parts: [Int: [ArchiveLoader.TextAnalysis]] = [:]
  }

  private let texts: [UnreadText]
  private let state = Mutex(State())
  private static let atOnce = 4

  init(_ texts: [UnreadText]) { self.texts = texts }

  /// Analyses what no other thread has taken, until nothing is left.
  func run() {
    while let start = take() {
      let part = texts[start..<min(start + Self.atOnce, texts.count)].map(analyzeText)
      state.withLock { $0.parts[start] = part }
    }
  }

  /// Every analysis in the order of the texts; only after all threads have ended.
  func results() -> [ArchiveLoader.TextAnalysis] {
    state.withLock { state in state.parts.sorted { $0.key < $1.key }.flatMap(\.value) }
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.next < texts.count else { return nil }
      defer { state.next += Self.atOnce }
      return state.next
    }
  }
}
