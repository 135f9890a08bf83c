#pragma once
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#define SQLITE_ENABLE_SESSION 1
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "CSQLiteReplay.h"
#include "CSQLiteRows.h"

// What Swift cannot call (variadics, cast macros) and what would cost too much there.

// Configures the library once per process; every open goes through it. Returns a result code.
int csqlite_initialize(void);

// sqlite3_db_config for the options that take an int.
int csqlite_db_config(sqlite3 *database, int option, int value);

// Binds a copy of the bytes. An empty range binds an empty value, never NULL.
int csqlite_bind_text(sqlite3_stmt *statement, int index, const uint8_t *bytes, size_t count);
int csqlite_bind_blob(sqlite3_stmt *statement, int index, const uint8_t *bytes, size_t count);

// The bytes of a column: of a blob as they are, of a text or number as UTF-8 text, NULL for NULL.
// Asking again for the same row gives the same pointer.
const uint8_t *csqlite_column_bytes(sqlite3_stmt *statement, int column, size_t *count);

// Replaces `main` by a writable copy of an image, which may grow up to `size_limit` bytes (0: the library's limit).
int csqlite_deserialize(sqlite3 *database, const uint8_t *image, size_t count, int64_t size_limit);
