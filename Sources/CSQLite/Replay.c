#include "Replay.h"

#include <stdlib.h>

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

int csqlite_prepare(csqlite_replay *replay, sqlite3 *database, const char *text, int count, unsigned flags,
                    sqlite3_stmt **statement, const char **tail) {
  if (!replay) return sqlite3_prepare_v3(database, text, count, flags, statement, tail);
  surroundings_enter(replay->time, replay->memory_budget, &replay->time_is_up);
  int code = sqlite3_prepare_v3(database, text, count, flags, statement, tail);
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
