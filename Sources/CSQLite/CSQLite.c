#include "CSQLite.h"

#include <pthread.h>
#include <string.h>

#include "Replay.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialized = SQLITE_MISUSE;

static void initialize(void) {
  initialized = surroundings_configure();
  if (initialized == SQLITE_OK) initialized = sqlite3_initialize();
  if (initialized == SQLITE_OK) initialized = surroundings_register();
}

int csqlite_initialize(void) {
  pthread_once(&once, initialize);
  return initialized;
}

int csqlite_db_config(sqlite3 *database, int option, int value) {
  return sqlite3_db_config(database, option, value, (int *)0);
}

int csqlite_bind_text(sqlite3_stmt *statement, int index, const uint8_t *bytes, size_t count) {
  if (count == 0) return sqlite3_bind_text(statement, index, "", 0, SQLITE_STATIC);
  return sqlite3_bind_text64(statement, index, (const char *)bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

int csqlite_bind_blob(sqlite3_stmt *statement, int index, const uint8_t *bytes, size_t count) {
  if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

const uint8_t *csqlite_column_bytes(sqlite3_stmt *statement, int column, size_t *count) {
  const uint8_t *bytes = NULL;
  *count = 0;
  // A blob is never asked for as text, nor a text as a blob: a conversion could move the bytes
  // that an earlier call handed out.
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return NULL;
    case SQLITE_BLOB: bytes = sqlite3_column_blob(statement, column); break;
    default: bytes = sqlite3_column_text(statement, column);
  }
  *count = (size_t)sqlite3_column_bytes(statement, column);
  return bytes;
}

int csqlite_deserialize(sqlite3 *database, const uint8_t *image, size_t count, int64_t size_limit) {
  // Room to grow, so that the first inserted page does not move the whole image.
  size_t capacity = count + count / 16 + 65536;
  uint8_t *copy = sqlite3_malloc64(capacity);
  if (!copy) return SQLITE_NOMEM;
  if (count) memcpy(copy, image, count);
  // An image in memory has no write-ahead log; it is complete without one.
  if (count > 19) {
    if (copy[18] == 2) copy[18] = 1;
    if (copy[19] == 2) copy[19] = 1;
  }
  int code = sqlite3_deserialize(database, "main", copy, (sqlite3_int64)count, (sqlite3_int64)capacity,
                                 SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  if (code == SQLITE_OK && size_limit > 0) {
    sqlite3_int64 limit = size_limit;
    code = sqlite3_file_control(database, "main", SQLITE_FCNTL_SIZE_LIMIT, &limit);
  }
  return code;
}
