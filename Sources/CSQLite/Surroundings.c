// What a statement can see of the machine: memory, the clock, files. A shadow gets a budget, a given time and no file.
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "Replay.h"

// Unix time 0 as SQLite counts: milliseconds of the Julian day.
#define UNIX_EPOCH INT64_C(210866760000000)

static _Thread_local int64_t current_time;
static _Thread_local int64_t memory_used, memory_limit;
static _Thread_local int memory_exceeded;
static _Thread_local const atomic_int *stop;

static int refuses_memory(int64_t growth) {
  // What works for long without a step, such as the planner, still asks for memory.
  if (stop && atomic_load_explicit(stop, memory_order_relaxed)) return 1;
  if (memory_limit == 0 || memory_used + growth <= memory_limit) return 0;
  memory_exceeded = 1;
  return 1;
}

static void *memory_allocate(int count) {
  if (refuses_memory(count)) return NULL;
  void *block = malloc((size_t)count);
  if (block && memory_limit) memory_used += (int64_t)malloc_usable_size(block);
  return block;
}

static void memory_release(void *block) {
  if (memory_limit) memory_used -= (int64_t)malloc_usable_size(block);
  free(block);
}

static void *memory_resize(void *block, int count) {
  int64_t before = (int64_t)malloc_usable_size(block);
  if (count > before && refuses_memory(count - before)) return NULL;
  void *resized = realloc(block, (size_t)count);
  if (resized && memory_limit) memory_used += (int64_t)malloc_usable_size(resized) - before;
  return resized;
}

static int memory_size(void *block) { return block ? (int)malloc_usable_size(block) : 0; }
static int memory_round(int count) { return (count + 7) & ~7; }
static int memory_start(void *unused) { (void)unused; return SQLITE_OK; }
static void memory_stop(void *unused) { (void)unused; }

static const sqlite3_mem_methods memory_methods = {
  memory_allocate, memory_release, memory_resize, memory_size, memory_round, memory_start, memory_stop, NULL};

// 'localtime' must not depend on the machine's time zone.
static int utc_local_time(const void *seconds, void *parts) {
  return gmtime_r((const time_t *)seconds, (struct tm *)parts) == NULL;
}

int surroundings_configure(void) {
  int code = sqlite3_config(SQLITE_CONFIG_MALLOC, &memory_methods);
  // The library's own statistics take a process-wide lock at every allocation.
  if (code == SQLITE_OK) code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  return code;
}

void surroundings_enter(int64_t time, int64_t memory_budget, const atomic_int *time_is_up) {
  current_time = time;
  memory_used = 0;
  memory_exceeded = 0;
  memory_limit = memory_budget;
  stop = time_is_up;
}

int surroundings_leave(void) {
  memory_limit = 0;
  stop = NULL;
  return memory_exceeded;
}

static int files_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)vfs, (void)name, (void)flags, (void)out;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}

static int files_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)name, (void)sync;
  return SQLITE_IOERR_DELETE;
}

static int files_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)vfs, (void)name, (void)flags;
  *result = 0;
  return SQLITE_OK;
}

static int files_full_path(sqlite3_vfs *vfs, const char *name, int count, char *path) {
  (void)vfs;
  sqlite3_snprintf(count, path, "%s", name);
  return SQLITE_OK;
}

static void *files_load_library(sqlite3_vfs *vfs, const char *name) {
  (void)vfs, (void)name;
  return NULL;
}

static void files_load_error(sqlite3_vfs *vfs, int count, char *message) {
  (void)vfs;
  sqlite3_snprintf(count, message, "a shadow loads no library");
}

static int clock_milliseconds(sqlite3_vfs *vfs, sqlite3_int64 *time) {
  (void)vfs;
  *time = current_time + UNIX_EPOCH;
  return SQLITE_OK;
}

static int clock_days(sqlite3_vfs *vfs, double *time) {
  (void)vfs;
  *time = (double)(current_time + UNIX_EPOCH) / 86400000.0;
  return SQLITE_OK;
}

const char *const csqlite_replay_vfs = "assay-shadow";

int surroundings_register(void) {
  static sqlite3_vfs vfs;
  const sqlite3_vfs *system = sqlite3_vfs_find(NULL);
  if (!system) return SQLITE_ERROR;
  vfs = *system;
  vfs.pNext = NULL;
  vfs.zName = csqlite_replay_vfs;
  if (vfs.iVersion > 2) vfs.iVersion = 2;
  vfs.xOpen = files_open;
  vfs.xDelete = files_delete;
  vfs.xAccess = files_access;
  vfs.xFullPathname = files_full_path;
  vfs.xDlOpen = files_load_library;
  vfs.xDlError = files_load_error;
  vfs.xCurrentTime = clock_days;
  vfs.xCurrentTimeInt64 = clock_milliseconds;
  int code = sqlite3_vfs_register(&vfs, 0);
  if (code == SQLITE_OK) code = sqlite3_test_control(SQLITE_TESTCTRL_LOCALTIME_FAULT, 2, utc_local_time);
  return code;
}
