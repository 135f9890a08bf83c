// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 mode, warnings as errors, strict memory safety.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
]

/// Folders of `exclude` hold files that the program carries; CResources puts them in.
func library(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "assay",
  products: [.executable(name: "assay", targets: ["assay"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // C modules: one library each.
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .target(name: "CResources"),
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
    .systemLibrary(name: "CPCRE2", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"])]),
    .systemLibrary(name: "CXLSXWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

    // Handles over the C modules: the only Swift that touches a C pointer.
    library("SQLite", ["CSQLite"]),
    library("Postgres", ["CLibPQ"]),
    library("MariaDB", ["CMariaDB"]),
    library("JSONReader", ["CSimdJSON"]),
    library("Regexes", ["CRE2", "CPCRE2"]),
    library("PgQuery", ["CPgQuery", "JSONReader"]),
    library("XLSX", ["CXLSXWriter"]),
    library("Digests", ["COpenSSL"]),
    library("EmbeddedFiles", ["CResources"]),
    library("Compression", ["CZlib", "CZstd"]),
    library("Transfers", ["CCurl"]),

    // The vocabulary: no input, no output.
    library("AuditTrail"),
    library("SQLAnalysis", ["AuditTrail", "PgQuery"]),
    library("YAMLFiles", ["AuditTrail", yams]),
    library("Sensitivity", ["AuditTrail", "Digests"]),

    // The way through, left to right.
    library("Archives", ["AuditTrail", "JSONReader", "Compression", "Digests"]),
    library("Policies", ["AuditTrail", "Regexes", "JSONReader", "YAMLFiles", yams]),
    library("Ledger", ["AuditTrail", "SQLAnalysis", "JSONReader", "SQLite", "Digests"]),
    library(
      "Replay",
      ["AuditTrail", "Ledger", "Policies", "SQLAnalysis", "Sensitivity", "Digests", "JSONReader"]),
    // Servers that are started for a while and leave nothing.
    library("ThrowAwayServers", ["AuditTrail"]),
    library(
      "SQLiteShadows", ["AuditTrail", "Ledger", "SQLAnalysis", "Sensitivity", "Replay", "SQLite", "Digests"]),
    library(
      "PostgresShadows",
      [
        "AuditTrail", "Ledger", "SQLAnalysis", "Sensitivity", "Replay", "Postgres", "Digests", "Compression",
        "JSONReader", "ThrowAwayServers",
      ]),
    library(
      "MariaDBShadows",
      [
        "AuditTrail", "Ledger", "SQLAnalysis", "Sensitivity", "Replay", "MariaDB", "Digests", "Compression",
        "ThrowAwayServers",
      ]),
    library(
      "SyntheticShadows",
      [
        "AuditTrail", "Ledger", "SQLAnalysis", "Sensitivity", "Replay", "SQLiteShadows", "PostgresShadows",
        "MariaDBShadows", "SQLite", "Postgres", "ThrowAwayServers",
      ]),
    // The labelled cases of the replay, which are in the tests' folder.
    library(
      "GoldenCorpus",
      [
        "AuditTrail", "Digests", "Ledger", "Policies", "SQLAnalysis", "Replay", "SQLiteShadows", "PostgresShadows",
        "YAMLFiles", "EmbeddedFiles", yams,
      ]),
    library("PolicyDiff", ["AuditTrail", "Ledger", "Policies", "SQLAnalysis", "Sensitivity", "JSONReader"]),
    library(
      "Incidents",
      ["AuditTrail", "Ledger", "Policies", "Sensitivity", "Replay", "SQLAnalysis", "JSONReader"]),
    library(
      "Evidence",
      [
        "AuditTrail", "Ledger", "Policies", "SQLAnalysis", "JSONReader", "Digests", "YAMLFiles", "EmbeddedFiles", yams,
      ],
      exclude: ["Frameworks", "KnownBad", "Objectives", "Ratings"]),
    library(
      "Reporting",
      [
        "AuditTrail", "Archives", "Evidence", "Incidents", "Ledger", "Policies", "Sensitivity", "XLSX", "Digests",
        "JSONReader", "Compression", "EmbeddedFiles", mustache,
      ],
      exclude: ["Shells"]),
    library(
      "Export",
      [
        "AuditTrail", "Evidence", "Ledger", "Policies", "Replay", "SQLAnalysis", "Sensitivity", "Digests",
        "JSONReader", "Transfers",
      ]),
    library(
      "AssayCommand",
      [
        "AuditTrail", "Archives", "SQLAnalysis", "Sensitivity", "Policies", "Ledger", "Replay", "PostgresShadows",
        "SyntheticShadows", "PolicyDiff", "Incidents", "Evidence", "Reporting", "Export", "Transfers", "Digests",
        "GoldenCorpus", "ThrowAwayServers",
        "JSONReader", "YAMLFiles", "SQLite", "Postgres", "MariaDB", "PgQuery", "Regexes", "XLSX", "Compression",
        "EmbeddedFiles",
        argumentParser, yams,
      ],
      exclude: ["Starters"]),
    // The limits that a process is started under.
    .target(name: "CProcess"),
    .executableTarget(name: "assay", dependencies: ["AssayCommand", "CProcess"], swiftSettings: strict),

    // Seeded numbers for the samples, the benchmarks and the tests; not shipped in the product.
    .target(name: "SeededRandom", path: "samples/random", swiftSettings: strict),
    // Writes samples/; not shipped in the product.
    .executableTarget(
      name: "sample-quarter", dependencies: ["AuditTrail", "Digests", "Compression", "SeededRandom"],
      path: "samples/generator",
      swiftSettings: strict),
    // Writes what the benchmarks run on; not shipped in the product.
    .executableTarget(
      name: "benchmark-workload", dependencies: ["Archives", "AuditTrail", "SQLAnalysis", "SeededRandom"],
      path: "Benchmarks/workload",
      swiftSettings: strict),
    // Decides requests by a hundred rules, and writes the same for Cedar; not shipped in the product.
    .executableTarget(
      name: "benchmark-decisions", dependencies: ["Policies", "SQLAnalysis", "AuditTrail", "JSONReader"],
      path: "Benchmarks/decisions", swiftSettings: strict),
    // Writes a table as CSV and as a workbook; not shipped in the product.
    .executableTarget(
      name: "benchmark-tables", dependencies: ["AuditTrail", "Evidence", "Reporting", "XLSX"],
      path: "Benchmarks/tables", swiftSettings: strict),

    tests(
      "HandleTests",
      ["SQLite", "Postgres", "JSONReader", "Regexes", "PgQuery", "CPgQuery", "XLSX", "Digests", "Compression"]),
    tests("AuditTrailTests", ["AuditTrail", "SeededRandom"]),
    tests("SQLAnalysisTests", ["SQLAnalysis", "AuditTrail", "PgQuery", "SeededRandom"], resources: [.copy("cases")]),
    tests(
      "ArchivesTests", ["Archives", "AuditTrail", "Compression", "Digests", "SeededRandom"],
      resources: [.copy("fixtures")]),
    tests(
      "PoliciesTests", ["Policies", "AuditTrail", "SQLAnalysis", "SeededRandom", yams], resources: [.copy("cases")]),
    tests("SensitivityTests", ["Sensitivity", "Digests", yams], resources: [.copy("cases")]),
    tests("LedgerTests", ["Ledger", "AuditTrail", "SQLAnalysis", "SQLite", "SeededRandom"]),
    tests(
      "ReplayTests",
      [
        "Replay", "SQLiteShadows", "PostgresShadows", "MariaDBShadows", "SyntheticShadows", "GoldenCorpus",
        "AuditTrail",
        "Ledger", "Policies", "SQLAnalysis", "SQLite", "Postgres", "MariaDB", "ThrowAwayServers",
        "JSONReader", "SeededRandom", yams,
      ], exclude: ["golden"]),
    tests(
      "PolicyDiffTests",
      [
        "assay", "PolicyDiff", "AssayCommand", "AuditTrail", "Ledger", "Policies", "SQLAnalysis", "SeededRandom",
        argumentParser, yams,
      ],
      resources: [.copy("fixtures")]),
    tests(
      "IncidentsTests",
      [
        "Incidents", "AuditTrail", "Ledger", "Policies", "Replay", "SQLiteShadows", "SQLAnalysis", "JSONReader",
        "SeededRandom",
      ]),
    tests("EvidenceTests", ["Evidence", "AuditTrail", "Ledger", "Policies", "SQLAnalysis", "SeededRandom"]),
    tests(
      "ReportingTests",
      [
        "Reporting", "Archives", "Evidence", "Incidents", "Ledger", "Policies", "SQLAnalysis", "AuditTrail",
        "Compression", "JSONReader", "Digests", "Sensitivity", "EmbeddedFiles",
      ]),
    tests("ExportTests", ["Export", "AuditTrail", "Ledger", "SQLAnalysis", "Transfers"]),
    tests(
      "EndToEndTests",
      [
        "assay", "AuditTrail", "Digests", "Postgres", "PostgresShadows", "SQLite", "SeededRandom", "ThrowAwayServers",
        "XLSX",
      ],
      resources: [.copy("fixtures")]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
