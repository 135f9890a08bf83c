/// What `assay init` writes.
enum StarterFiles {
  static let configuration = """
    # What a run needs. Paths are relative to this file.
    organization: Example Ltd
    system: Orders database
    period: 2026-Q3                 # or { from: 2026-07-01, to: 2026-10-01, zone: Europe/Berlin }

    # Files or folders of archives; formats and compression are told by content (`assay formats`).
    archives: [archives]

    # A policy file, or a folder of dated versions (each with `effective:`). For hoop's own rules instead:
    #   policies: { hoop: { guardrails: guardrails.json, connections: connections.json, attributes: attributes.json } }
    policies: policies/

    # Disposable copies of the databases: a .sql script, or a SQLite file with the marker table assay_shadow.
    # basis is copy, masked_copy, synthetic or schema_only; rows names a CSV of production's row counts (table,rows).
    shadows:
      - { connection: orders, source: "sqlite:shadow/orders.sql", basis: synthetic, as_of: 2026-07-01T00:00:00Z }

    scope:
      connections:
        orders: { environment: production, approval_required: false }
      sensitive: detect             # or a list: [customers.email, customers.ssn]

    # What the archives cannot say: which users are services or AI agents, and who answers for them. First match counts.
    identities:
      - { match: { user: "*-bot@*" }, kind: agent, owner: ana@example.org }

    frameworks: [soc2-2017, iso27001-2022, fedramp-rev5-moderate]

    # Optional: side_files: { source_counts: source_counts.csv, tickets: tickets.csv, shared_accounts: shared.csv }
    ledger: .assay/ledger.db
    output: reports

    """

  static let policy = """
    # Every rule is evaluated; the strictest that matches wins (block, review, mask, allow).
    policy: guardrails
    version: "1"
    effective: 2026-01-01T00:00:00Z
    rules:
      - id: unbounded-write
        when:
          statement: { kind: [update, delete], where: [missing, always_true] }
          connection: { environment: production }
        then: block
        because: A write without a predicate touches every row.
      - id: schema-change
        when:
          statement: { kind: [create, alter, drop, truncate, grant, revoke] }
          connection: { environment: production }
        then: { review: [dba] }
    # What your organisation calls harmful, as thresholds over what the shadow measures.
    harm:
      destroys: { rows: 1000, share: 0.5, share_of_at_least: 50, session_rows: 10000 }
      discloses: { columns: sensitive, rows: 1 }
      escalates: true

    """
}
