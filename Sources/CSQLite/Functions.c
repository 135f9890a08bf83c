// SQL functions of a shadow: random numbers from a given seed, file functions that exist only to be refused, and what the
// library does in a time that grows with the square of its input, behind a bound.
#include "Replay.h"

// Since SQLite 3.45 a function has to say that its results have a subtype.
#ifdef SQLITE_RESULT_SUBTYPE
#define RESULT_SUBTYPE SQLITE_RESULT_SUBTYPE
#else
#define RESULT_SUBTYPE 0
#endif

// splitmix64 (Steele, Lea, Flood 2014).
static uint64_t next_random(csqlite_replay *replay) {
  uint64_t value = replay->random += UINT64_C(0x9e3779b97f4a7c15);
  value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
  return value ^ (value >> 31);
}

static void random_integer(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count, (void)values;
  int64_t value = (int64_t)next_random(sqlite3_user_data(context));
  // As the built-in one: never the smallest integer, so that abs(random()) cannot overflow.
  sqlite3_result_int64(context, value == INT64_MIN ? 0 : value);
}

static void random_blob(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  sqlite3_int64 size = sqlite3_value_int64(values[0]);
  if (size < 1) size = 1;
  if (size > sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1)) {
    sqlite3_result_error_toobig(context);
    return;
  }
  unsigned char *bytes = sqlite3_malloc64((sqlite3_uint64)size);
  if (!bytes) {
    sqlite3_result_error_nomem(context);
    return;
  }
  csqlite_replay *replay = sqlite3_user_data(context);
  for (sqlite3_int64 i = 0; i < size; i += 8) {
    uint64_t word = next_random(replay);
    for (sqlite3_int64 j = i; j < size && j < i + 8; j++, word >>= 8) bytes[j] = (unsigned char)word;
  }
  sqlite3_result_blob64(context, bytes, (sqlite3_uint64)size, sqlite3_free);
}

static void refused(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count, (void)values;
  sqlite3_result_error(context, "not authorized", -1);
}

// Keys of both objects are compared with each other. Two of 256 KiB take some seconds.
#define MOST_PATCHED (INT64_C(1) << 36)

static int prepare_patch(csqlite_replay *replay) {
  if (replay->patch) return SQLITE_OK;
  if (!replay->inner) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(":memory:", &replay->inner, flags, csqlite_replay_vfs);
    if (code != SQLITE_OK) return code;
  }
  sqlite3_limit(replay->inner, SQLITE_LIMIT_LENGTH, sqlite3_limit(replay->database, SQLITE_LIMIT_LENGTH, -1));
  return sqlite3_prepare_v2(replay->inner, "SELECT json_patch(?1, ?2)", -1, &replay->patch, NULL);
}

static void json_patch(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  csqlite_replay *replay = sqlite3_user_data(context);
  int64_t product = (int64_t)sqlite3_value_bytes(values[0]) * sqlite3_value_bytes(values[1]);
  if (product > MOST_PATCHED) replay->step_budget_exhausted = 1;
  if (product > MOST_PATCHED || !replay_charge(replay, product / 4096)) {
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    return;
  }
  int code = prepare_patch(replay);
  if (code == SQLITE_OK) code = sqlite3_bind_value(replay->patch, 1, values[0]);
  if (code == SQLITE_OK) code = sqlite3_bind_value(replay->patch, 2, values[1]);
  if (code == SQLITE_OK) code = sqlite3_step(replay->patch);
  if (code == SQLITE_ROW) {
    sqlite3_result_value(context, sqlite3_column_value(replay->patch, 0));
    sqlite3_result_subtype(context, 'J');
  } else if (replay->patch) {
    sqlite3_result_error(context, sqlite3_errmsg(replay->inner), -1);
    if (code == SQLITE_NOMEM || code == SQLITE_TOOBIG) sqlite3_result_error_code(context, code);
  } else {
    sqlite3_result_error_code(context, code);
  }
  if (replay->patch) {
    sqlite3_reset(replay->patch);
    sqlite3_clear_bindings(replay->patch);
  }
}

void functions_free(csqlite_replay *replay) {
  sqlite3_finalize(replay->patch);
  sqlite3_close(replay->inner);
}

int functions_install(csqlite_replay *replay) {
  sqlite3 *database = replay->database;
  const int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
  int code = sqlite3_create_function_v2(database, "random", 0, flags, replay, random_integer, NULL, NULL, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_create_function_v2(database, "randomblob", 1, flags, replay, random_blob, NULL, NULL, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_create_function_v2(database, "json_patch", 2, flags | SQLITE_DETERMINISTIC | RESULT_SUBTYPE, replay,
                                      json_patch, NULL, NULL, NULL);
  // Without these, functions of the command-line shell, or unsafe ones in a view, would fail before the authorizer
  // sees them, and the escape would not be on record. They do nothing, hence innocuous.
  static const char *const file_functions[] = {"readfile", "writefile", "edit", "load_extension", "fts3_tokenizer"};
  for (size_t i = 0; code == SQLITE_OK && i < sizeof file_functions / sizeof *file_functions; i++)
    code = sqlite3_create_function_v2(database, file_functions[i], -1, flags, NULL, refused, NULL, NULL, NULL);
  return code;
}
