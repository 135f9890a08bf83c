// The authorizer: refuses what would leave the shadow, and records what a statement reads and does.
#include <stdlib.h>
#include <string.h>

#include "Replay.h"

static int is_one_of(const char *name, const char *const *names) {
  if (!name) return 0;
  for (; *names; names++)
    if (sqlite3_stricmp(name, *names) == 0) return 1;
  return 0;
}

static const char *const file_functions[] = {"load_extension", "readfile", "writefile",    "edit",
                                             "fsdir",          "zipfile",  "fts3_tokenizer", NULL};
static const char *const file_modules[] = {"csv", "vsv", "fsdir", "zipfile", "sqlite_dbpage", "unionvtab", "swarmvtab",
                                           NULL};
static const char *const file_pragmas[] = {"writable_schema", "temp_store_directory", "data_store_directory", NULL};
// Settings of the process, or of how the shadow is kept: a session's wish for them changes no result.
static const char *const ignored_pragmas[] = {
  "temp_store", "trusted_schema", "soft_heap_limit", "hard_heap_limit", "threads",        "mmap_size",
  "lock_proxy_file", "busy_timeout", "journal_mode", "journal_size_limit", "max_page_count", "cache_spill", NULL};
static const char *const false_words[] = {"0", "off", "no", "false", NULL};
static const char *const true_words[] = {"1", "on", "yes", "true", NULL};

// SQLITE_OK, SQLITE_DENY, or SQLITE_IGNORE for what has no effect here.
static int judge(csqlite_replay *replay, int action, const char *first, const char *second) {
  switch (action) {
    case SQLITE_ATTACH:
      // A plain VACUUM attaches a nameless database while it runs; ATTACH itself is asked about when prepared.
      if (replay->is_stepping && first && *first == 0) {
        sqlite3_limit(replay->database, SQLITE_LIMIT_ATTACHED, 1);
        replay->is_vacuum_allowed = 1;
        return SQLITE_OK;
      }
      return SQLITE_DENY;
    case SQLITE_DETACH: return SQLITE_DENY;
    case SQLITE_PRAGMA:
      if (!second) return SQLITE_OK;
      // The library would put its own functions in the place of ours.
      if (sqlite3_stricmp(first, "case_sensitive_like") == 0) {
        replay->is_like_case_sensitive = is_one_of(second, true_words);
        return SQLITE_IGNORE;
      }
      if (is_one_of(first, file_pragmas)) return is_one_of(second, false_words) ? SQLITE_IGNORE : SQLITE_DENY;
      return is_one_of(first, ignored_pragmas) ? SQLITE_IGNORE : SQLITE_OK;
    case SQLITE_FUNCTION: return is_one_of(second, file_functions) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_CREATE_VTABLE: return is_one_of(second, file_modules) ? SQLITE_DENY : SQLITE_OK;
    default: return SQLITE_OK;
  }
}

static uint64_t hash_text(uint64_t hash, const char *text) {
  for (; text && *text; text++) hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
  return (hash ^ (text ? 0x100 : 0x200)) * UINT64_C(0x100000001b3);
}

static int equals_text(const csqlite_replay *replay, uint32_t offset, const char *text) {
  if (offset == NO_TEXT || !text) return offset == NO_TEXT && !text;
  return strcmp(replay->texts + offset, text) == 0;
}

static int keep_text(csqlite_replay *replay, const char *text, uint32_t *offset) {
  *offset = NO_TEXT;
  if (!text) return 1;
  size_t count = strlen(text) + 1;
  size_t needed = replay->text_count + count;
  if (needed >= NO_TEXT) return 0;
  if (needed > replay->text_capacity) {
    size_t capacity = needed * 2 > 4096 ? needed * 2 : 4096;
    char *texts = realloc(replay->texts, capacity);
    if (!texts) return 0;
    replay->texts = texts;
    replay->text_capacity = capacity;
  }
  memcpy(replay->texts + replay->text_count, text, count);
  *offset = (uint32_t)replay->text_count;
  replay->text_count = needed;
  return 1;
}

