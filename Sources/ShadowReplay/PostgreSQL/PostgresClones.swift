import AuditTrail

/// Opens replays on the clones of a PostgreSQL shadow.
struct PostgresClones: CloneSource {
  let shadow: PostgresShadow
  let measuring: Measuring

  func open() throws(AssayError) -> any SessionReplay {
    throw AssayError(.unavailable, "Sessions cannot be measured on PostgreSQL yet.", at: Place(shadow.source))
  }
}
