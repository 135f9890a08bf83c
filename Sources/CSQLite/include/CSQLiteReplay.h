#pragma once
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

// What a shadow connection adds to a database in memory: a wall around it, a clock and a random source that are given,
// budgets, and a record of what each statement touched. All state is per connection; one thread uses it at a time.
typedef struct csqlite_replay csqlite_replay;

// The name of the file system layer that opens no file and tells the given time. Only after csqlite_initialize.
extern const char *const csqlite_replay_vfs;

// Makes the state of a connection and installs its hooks; NULL where memory or a thread is missing. Retire it before the
// close, free it after.
csqlite_replay *csqlite_replay_open(sqlite3 *database);
void csqlite_replay_retire(csqlite_replay *replay);
void csqlite_replay_free(csqlite_replay *replay);

// Budgets of a statement; 0 is none. Steps are counted in thousands, memory is net growth within one call. The time is
// what one thread works between start_clock and stop_clock.
void csqlite_replay_set_budgets(csqlite_replay *replay, int64_t steps, int64_t memory, int64_t deletes,
                                int64_t nanoseconds);

// Both from the thread that runs the statements. Once the time is up, everything on the connection fails until the clock
// starts again; stop_clock says whether it was. What was done by then depends on the machine: throw it away.
void csqlite_replay_start_clock(csqlite_replay *replay);
int csqlite_replay_stop_clock(csqlite_replay *replay);

// Forgets the last statement. Time is in milliseconds since 1970.
void csqlite_replay_begin(csqlite_replay *replay, int64_t time, uint64_t seed, int track_identity);

// While off, nothing is recorded and no budget but the memory's holds; refusals stay.
void csqlite_replay_set_recording(csqlite_replay *replay, int recording);
int csqlite_replay_is_recording(const csqlite_replay *replay);

// The most views of a shadow, and the most that one connection makes.
enum { CSQLITE_MOST_VIEWS = 1000 };

// As the sqlite3 calls; without a replay exactly those.
int csqlite_prepare(csqlite_replay *replay, sqlite3 *database, const char *text, int count, unsigned flags,
                    sqlite3_stmt **statement, const char **tail);
int csqlite_replay_step(csqlite_replay *replay, sqlite3_stmt *statement);

static inline int csqlite_step(csqlite_replay *replay, sqlite3_stmt *statement) {
  return replay ? csqlite_replay_step(replay, statement) : sqlite3_step(statement);
}

int csqlite_replay_step_budget_exhausted(const csqlite_replay *replay);
int csqlite_replay_memory_budget_exhausted(const csqlite_replay *replay);
int csqlite_replay_delete_limit_reached(const csqlite_replay *replay);

// One table's counts, [0] direct, [1] by triggers, cascades and other indirect ways.
typedef struct {
  const char *table;
  int is_temporary;
  int64_t inserted[2], updated[2], deleted[2];
  int64_t unchanged;    // updates that left every value as it was
  int64_t net_deleted;  // deleted less identical rows inserted; -1 where identity was not tracked
} csqlite_table_counts;

size_t csqlite_replay_table_count(const csqlite_replay *replay);
int csqlite_replay_table(csqlite_replay *replay, size_t index, csqlite_table_counts *counts);

// One distinct call of the authorizer, in order of appearance.
typedef struct {
  int action;
  int is_refused;
  int is_during_step;
  const char *arguments[4];
} csqlite_access;

size_t csqlite_replay_access_count(const csqlite_replay *replay);
void csqlite_replay_access(const csqlite_replay *replay, size_t index, csqlite_access *access);
