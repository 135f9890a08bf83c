import AuditTrail
import Evidence
import Policies

extension EvidenceModel {
  /// The charts beside the summary, by their paths in the package. Each says in words what it shows.
  var charts: [(path: String, title: String, svg: String)] {
    [
      ("charts/fates.svg", fatesChart), ("charts/decisions.svg", decisionsChart), ("charts/rules.svg", rulesChart),
      ("charts/coverage.svg", coverageChart),
    ].map { path, chart in (path, chart.title, chart.svg) }
  }

  private var fatesChart: BarChart {
    func bars(_ kinds: [HarmKind]) -> [BarChart.Bar] {
      Fate.allCases.compactMap { fate in
        let values = HarmKind.allCases.map { kind in
          kinds.contains(kind) ? Int64(grading.units.all.fates[kind]?[fate] ?? 0) : 0
        }
        return values.allSatisfy { $0 == 0 } ? nil : BarChart.Bar(label: fate.phrase, values: values)
      }
    }
    return BarChart(
      title: "What became of harmful units", series: HarmKind.allCases.map(\.rawValue),
      groups: [
        BarChart.Group(
          title: "What destroys, escalates or escapes, in units", bars: bars(HarmKind.allCases.filter(\.isAction))),
        BarChart.Group(title: "What discloses, in units", bars: bars(HarmKind.allCases.filter { !$0.isAction })),
      ])
  }

  private var decisionsChart: BarChart {
    BarChart(
      title: "Decisions by week", series: Action.allCases.map(\.phrase),
      groups: [
        BarChart.Group(
          title: "Statements by ISO week",
          bars: decisionsByWeek.map { week in
            BarChart.Bar(
              label: week.label,
              values: Action.allCases.map { action in
                week.counts.first { $0.action == action }?.statements ?? 0
              })
          })
      ])
  }

  private var rulesChart: BarChart {
    let table = self[.t19]?.tables.first { $0.name == GuardrailRules.tableName }
    return BarChart(
      title: "What came of each rule's decisions", series: GuardrailRules.names,
      groups: [
        BarChart.Group(
          title: "Statements by the rule that decided",
          bars: (table?.rows ?? []).map { row in BarChart.Bar(label: row[0].plain, values: row.dropFirst().map(\.count))
          })
      ])
  }

  private var coverageChart: BarChart {
    let days = self[.t18]?.tables.first { $0.name == "connections" }
    return BarChart(
      title: "Coverage", series: ["accounted for", "not accounted for", "undecided"],
      groups: [
        BarChart.Group(
          title: "Hours of each source (T-02)",
          bars: coverage.sources.map { source in
            BarChart.Bar(
              label: source.source, values: [source.active &+ source.nilProven, source.gap, source.unproven])
          }),
        BarChart.Group(
          title: "Days of each connection by its guardrail, which must let nothing pass where it fails (T-18)",
          bars: (days?.rows ?? []).map { row in
            BarChart.Bar(label: row[0].plain, values: row[2...4].map(\.count))
          }),
      ])
  }
}

extension Cell {
  /// The number; 0 where there is none.
  fileprivate var count: Int64 { if case .integer(let value) = self { value } else { 0 } }
}
