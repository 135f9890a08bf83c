#pragma once
#include <stdatomic.h>
#include <time.h>

#include "CSQLite.h"

typedef struct {
  uint64_t *values;
  size_t count, capacity;
} hash_list;

typedef struct {
  char *name;
  int is_temporary;
  uint64_t generation;  // the statement that the counts belong to
  int64_t inserted[2], updated[2], deleted[2], unchanged;
  hash_list inserted_rows, deleted_rows;
} table_record;

typedef struct {
  uint64_t hash;
  int action, is_refused, is_during_step;
  uint32_t arguments[4];  // offsets into the texts, NO_TEXT for NULL
} access_record;

#define NO_TEXT UINT32_MAX

struct csqlite_replay {
  sqlite3 *database;
  int is_recording, is_stepping, is_vacuum_allowed, is_like_case_sensitive;
  sqlite3 *inner;  // a plain connection for functions of the library that run within a bound
  sqlite3_stmt *patch;

  int64_t time;
  uint64_t random;

  int64_t step_budget, steps_left, memory_budget, delete_limit, deletes;
  int step_budget_exhausted, memory_budget_exhausted, delete_limit_reached;

  // Under the watchdog's lock, but for time_is_up.
  csqlite_replay *next;
  clockid_t clock;
  int64_t watched_since, time_limit;
  int is_watched;
  atomic_int time_is_up;

  uint64_t generation;
  size_t views;  // that this connection made
  int track_identity, identity_lost;
  table_record *tables;
  size_t table_count, table_capacity, last_table;

  access_record *accesses;
  size_t access_count, access_capacity;
  uint32_t *slots;  // open addressing over accesses, index + 1
  size_t slot_count;
  char *texts;
  size_t text_count, text_capacity;
};

// Recorder.c
void recorder_install(csqlite_replay *replay);
void recorder_free(csqlite_replay *replay);

// Authorizer.c
void authorizer_install(csqlite_replay *replay);
void authorizer_reset(csqlite_replay *replay);
void authorizer_free(csqlite_replay *replay);

// Functions.c
int functions_install(csqlite_replay *replay);
void functions_free(csqlite_replay *replay);

// TextFunctions.c
int text_functions_install(csqlite_replay *replay);

// Watchdog.c
int watchdog_add(csqlite_replay *replay);
void watchdog_remove(csqlite_replay *replay);

// Counts work as steps of the statement, so that a long call of one function ends at the same place on every machine;
// 0 where the statement has to end.
int replay_charge(csqlite_replay *replay, int64_t steps);

// Surroundings.c: memory, clock, files
int surroundings_configure(void);
int surroundings_register(void);
void surroundings_enter(int64_t time, int64_t memory_budget, const atomic_int *time_is_up);
int surroundings_leave(void);  // whether the memory budget was exceeded
