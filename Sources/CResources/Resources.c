#include "CResources.h"

#include <string.h>

// Files that the program carries. The compiler puts their bytes in as they are (C23, 6.10.4, "Binary resource inclusion"): as
// an array of Swift's they took a minute and a half to compile.
#pragma clang diagnostic ignored "-Wc23-extensions"

// The labelled cases of the replay.
static const unsigned char README_md[] = {
#embed "../../Tests/ReplayTests/golden/README.md"
};
static const unsigned char deferred_yaml[] = {
#embed "../../Tests/ReplayTests/golden/deferred.yaml"
};
static const unsigned char destruction_yaml[] = {
#embed "../../Tests/ReplayTests/golden/destruction.yaml"
};
static const unsigned char edges_yaml[] = {
#embed "../../Tests/ReplayTests/golden/edges.yaml"
};
static const unsigned char empty_yaml[] = {
#embed "../../Tests/ReplayTests/golden/empty.yaml"
};
static const unsigned char engines_yaml[] = {
#embed "../../Tests/ReplayTests/golden/engines.yaml"
};
static const unsigned char escapes_yaml[] = {
#embed "../../Tests/ReplayTests/golden/escapes.yaml"
};
static const unsigned char failures_yaml[] = {
#embed "../../Tests/ReplayTests/golden/failures.yaml"
};
static const unsigned char fitting_yaml[] = {
#embed "../../Tests/ReplayTests/golden/fitting.yaml"
};
static const unsigned char given_names_yaml[] = {
#embed "../../Tests/ReplayTests/golden/given_names.yaml"
};
static const unsigned char harmless_yaml[] = {
#embed "../../Tests/ReplayTests/golden/harmless.yaml"
};
static const unsigned char identity_yaml[] = {
#embed "../../Tests/ReplayTests/golden/identity.yaml"
};
static const unsigned char leak_forms_yaml[] = {
#embed "../../Tests/ReplayTests/golden/leak_forms.yaml"
};
static const unsigned char leaks_yaml[] = {
#embed "../../Tests/ReplayTests/golden/leaks.yaml"
};
static const unsigned char look_alikes_yaml[] = {
#embed "../../Tests/ReplayTests/golden/look_alikes.yaml"
};
static const unsigned char objects_yaml[] = {
#embed "../../Tests/ReplayTests/golden/objects.yaml"
};
static const unsigned char old_rows_yaml[] = {
#embed "../../Tests/ReplayTests/golden/old_rows.yaml"
};
static const unsigned char parameters_yaml[] = {
#embed "../../Tests/ReplayTests/golden/parameters.yaml"
};
static const unsigned char postgresql_added_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_added.yaml"
};
static const unsigned char postgresql_chance_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_chance.yaml"
};
static const unsigned char postgresql_clock_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_clock.yaml"
};
static const unsigned char postgresql_commit_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_commit.yaml"
};
static const unsigned char postgresql_escapes_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_escapes.yaml"
};
static const unsigned char postgresql_everything_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_everything.yaml"
};
static const unsigned char postgresql_failures_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_failures.yaml"
};
static const unsigned char postgresql_handlers_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_handlers.yaml"
};
static const unsigned char postgresql_hidden_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_hidden.yaml"
};
static const unsigned char postgresql_identity_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_identity.yaml"
};
static const unsigned char postgresql_large_objects_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_large_objects.yaml"
};
static const unsigned char postgresql_leaks_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_leaks.yaml"
};
static const unsigned char postgresql_rights_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_rights.yaml"
};
static const unsigned char postgresql_sessions_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_sessions.yaml"
};
static const unsigned char postgresql_slow_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_slow.yaml"
};
static const unsigned char postgresql_covered_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_covered.yaml"
};
static const unsigned char postgresql_told_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_told.yaml"
};
static const unsigned char postgresql_types_yaml[] = {
#embed "../../Tests/ReplayTests/golden/postgresql_types.yaml"
};
static const unsigned char pragmas_yaml[] = {
#embed "../../Tests/ReplayTests/golden/pragmas.yaml"
};
static const unsigned char read_sets_yaml[] = {
#embed "../../Tests/ReplayTests/golden/read_sets.yaml"
};
static const unsigned char scripts_yaml[] = {
#embed "../../Tests/ReplayTests/golden/scripts.yaml"
};
static const unsigned char sessions_yaml[] = {
#embed "../../Tests/ReplayTests/golden/sessions.yaml"
};
static const unsigned char specification_yaml[] = {
#embed "../../Tests/ReplayTests/golden/specification.yaml"
};
static const unsigned char transactions_yaml[] = {
#embed "../../Tests/ReplayTests/golden/transactions.yaml"
};
static const unsigned char virtual_tables_yaml[] = {
#embed "../../Tests/ReplayTests/golden/virtual_tables.yaml"
};

