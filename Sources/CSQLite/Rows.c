// Rows as bytes, and the hook that tells of each row that comes or goes.
#include <stdlib.h>
#include <string.h>

#include "CSQLite.h"

typedef struct {
  char *name;
  int part_column, skip_inserts;
} watched_table;

struct csqlite_rows {
  sqlite3 *database;
  csqlite_row_change change;
  void *context;
  watched_table *tables;
  int table_count, last_table;
  uint8_t *bytes;
  size_t count, capacity;
  int failed;
};

static int reserve(csqlite_rows *rows, size_t more) {
  if (more <= rows->capacity - rows->count) return 1;
  size_t capacity = rows->capacity ? rows->capacity : 1024;
  while (capacity - rows->count < more) {
    if (capacity > SIZE_MAX / 2) return 0;
    capacity *= 2;
  }
  uint8_t *bytes = realloc(rows->bytes, capacity);
  if (!bytes) return 0;
  rows->bytes = bytes;
  rows->capacity = capacity;
  return 1;
}

static int put(csqlite_rows *rows, int64_t word) {
  if (!reserve(rows, 8)) return 0;
  // Through a pointer of its own, so that the compiler makes one store of it.
  uint8_t *place = rows->bytes + rows->count;
  for (int i = 0; i < 8; i++) place[i] = (uint8_t)((uint64_t)word >> (8 * i));
  rows->count += 8;
  return 1;
}

static const int64_t null_word = INT64_MIN;
static const int64_t last_mark = INT64_MIN + 6;

static int put_bytes(csqlite_rows *rows, int64_t mark, const void *bytes, int count) {
  if (count < 0 || (count > 0 && !bytes)) return 0;
  if (!put(rows, null_word + mark) || !put(rows, count) || !reserve(rows, (size_t)count)) return 0;
  if (count > 0) memcpy(rows->bytes + rows->count, bytes, (size_t)count);
  rows->count += (size_t)count;
  return 1;
}

static int put_value(csqlite_rows *rows, sqlite3_value *value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: {
      int64_t number = sqlite3_value_int64(value);
      if (number <= last_mark && !put(rows, null_word + 4)) return 0;
      return put(rows, number);
    }
    case SQLITE_FLOAT: {
      double real = sqlite3_value_double(value);
      int64_t bits;
      memcpy(&bits, &real, sizeof bits);
      return put(rows, null_word + 3) && put(rows, bits);
    }
    case SQLITE_TEXT: {
      const void *text = sqlite3_value_text(value);
      return put_bytes(rows, 1, text, sqlite3_value_bytes(value));
    }
    case SQLITE_BLOB: {
      const void *blob = sqlite3_value_blob(value);
      return put_bytes(rows, 2, blob, sqlite3_value_bytes(value));
    }
    default: return put(rows, null_word);
  }
}

static int64_t part_of(sqlite3_value *value) {
  return value && sqlite3_value_type(value) == SQLITE_INTEGER ? sqlite3_value_int64(value) : 0;
}

static void tell(csqlite_rows *rows, int number, int is_new) {
  const watched_table *table = &rows->tables[number];
  int count = sqlite3_preupdate_count(rows->database);
  int64_t part = 0;
  rows->count = 0;
  for (int i = 0; i < count; i++) {
    sqlite3_value *value;
    int code = is_new ? sqlite3_preupdate_new(rows->database, i, &value) : sqlite3_preupdate_old(rows->database, i, &value);
    if (code != SQLITE_OK || !put_value(rows, value)) {
      rows->failed = 1;
      return;
    }
    if (i == table->part_column) part = part_of(value);
  }
  rows->change(rows->context, number, part, is_new, rows->bytes, rows->count);
}

static int number_of(csqlite_rows *rows, const char *name) {
  if (rows->last_table < rows->table_count && strcmp(rows->tables[rows->last_table].name, name) == 0) {
    return rows->last_table;
  }
  for (int i = 0; i < rows->table_count; i++) {
    if (strcmp(rows->tables[i].name, name) == 0) return rows->last_table = i;
  }
  return -1;
}

static void changed(void *context, sqlite3 *database, int operation, const char *schema, const char *name,
                    sqlite3_int64 old_key, sqlite3_int64 new_key) {
  (void)database, (void)old_key, (void)new_key;
  csqlite_rows *rows = context;
  if (strcmp(schema, "main") != 0) return;
  int number = number_of(rows, name);
  if (number < 0) return;
  if (operation == SQLITE_INSERT && rows->tables[number].skip_inserts) return;
  if (operation != SQLITE_INSERT) tell(rows, number, 0);
  if (operation != SQLITE_DELETE) tell(rows, number, 1);
}

csqlite_rows *csqlite_rows_open(sqlite3 *database, csqlite_row_change change, void *context) {
  csqlite_rows *rows = calloc(1, sizeof *rows);
  if (!rows) return NULL;
  rows->database = database;
  rows->change = change;
  rows->context = context;
  csqlite_rows_set_watching(rows, 1);
  return rows;
}

void csqlite_rows_free(csqlite_rows *rows) {
  if (!rows) return;
  for (int i = 0; i < rows->table_count; i++) free(rows->tables[i].name);
  free(rows->tables);
  free(rows->bytes);
  free(rows);
}

int csqlite_rows_watch(csqlite_rows *rows, const char *table, int part_column, int skip_inserts) {
  watched_table *tables = realloc(rows->tables, ((size_t)rows->table_count + 1) * sizeof *tables);
  if (!tables) return -1;
  rows->tables = tables;
  char *name = strdup(table);
  if (!name) return -1;
  tables[rows->table_count] = (watched_table){name, part_column, skip_inserts};
  return rows->table_count++;
}

void csqlite_rows_set_watching(csqlite_rows *rows, int watching) {
  sqlite3_preupdate_hook(rows->database, watching ? changed : NULL, rows);
}

int csqlite_rows_failed(const csqlite_rows *rows) { return rows->failed; }

const uint8_t *csqlite_rows_read(csqlite_rows *rows, sqlite3_stmt *statement, int part_column, int64_t *part,
                                 size_t *count) {
  int columns = sqlite3_column_count(statement);
  *part = 0;
  rows->count = 0;
  for (int i = 0; i < columns; i++) {
    sqlite3_value *value = sqlite3_column_value(statement, i);
    if (!put_value(rows, value)) return NULL;
    if (i == part_column) *part = part_of(value);
  }
  *count = rows->count;
  return rows->bytes;
}
