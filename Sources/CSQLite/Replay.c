#include "Replay.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_PER_CHECK 1000

int replay_charge(csqlite_replay *replay, int64_t steps) {
  if (atomic_load(&replay->time_is_up)) return 0;
  if (!replay->is_recording || replay->step_budget == 0) return 1;
  replay->steps_left -= steps;
  if (replay->steps_left >= 0) return 1;
  replay->step_budget_exhausted = 1;
  return 0;
}

static int progress(void *replay) { return !replay_charge(replay, STEPS_PER_CHECK); }

csqlite_replay *csqlite_replay_open(sqlite3 *database) {
  csqlite_replay *replay = calloc(1, sizeof *replay);
  if (!replay) return NULL;
  replay->database = database;
  replay->generation = 1;
  if (functions_install(replay) != SQLITE_OK || text_functions_install(replay) != SQLITE_OK || !watchdog_add(replay)) {
    csqlite_replay_free(replay);
    return NULL;
  }
  recorder_install(replay);
  authorizer_install(replay);
  sqlite3_progress_handler(database, STEPS_PER_CHECK, progress, replay);
  return replay;
}

void csqlite_replay_retire(csqlite_replay *replay) {
  if (replay) watchdog_remove(replay);
}

void csqlite_replay_free(csqlite_replay *replay) {
  if (!replay) return;
  functions_free(replay);
  recorder_free(replay);
  authorizer_free(replay);
  free(replay);
}

void csqlite_replay_set_budgets(csqlite_replay *replay, int64_t steps, int64_t memory, int64_t deletes,
                                int64_t nanoseconds) {
  replay->step_budget = replay->steps_left = steps;
  replay->memory_budget = memory;
  replay->delete_limit = deletes;
  replay->time_limit = nanoseconds;
}

void csqlite_replay_begin(csqlite_replay *replay, int64_t time, uint64_t seed, int track_identity) {
  replay->time = time;
  replay->random = seed;
  replay->track_identity = track_identity;
  replay->identity_lost = 0;
  replay->generation++;
  replay->steps_left = replay->step_budget;
  replay->deletes = 0;
  replay->step_budget_exhausted = replay->memory_budget_exhausted = replay->delete_limit_reached = 0;
  replay->is_recording = 1;
  authorizer_reset(replay);
}

void csqlite_replay_set_recording(csqlite_replay *replay, int recording) { replay->is_recording = recording; }
int csqlite_replay_is_recording(const csqlite_replay *replay) { return replay->is_recording; }

// SQLite expands a common table expression within the one that names it, and a view within another, on the stack and as
// long as that takes: no limit of its own bounds it, and no interrupt is looked at meanwhile. (sqlite3 3.40, selectExpander.)
enum { most_expressions = 1000 };

static int is_word(unsigned char c) { return isalnum(c) || c == '_' || c == '$' || c >= 0x80; }

static int equals(const char *word, size_t length, const char *name) {
  return length == strlen(name) && sqlite3_strnicmp(word, name, (int)length) == 0;
}

// Whether a command has more common table expressions than are read: `AS [[NOT] MATERIALIZED] (`. A trigger's body is looked
// through to the text's end, for its commands end with semicolons too.
static int nests_too_deep(const char *text, size_t count) {
  size_t found = 0, words = 0;
  int follows_as = 0, creates = 0, is_trigger = 0;
  for (size_t i = 0; i < count;) {
    unsigned char c = (unsigned char)text[i];
    if (isspace(c)) {
      i++;
    } else if (c == '-' && i + 1 < count && text[i + 1] == '-') {
      while (i < count && text[i] != '\n') i++;
    } else if (c == '/' && i + 1 < count && text[i + 1] == '*') {
      for (i += 2; i < count && !(text[i] == '*' && i + 1 < count && text[i + 1] == '/');) i++;
      i += 2;
    } else if (is_word(c)) {
      size_t start = i;
      while (i < count && is_word((unsigned char)text[i])) i++;
      if (words == 0) creates = equals(text + start, i - start, "create");
      if (creates && words < 3 && equals(text + start, i - start, "trigger")) is_trigger = 1;
      words++;
      if (equals(text + start, i - start, "as")) {
        follows_as = 1;
      } else if (!equals(text + start, i - start, "not") && !equals(text + start, i - start, "materialized")) {
        follows_as = 0;
      }
    } else {
      if (c == '(' && follows_as && ++found > most_expressions) return 1;
      if (c == ';' && !is_trigger) return 0;
      follows_as = 0;
      i++;
      if (c == '\'' || c == '"' || c == '`' || c == '[') {
        char end = c == '[' ? ']' : (char)c;
        while (i < count && text[i] != end) i++;
        i++;
      }
    }
  }
  return 0;
}

static int prepare(sqlite3 *database, const char *text, int count, unsigned flags, sqlite3_stmt **statement,
                   const char **tail) {
  size_t length = count < 0 ? strlen(text) : (size_t)count;
  // The shortest such expression has more than six bytes.
  if (length < 6 * most_expressions || !nests_too_deep(text, length))
    return sqlite3_prepare_v3(database, text, count, flags, statement, tail);
  int limit = sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, 1);
  int code = sqlite3_prepare_v3(database, text, count, flags, statement, tail);
  sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, limit);
  return code;
}

int csqlite_prepare(csqlite_replay *replay, sqlite3 *database, const char *text, int count, unsigned flags,
                    sqlite3_stmt **statement, const char **tail) {
  if (!replay) return prepare(database, text, count, flags, statement, tail);
  surroundings_enter(replay->time, replay->memory_budget, &replay->time_is_up);
  int code = prepare(database, text, count, flags, statement, tail);
  if (surroundings_leave()) replay->memory_budget_exhausted = 1;
  return code;
}

int csqlite_replay_step(csqlite_replay *replay, sqlite3_stmt *statement) {
  surroundings_enter(replay->time, replay->memory_budget, &replay->time_is_up);
  replay->is_stepping = 1;
  int code = sqlite3_step(statement);
  replay->is_stepping = 0;
  if (surroundings_leave()) replay->memory_budget_exhausted = 1;
  if (replay->is_vacuum_allowed) {
    sqlite3_limit(replay->database, SQLITE_LIMIT_ATTACHED, 0);
    replay->is_vacuum_allowed = 0;
  }
  return code;
}

int csqlite_replay_step_budget_exhausted(const csqlite_replay *replay) { return replay->step_budget_exhausted; }
int csqlite_replay_memory_budget_exhausted(const csqlite_replay *replay) { return replay->memory_budget_exhausted; }
int csqlite_replay_delete_limit_reached(const csqlite_replay *replay) { return replay->delete_limit_reached; }