// Control catalogs.
static const unsigned char fedramp_20x_ksi_yaml[] = {
#embed "../Evidence/Frameworks/fedramp-20x-ksi.yaml"
};
static const unsigned char fedramp_rev5_high_yaml[] = {
#embed "../Evidence/Frameworks/fedramp-rev5-high.yaml"
};
static const unsigned char fedramp_rev5_low_yaml[] = {
#embed "../Evidence/Frameworks/fedramp-rev5-low.yaml"
};
static const unsigned char fedramp_rev5_moderate_yaml[] = {
#embed "../Evidence/Frameworks/fedramp-rev5-moderate.yaml"
};
static const unsigned char iso27001_2022_yaml[] = {
#embed "../Evidence/Frameworks/iso27001-2022.yaml"
};
static const unsigned char nist_800_53r5_yaml[] = {
#embed "../Evidence/Frameworks/nist-800-53r5.yaml"
};
static const unsigned char nist_ai_rmf_yaml[] = {
#embed "../Evidence/Frameworks/nist-ai-rmf.yaml"
};
static const unsigned char soc2_2017_yaml[] = {
#embed "../Evidence/Frameworks/soc2-2017.yaml"
};

// Statements that are known to be bad.
static const unsigned char known_bad_yaml[] = {
#embed "../Evidence/KnownBad/known-bad.yaml"
};

// Assessment objectives.
static const unsigned char nist_800_53a_yaml[] = {
#embed "../Evidence/Objectives/nist-800-53a.yaml"
};

// Ratings of exceptions.
static const unsigned char ratings_yaml[] = {
#embed "../Evidence/Ratings/ratings.yaml"
};

// What pages are made from.
static const unsigned char framework_mustache[] = {
#embed "../Reporting/Shells/framework.mustache"
};
static const unsigned char incident_page_mustache[] = {
#embed "../Reporting/Shells/incident-page.mustache"
};
static const unsigned char incident_mustache[] = {
#embed "../Reporting/Shells/incident.mustache"
};
static const unsigned char readme_mustache[] = {
#embed "../Reporting/Shells/readme.mustache"
};
static const unsigned char summary_mustache[] = {
#embed "../Reporting/Shells/summary.mustache"
};
static const unsigned char test_mustache[] = {
#embed "../Reporting/Shells/test.mustache"
};
static const unsigned char verify_sh[] = {
#embed "../Reporting/Shells/verify.sh"
};

// What `assay init` writes.
static const unsigned char assay_yaml[] = {
#embed "../AssayCommand/Starters/assay.yaml"
};
static const unsigned char guardrails_yaml[] = {
#embed "../AssayCommand/Starters/guardrails.yaml"
};
static const unsigned char hoop_json[] = {
#embed "../AssayCommand/Starters/hoop.json"
};
static const unsigned char native_jsonl[] = {
#embed "../AssayCommand/Starters/native.jsonl"
};
static const unsigned char orders_sql[] = {
#embed "../AssayCommand/Starters/orders.sql"
};
static const unsigned char postgresql_csv[] = {
#embed "../AssayCommand/Starters/postgresql.csv"
};

