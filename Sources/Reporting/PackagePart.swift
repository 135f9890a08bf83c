import Evidence

/// A part of a package, a file or a folder of files, with all that is said of it elsewhere: in the manifest and the read-me.
struct PackagePart {
  /// The tests that a part is about.
  enum Tests {
    /// All of them, which names none.
    case all
    /// One.
    case only(TestID)
    /// The one that each file's name begins with.
    case named
  }

  /// The file's path, or the folder's name.
  let name: String
  /// What the manifest says it is there for; `nil` says the name.
  var role: String?
  /// The tests it is about.
  var tests = Tests.all
  /// Its line in the read-me: where, and what stands there; `nil` where another part's line names it.
  var line: (@Sendable (EvidenceModel) -> (String, String))?

  /// The script that checks digests without Assay.
  static let verifyScript = "verify.sh"

  /// Every part, in the order in which the read-me names them.
  static let all = [
    PackagePart(name: "README.md", role: "readme"),
    PackagePart(name: "summary.md", role: "summary") { _ in
      (
        "[summary.md](summary.md)",
        "the first page: whether it can be relied on, results, the gravest events, what could not be tested"
      )
    },
    PackagePart(name: "report") { model in
      let frameworks = model.frameworks.map { framework in
        "[\(MarkdownText.escaped(framework.title))](report/\(fileName(framework.id)).md)"
      }
      return ("`report/`", "control by control: \(frameworks.joined(separator: ", "))")
    },
    PackagePart(name: "tests", tests: .named) { _ in
      ("`tests/`", "a page a test: objective, result, population with its query, exceptions, how to re-perform it")
    },
    PackagePart(name: Workpaper.path, role: "workpaper") { _ in
      ("[workpaper.xlsx](workpaper.xlsx)", "the same figures as a workbook, to filter, sample and tick")
    },
    PackagePart(name: "charts") { _ in
      ("`charts/`", "pictures of the summary's figures, each with its numbers in words")
    },
    PackagePart(name: "populations", tests: .named) { _ in
      ("`populations/`", "every item that was tested, one file a test")
    },
    PackagePart(name: "attributes", tests: .named) { _ in
      ("`attributes/`", "what a test counted beside its result, such as who lacks which field")
    },
    PackagePart(name: "exceptions") { _ in ("`exceptions/`", "every exception with its place in the archives") },
    PackagePart(name: "controls") { _ in ("`controls/`", "the control matrix") },
    PackagePart(name: "coverage", tests: .only(.t02)) { _ in ("`coverage/`", "hours with and without records") },
    PackagePart(name: "metrics") { _ in ("`metrics/`", "results, rates and the daily series of every test") },
    PackagePart(name: "replay", tests: .only(.t19)) { _ in
      (
        "`replay/`",
        "what replay made of the decisions, the shadows it ran on, and [whether the program itself is right](\(ValidationPage.path))"
      )
    },
    PackagePart(name: "tieout", tests: .only(.t42)) { _ in ("`tieout/`", "control totals, both sides of each equation")
    },
    PackagePart(name: "custody", tests: .only(.t41)) { _ in
      (
        "`custody/`, `policies/`, `scope/`",
        "every input with its digest, which policies were in force, which connections are meant, which sessions reach over a bound"
      )
    },
    PackagePart(name: "policies"),
    PackagePart(name: "scope"),
    PackagePart(name: Manifest.evidencePath, role: "machine") { _ in
      (
        "[machine/evidence.json](machine/evidence.json)",
        "all of it for programs; the items of the populations stay in CSV"
      )
    },
    PackagePart(name: OSCALResults.path, role: "machine") { model in
      let frameworks = OSCALResults.frameworks(model).map(\.title).joined(separator: ", ")
      return frameworks.isEmpty
        ? (
          "`\(OSCALResults.path)`",
          "not in this package: no framework of this report has a public catalog in OSCAL"
        )
        : (
          "[\(OSCALResults.path)](\(OSCALResults.path))",
          "OSCAL \(OSCALResults.version) assessment results, of \(MarkdownText.escaped(frameworks))"
        )
    },
    PackagePart(name: FactsJSON.path, role: "machine") { _ in
      (
        "[machine/facts.json](machine/facts.json)",
        "what all of it follows from, besides the populations: `assay verify` judges both again and compares"
      )
    },
    PackagePart(name: "DATA-DICTIONARY.md", role: "data_dictionary") { _ in
      ("[DATA-DICTIONARY.md](DATA-DICTIONARY.md)", "every column of every CSV file")
    },
    PackagePart(name: verifyScript, role: "verify") { _ in
      (
        "[verify.sh](verify.sh)",
        "checks every digest, and the signature where a key is named, with coreutils and openssl alone"
      )
    },
    PackagePart(name: Manifest.path, role: "manifest") { _ in
      ("[MANIFEST.json](MANIFEST.json), [SHA256SUMS](SHA256SUMS)", "every file with its hash")
    },
    PackagePart(name: Manifest.checksumsPath),
  ]

  /// The part that a path belongs to; `nil` for a file that is of none.
  static func holding(_ path: String) -> PackagePart? {
    let folder = path.split(separator: "/").first.map(String.init) ?? path
    return all.first { $0.name == path } ?? all.first { $0.name == folder }
  }

  private init(
    name: String, role: String? = nil, tests: Tests = .all,
    line: (@Sendable (EvidenceModel) -> (String, String))? = nil
  ) {
    (self.name, self.role, self.tests, self.line) = (name, role, tests, line)
  }
}