static int grow(csqlite_replay *replay) {
  size_t capacity = replay->access_capacity ? replay->access_capacity * 2 : 64;
  access_record *accesses = realloc(replay->accesses, capacity * sizeof *accesses);
  if (!accesses) return 0;
  replay->accesses = accesses;
  size_t slot_count = capacity * 4;
  uint32_t *slots = calloc(slot_count, sizeof *slots);
  if (!slots) return 0;
  free(replay->slots);
  replay->slots = slots;
  replay->slot_count = slot_count;
  replay->access_capacity = capacity;
  for (size_t i = 0; i < replay->access_count; i++) {
    size_t slot = accesses[i].hash & (slot_count - 1);
    while (slots[slot]) slot = (slot + 1) & (slot_count - 1);
    slots[slot] = (uint32_t)i + 1;
  }
  return 1;
}

// Whether the call is on record: only distinct ones are kept.
static int record(csqlite_replay *replay, int action, int is_refused, const char *const arguments[4]) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)(action * 2 + is_refused);
  for (int i = 0; i < 4; i++) hash = hash_text(hash, arguments[i]);
  hash ^= hash >> 32;
  if (replay->access_count == replay->access_capacity && !grow(replay)) return 0;
  size_t slot = hash & (replay->slot_count - 1);
  for (; replay->slots[slot]; slot = (slot + 1) & (replay->slot_count - 1)) {
    const access_record *known = &replay->accesses[replay->slots[slot] - 1];
    if (known->hash != hash || known->action != action || known->is_refused != is_refused) continue;
    int i = 0;
    while (i < 4 && equals_text(replay, known->arguments[i], arguments[i])) i++;
    if (i == 4) return 1;
  }
  access_record *access = &replay->accesses[replay->access_count];
  *access = (access_record){
    .hash = hash, .action = action, .is_refused = is_refused, .is_during_step = replay->is_stepping};
  for (int i = 0; i < 4; i++)
    if (!keep_text(replay, arguments[i], &access->arguments[i])) return 0;
  replay->slots[slot] = (uint32_t)++replay->access_count;
  return 1;
}

static int authorize(void *context, int action, const char *first, const char *second, const char *schema,
                     const char *source) {
  csqlite_replay *replay = context;
  // Each may name the one before: a query of the last would go through all of them on the stack.
  if ((action == SQLITE_CREATE_VIEW || action == SQLITE_CREATE_TEMP_VIEW) && ++replay->views > CSQLITE_MOST_VIEWS) {
    replay->memory_budget_exhausted = 1;
    return SQLITE_DENY;
  }
  int judgement = judge(replay, action, first, second);
  // SELECT says nothing but that there is one.
  if (!replay->is_recording || action == SQLITE_SELECT) return judgement;
  const char *const arguments[4] = {first, second, schema, source};
  // A read that is not on record would be a leak unseen.
  if (!record(replay, action, judgement == SQLITE_DENY, arguments)) {
    replay->memory_budget_exhausted = 1;
    return SQLITE_DENY;
  }
  return judgement;
}

size_t csqlite_replay_access_count(const csqlite_replay *replay) { return replay->access_count; }

void csqlite_replay_access(const csqlite_replay *replay, size_t index, csqlite_access *access) {
  const access_record *known = &replay->accesses[index];
  access->action = known->action;
  access->is_refused = known->is_refused;
  access->is_during_step = known->is_during_step;
  for (int i = 0; i < 4; i++)
    access->arguments[i] = known->arguments[i] == NO_TEXT ? NULL : replay->texts + known->arguments[i];
}

void authorizer_install(csqlite_replay *replay) { sqlite3_set_authorizer(replay->database, authorize, replay); }

void authorizer_reset(csqlite_replay *replay) {
  if (replay->access_count) memset(replay->slots, 0, replay->slot_count * sizeof *replay->slots);
  replay->access_count = 0;
  replay->text_count = 0;
}

void authorizer_free(csqlite_replay *replay) {
  free(replay->accesses);
  free(replay->slots);
  free(replay->texts);
}