static const struct {
  const char *name;
  struct CResource file;
} files[] = {
    {"README.md", {README_md, sizeof README_md}},
    {"deferred.yaml", {deferred_yaml, sizeof deferred_yaml}},
    {"destruction.yaml", {destruction_yaml, sizeof destruction_yaml}},
    {"edges.yaml", {edges_yaml, sizeof edges_yaml}},
    {"empty.yaml", {empty_yaml, sizeof empty_yaml}},
    {"engines.yaml", {engines_yaml, sizeof engines_yaml}},
    {"escapes.yaml", {escapes_yaml, sizeof escapes_yaml}},
    {"failures.yaml", {failures_yaml, sizeof failures_yaml}},
    {"fitting.yaml", {fitting_yaml, sizeof fitting_yaml}},
    {"given_names.yaml", {given_names_yaml, sizeof given_names_yaml}},
    {"harmless.yaml", {harmless_yaml, sizeof harmless_yaml}},
    {"identity.yaml", {identity_yaml, sizeof identity_yaml}},
    {"leak_forms.yaml", {leak_forms_yaml, sizeof leak_forms_yaml}},
    {"leaks.yaml", {leaks_yaml, sizeof leaks_yaml}},
    {"look_alikes.yaml", {look_alikes_yaml, sizeof look_alikes_yaml}},
    {"objects.yaml", {objects_yaml, sizeof objects_yaml}},
    {"old_rows.yaml", {old_rows_yaml, sizeof old_rows_yaml}},
    {"parameters.yaml", {parameters_yaml, sizeof parameters_yaml}},
    {"postgresql_added.yaml", {postgresql_added_yaml, sizeof postgresql_added_yaml}},
    {"postgresql_chance.yaml", {postgresql_chance_yaml, sizeof postgresql_chance_yaml}},
    {"postgresql_clock.yaml", {postgresql_clock_yaml, sizeof postgresql_clock_yaml}},
    {"postgresql_commit.yaml", {postgresql_commit_yaml, sizeof postgresql_commit_yaml}},
    {"postgresql_escapes.yaml", {postgresql_escapes_yaml, sizeof postgresql_escapes_yaml}},
    {"postgresql_everything.yaml", {postgresql_everything_yaml, sizeof postgresql_everything_yaml}},
    {"postgresql_failures.yaml", {postgresql_failures_yaml, sizeof postgresql_failures_yaml}},
    {"postgresql_handlers.yaml", {postgresql_handlers_yaml, sizeof postgresql_handlers_yaml}},
    {"postgresql_hidden.yaml", {postgresql_hidden_yaml, sizeof postgresql_hidden_yaml}},
    {"postgresql_identity.yaml", {postgresql_identity_yaml, sizeof postgresql_identity_yaml}},
    {"postgresql_large_objects.yaml", {postgresql_large_objects_yaml, sizeof postgresql_large_objects_yaml}},
    {"postgresql_leaks.yaml", {postgresql_leaks_yaml, sizeof postgresql_leaks_yaml}},
    {"postgresql_rights.yaml", {postgresql_rights_yaml, sizeof postgresql_rights_yaml}},
    {"postgresql_sessions.yaml", {postgresql_sessions_yaml, sizeof postgresql_sessions_yaml}},
    {"postgresql_slow.yaml", {postgresql_slow_yaml, sizeof postgresql_slow_yaml}},
    {"postgresql_covered.yaml", {postgresql_covered_yaml, sizeof postgresql_covered_yaml}},
    {"postgresql_told.yaml", {postgresql_told_yaml, sizeof postgresql_told_yaml}},
    {"postgresql_types.yaml", {postgresql_types_yaml, sizeof postgresql_types_yaml}},
    {"pragmas.yaml", {pragmas_yaml, sizeof pragmas_yaml}},
    {"read_sets.yaml", {read_sets_yaml, sizeof read_sets_yaml}},
    {"scripts.yaml", {scripts_yaml, sizeof scripts_yaml}},
    {"sessions.yaml", {sessions_yaml, sizeof sessions_yaml}},
    {"specification.yaml", {specification_yaml, sizeof specification_yaml}},
    {"transactions.yaml", {transactions_yaml, sizeof transactions_yaml}},
    {"virtual_tables.yaml", {virtual_tables_yaml, sizeof virtual_tables_yaml}},
    {"fedramp-20x-ksi.yaml", {fedramp_20x_ksi_yaml, sizeof fedramp_20x_ksi_yaml}},
    {"fedramp-rev5-high.yaml", {fedramp_rev5_high_yaml, sizeof fedramp_rev5_high_yaml}},
    {"fedramp-rev5-low.yaml", {fedramp_rev5_low_yaml, sizeof fedramp_rev5_low_yaml}},
    {"fedramp-rev5-moderate.yaml", {fedramp_rev5_moderate_yaml, sizeof fedramp_rev5_moderate_yaml}},
    {"iso27001-2022.yaml", {iso27001_2022_yaml, sizeof iso27001_2022_yaml}},
    {"nist-800-53r5.yaml", {nist_800_53r5_yaml, sizeof nist_800_53r5_yaml}},
    {"nist-ai-rmf.yaml", {nist_ai_rmf_yaml, sizeof nist_ai_rmf_yaml}},
    {"soc2-2017.yaml", {soc2_2017_yaml, sizeof soc2_2017_yaml}},
    {"known-bad.yaml", {known_bad_yaml, sizeof known_bad_yaml}},
    {"nist-800-53a.yaml", {nist_800_53a_yaml, sizeof nist_800_53a_yaml}},
    {"ratings.yaml", {ratings_yaml, sizeof ratings_yaml}},
    {"framework.mustache", {framework_mustache, sizeof framework_mustache}},
    {"incident-page.mustache", {incident_page_mustache, sizeof incident_page_mustache}},
    {"incident.mustache", {incident_mustache, sizeof incident_mustache}},
    {"readme.mustache", {readme_mustache, sizeof readme_mustache}},
    {"summary.mustache", {summary_mustache, sizeof summary_mustache}},
    {"test.mustache", {test_mustache, sizeof test_mustache}},
    {"verify.sh", {verify_sh, sizeof verify_sh}},
    {"assay.yaml", {assay_yaml, sizeof assay_yaml}},
    {"guardrails.yaml", {guardrails_yaml, sizeof guardrails_yaml}},
    {"hoop.json", {hoop_json, sizeof hoop_json}},
    {"native.jsonl", {native_jsonl, sizeof native_jsonl}},
    {"orders.sql", {orders_sql, sizeof orders_sql}},
    {"postgresql.csv", {postgresql_csv, sizeof postgresql_csv}},
};

struct CResource cresource(const char *name) {
  for (size_t place = 0; place < sizeof files / sizeof *files; place++) {
    if (strcmp(files[place].name, name) == 0) return files[place].file;
  }
  return (struct CResource){0};
}
