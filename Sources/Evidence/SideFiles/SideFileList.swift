extension SideFile {
  /// Every side file, by name.
  public static let all: [SideFile] = [
    SideFile(
      "accounts", "who can sign on: T-08 asks for whose access is privileged, T-11 for accounts that nobody uses",
      [
        SideColumn("user", .text, "The identity's user, as archives name it."),
        SideColumn("enabled", .flag, "Whether it can sign on."),
        SideColumn("created", .moment, "When it was made.", isOptional: true),
        SideColumn("last_login", .moment, "When it last signed on anywhere.", isOptional: true),
        SideColumn("privileged", .flag, "Whether it can do more than read and write data."),
        SideColumn("owner", .text, "Who answers for it; of a person themselves.", isOptional: true),
      ]),
    SideFile(
      "audit_access", "who touched the audit store: T-26",
      [
        SideColumn("actor", .text, "Who."),
        SideColumn("action", .choice(["read", "export", "alter", "delete"]), "What they did."),
        SideColumn("object", .text, "To what."),
        SideColumn("at", .time, "When."),
      ]),
    SideFile(
      "bindings",
      "which policy was attached to which connection, and whether statements pass where it does not answer: T-18",
      [
        SideColumn("connection", .text, "The connection."),
        SideColumn("policy", .text, "The policy's name."),
        SideColumn("from", .time, "From when."),
        SideColumn("until", .time, "Until before; empty where it still is.", isOptional: true),
        SideColumn("fail_open", .flag, "Whether statements pass where the guardrail does not answer."),
      ],
      problem: { row in
        guard let from = row.time("from"), let until = row.time("until"), until <= from else { return nil }
        return "`until` must be later than `from`"
      }),
    SideFile(
      "deletions", "what had to be deleted, on request or since its time was over: T-39",
      [
        SideColumn(
          "request", .text, "The request's key, or the rule's; sessions that name it as their ticket deleted for it."),
        SideColumn(
          "subject", .text, "Whose data, or which: the value that finds it in the table. Better a key than a name."),
        SideColumn("due", .day, "The day by whose end it must be gone."),
        SideColumn("table", .text, "The table; a line for each one."),
        SideColumn("rows", .count, "How many rows it is about; empty where nobody counted.", isOptional: true),
      ]),
    SideFile(
      "dispositions",
      "what became of harm that ran after a review: T-28. It counts when it is given after the statement, by another "
        + "person than the one who ran it",
      [
        SideColumn("statement", .text, "`SESSION/SEQUENCE`, one of the unit."),
        SideColumn("decided_by", .text, "Who decided."),
        SideColumn("decided_at", .time, "When."),
        SideColumn("decision", .choice(DispositionKind.allCases.map(\.rawValue)), "What was decided."),
        SideColumn("reason", .text, "Why; for people, not kept.", isKept: false),
      ]),
    SideFile(
      "emergency", "emergency access, and who looked at it afterwards: T-17",
      [
        SideColumn("session", .text, "The session."),
        SideColumn("ticket", .text, "The incident's ticket."),
        SideColumn("reviewer", .text, "Who looked at it afterwards.", isOptional: true),
        SideColumn("at", .time, "When they did.", isOptional: true),
      ]),
    SideFile("entitlements_opening", "who could do what when the period began: T-09", entitlement),
    SideFile(
      "entitlements_closing", "who could do what when the period ended: T-09, T-13, T-22, T-43, T-45", entitlement),
    SideFile(
      "event_types", "the kinds of events that the organisation says it logs: T-04",
      [
        SideColumn("connection", .text, "The connection, or * for all."),
        SideColumn("event", .choice(DeclaredEvents.Event.allCases.map(\.rawValue)), "The kind of event."),
      ]),
    SideFile(
      "inventory", "where audit records are kept, from when to when, and how they are encrypted there: T-06, T-34",
      [
        SideColumn("archive", .text, "The file or the store."),
        SideColumn("from", .day, "The first day of which it holds records."),
        SideColumn("to", .day, "The last day."),
        SideColumn("tier", .choice(["online", "archive"]), "online: searched at once; archive: retrieved first."),
        SideColumn("hold", .flag, "Whether a legal hold keeps it."),
        SideColumn(
          "encryption", .choice(["file", "storage", "none"]),
          "file: each file by itself; storage: the disk or bucket below; empty where nobody knows.", isOptional: true),
      ],
      problem: { row in
        guard let from = row.day("from"), let to = row.day("to"), to < from else { return nil }
        return "`to` must not be earlier than `from`"
      }),
    SideFile(
      "leavers", "people who left: T-10",
      [
        SideColumn("user", .text, "The identity's user."),
        SideColumn("at", .moment, "When they left; a date alone cannot be decided."),
        SideColumn("disabled_at", .moment, "When their access was disabled; empty where it was not.", isOptional: true),
      ], key: ["user", "at"]),
    SideFile(
      "logons", "attempts to sign on: T-36",
      [
        SideColumn("user", .text, "The user that was tried."),
        SideColumn("at", .time, "When."),
        SideColumn("result", .choice(["success", "failure"]), "What came of it."),
        SideColumn("lockout", .flag, "Whether the account was locked by it."),
      ]),
    SideFile(
      "management_responses",
      "answers to exceptions by their ids; with the last three filled in, the exception is accepted",
      [
        SideColumn("exception", .text, "The exception's id, `EX-…`."),
        SideColumn("response", .text, "The answer."),
        SideColumn("owner", .text, "Who sees to it.", isOptional: true),
        SideColumn("due", .day, "Until when.", isOptional: true),
        SideColumn("accepted_by", .text, "Who accepted it; empty where nobody did.", isOptional: true),
        SideColumn("accepted_on", .day, "When.", isOptional: true),
        SideColumn("reason", .text, "Why.", isOptional: true),
      ], key: ["exception"],
      problem: { row in
        guard row.text("accepted_by") != nil else { return nil }
        return ["accepted_on", "reason"].first { row.text($0) == nil }.map { "`\($0)` is empty" }
      }),
    SideFile(
      "mask_exemptions", "who may see a column unmasked: T-30",
      [
        SideColumn("user", .text, "The identity's user."),
        SideColumn("column", .text, "`table.column`, or `*`."),
        SideColumn("approved_by", .text, "Who approved it."),
        SideColumn("from", .time, "From when."),
        SideColumn("until", .time, "Until when; empty is open-ended.", isOptional: true),
      ]),
    SideFile(
      "movers", "people who changed their role: T-45",
      [
        SideColumn("user", .text, "The identity's user."),
        SideColumn("at", .moment, "When; a date alone cannot be decided."),
        SideColumn("old_role", .text, "The role that they left."),
        SideColumn("new_role", .text, "The role that they took."),
      ]),
    SideFile(
      "review_campaigns", "reviews of who may do what: T-12",
      [
        SideColumn("scope", .choice(["privileged", "all"]), "Whose entitlements were reviewed."),
        SideColumn("due", .day, "Until when it was due."),
        SideColumn("done", .day, "When it was done; empty where it was not.", isOptional: true),
        SideColumn("reviewer", .text, "Who reviewed.", isOptional: true),
        SideColumn("snapshot_sha256", .text, "The SHA-256 of the list that was reviewed.", isOptional: true),
        SideColumn("entitlements", .count, "How many that list holds."),
        SideColumn("decided", .count, "On how many of them was decided."),
      ],
      problem: { row in
        guard let all = row.count("entitlements"), let decided = row.count("decided"), decided > all else { return nil }
        return "`decided` is more than `entitlements`"
      }),
    SideFile(
      "review_log", "reviews of the audit records: T-27",
      [
        SideColumn("week", .text, "The ISO week that was looked at, such as 2026-W27."),
        SideColumn("reviewer", .text, "Who looked."),
        SideColumn("start", .time, "When they began."),
        SideColumn("end", .time, "When they were done."),
        SideColumn("findings", .count, "How many findings they noted."),
      ],
      problem: { row in
        guard let start = row.time("start"), let end = row.time("end"), end < start else { return nil }
        return "`end` must not be earlier than `start`"
      }),
    SideFile(
      "shared_accounts", "the register of shared accounts: T-07",
      [
        SideColumn("account", .text, "The identity's user, or the database login."),
        SideColumn("owner", .text, "Who answers for it."),
        SideColumn("justification", .text, "Why it is shared."),
        SideColumn("approved_by", .text, "Who approved that."),
        SideColumn("approved_on", .day, "When."),
      ]),
    SideFile(
      "source_counts",
      "what the source itself says it holds, by UTC day; ties the extraction out: T-02. A count that the source does not "
        + "keep stays empty",
      [
        SideColumn("source", .text, "The proxy's name, its instance, or both with a blank between."),
        SideColumn("day", .day, "The UTC day."),
        SideColumn("sessions", .count, "Sessions opened that day.", isOptional: true),
        SideColumn("statements", .count, "Statements of that day.", isOptional: true),
      ],
      problem: { row in
        row.count("sessions") == nil && row.count("statements") == nil
          ? "This line counts neither sessions nor statements." : nil
      }),
    SideFile(
      "test_data", "where the data of connections outside of production comes from: T-32",
      [
        SideColumn("connection", .text, "The connection."),
        SideColumn("basis", .choice(TestDataBasis.allCases.map(\.rawValue)), "What its data is."),
        SideColumn("made_by", .text, "Who made it.", isOptional: true),
        SideColumn("approved_by", .text, "Who approved that it is there.", isOptional: true),
        SideColumn("at", .day, "When it was made.", isOptional: true),
      ]),
    SideFile(
      "tickets", "approved changes: T-23",
      [
        SideColumn("ticket", .text, "The ticket's key."),
        SideColumn("summary", .text, "What it is about; for people, not kept.", isKept: false),
        SideColumn("requested_by", .text, "Who asked for it."),
        SideColumn("approved_by", .text, "Who approved it."),
        SideColumn("approved_at", .time, "When."),
        SideColumn("window_from", .time, "From when the change may be made."),
        SideColumn("window_to", .time, "Until when."),
      ],
      problem: { row in
        guard let from = row.time("window_from"), let to = row.time("window_to"), to < from else { return nil }
        return "`window_to` must not be earlier than `window_from`"
      }),
    SideFile(
      "tls", "how sessions were encrypted: T-33",
      [
        SideColumn("session", .text, "The session."),
        SideColumn("leg", .choice(["client", "database"]), "From client to proxy, or from proxy to database."),
        SideColumn("version", .text, "The protocol's version, such as TLSv1.3; `none` in plain text."),
        SideColumn("cipher", .text, "The cipher suite.", isOptional: true),
      ]),
  ]

  private static let entitlement = [
    SideColumn("user", .text, "The identity's user."),
    SideColumn("role", .text, "The role that gives it."),
    SideColumn("connection", .text, "The connection it is for."),
    SideColumn("privilege", .choice(["read", "write", "change", "admin"]), "The most that it allows."),
  ]
}
