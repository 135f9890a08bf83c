#pragma once
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

// Rows as bytes, for digests: the same bytes where a row is written and where it is read.
//
// A row is its columns in order, a column one or more words of eight bytes, least first: an integer is itself, NULL is the
// least integer. Anything else begins with a mark, one of the six integers above that: 1 a text, 2 a blob (their length, then
// the bytes), 3 a real (its bits), 4 an integer that is NULL's word or a mark itself.
typedef struct csqlite_rows csqlite_rows;

// A row of the table with the number `table` came (`is_new`) or went. `part` is the value of the column that was named.
typedef void (*csqlite_row_change)(void *context, int table, int64_t part, int is_new, const uint8_t *bytes,
                                   size_t count);

// Makes the state of a connection; NULL where memory is missing. Free it after the close.
csqlite_rows *csqlite_rows_open(sqlite3 *database, csqlite_row_change change, void *context);
void csqlite_rows_free(csqlite_rows *rows);

// Tells the changes of one more table of `main`. `part_column` is -1 where no column says the part. Inserts may be left to
// the caller. Returns the table's number, from 0, or -1 where memory is missing.
int csqlite_rows_watch(csqlite_rows *rows, const char *table, int part_column, int skip_inserts);

// While off, nothing is told.
void csqlite_rows_set_watching(csqlite_rows *rows, int watching);

// Whether a change could not be told for lack of memory.
int csqlite_rows_failed(const csqlite_rows *rows);

// The bytes of the statement's present row, valid until the next call; NULL where memory is missing.
const uint8_t *csqlite_rows_read(csqlite_rows *rows, sqlite3_stmt *statement, int part_column, int64_t *part,
                                 size_t *count);
