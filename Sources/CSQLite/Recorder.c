// The preupdate hook: rows inserted, updated and deleted per table, those of triggers, cascades and REPLACE included.
#include <stdlib.h>
#include <string.h>

#include "Replay.h"

static table_record *table_of(csqlite_replay *replay, const char *name, int is_temporary) {
  if (replay->last_table < replay->table_count) {
    table_record *last = &replay->tables[replay->last_table];
    if (last->is_temporary == is_temporary && strcmp(last->name, name) == 0) return last;
  }
  for (size_t i = 0; i < replay->table_count; i++) {
    table_record *table = &replay->tables[i];
    if (table->is_temporary == is_temporary && strcmp(table->name, name) == 0) {
      replay->last_table = i;
      return table;
    }
  }
  if (replay->table_count == replay->table_capacity) {
    size_t capacity = replay->table_capacity ? replay->table_capacity * 2 : 16;
    table_record *tables = realloc(replay->tables, capacity * sizeof *tables);
    if (!tables) return NULL;
    replay->tables = tables;
    replay->table_capacity = capacity;
  }
  char *copy = strdup(name);
  if (!copy) return NULL;
  table_record *table = &replay->tables[replay->table_count];
  *table = (table_record){.name = copy, .is_temporary = is_temporary};
  replay->last_table = replay->table_count++;
  return table;
}

static void clear_counts(table_record *table, uint64_t generation) {
  table->generation = generation;
  memset(table->inserted, 0, sizeof table->inserted);
  memset(table->updated, 0, sizeof table->updated);
  memset(table->deleted, 0, sizeof table->deleted);
  table->unchanged = 0;
  table->inserted_rows.count = table->deleted_rows.count = 0;
}

// A whole number is one value, stored as an integer or not: a REAL column stores 5.0 as 5.
static int whole_number(sqlite3_value *value, int type, int64_t *number) {
  if (type == SQLITE_INTEGER) {
    *number = sqlite3_value_int64(value);
    return 1;
  }
  double real = sqlite3_value_double(value);
  if (!(real >= -9007199254740992.0 && real <= 9007199254740992.0)) return 0;
  *number = (int64_t)real;
  return (double)*number == real;
}

static const void *bytes_of(sqlite3_value *value, int type, size_t *count) {
  const void *bytes = type == SQLITE_BLOB ? sqlite3_value_blob(value) : (const void *)sqlite3_value_text(value);
  *count = (size_t)sqlite3_value_bytes(value);
  return bytes;
}

static int is_number(int type) { return type == SQLITE_INTEGER || type == SQLITE_FLOAT; }

static int are_equal(sqlite3_value *old, sqlite3_value *new) {
  int old_type = sqlite3_value_type(old), new_type = sqlite3_value_type(new);
  if (is_number(old_type) && is_number(new_type)) {
    int64_t old_number, new_number;
    int old_is_whole = whole_number(old, old_type, &old_number);
    int new_is_whole = whole_number(new, new_type, &new_number);
    if (old_is_whole || new_is_whole) return old_is_whole && new_is_whole && old_number == new_number;
    return sqlite3_value_double(old) == sqlite3_value_double(new);
  }
  if (old_type != new_type) return 0;
  if (old_type == SQLITE_NULL) return 1;
  size_t old_count, new_count;
  const void *old_bytes = bytes_of(old, old_type, &old_count);
  const void *new_bytes = bytes_of(new, new_type, &new_count);
  if (old_count != new_count) return 0;
  if (old_count == 0) return 1;
  return old_bytes && new_bytes && memcmp(old_bytes, new_bytes, old_count) == 0;
}

// Whether the row does not store the column: the shadow's rows store every one, so that it is one that the session has added
// since. SQLite gives this one value for all that a row lacks; built with NULL_TRIM it would lack NULLs, too.
static int is_missing(const sqlite3_value *old) {
  return old == sqlite3_column_value(NULL, 0) && !sqlite3_compileoption_used("ENABLE_NULL_TRIM");
}

// Whether an update changed nothing. What cannot be read counts as changed. Virtual columns, which no row stores, are behind
// the others, and out of SQLite's range.
static int is_unchanged(sqlite3 *database, sqlite3_int64 old_key, sqlite3_int64 new_key) {
  if (old_key != new_key) return 0;
  int count = sqlite3_preupdate_count(database);
  for (int i = 0; i < count; i++) {
    sqlite3_value *old, *new;
    int code = sqlite3_preupdate_old(database, i, &old);
    if (code == SQLITE_RANGE) break;
    if (code != SQLITE_OK) return 0;
    if (is_missing(old)) continue;
    if (sqlite3_preupdate_new(database, i, &new) != SQLITE_OK) return 0;
    if (!are_equal(old, new)) return 0;
  }
  return 1;
}

static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
  return hash ^ (hash >> 29);
}

static uint64_t mix_bytes(uint64_t hash, const uint8_t *bytes, size_t count) {
  hash = mix(hash, count);
  while (count > 0) {
    uint64_t word = 0;
    size_t part = count < 8 ? count : 8;
    memcpy(&word, bytes, part);
    hash = mix(hash, word);
    bytes += part;
    count -= part;
  }
  return hash;
}

static int hash_row(sqlite3 *database, int is_new, uint64_t *result) {
  uint64_t hash = UINT64_C(0x51a5e0f3c2b49d87);
  int count = sqlite3_preupdate_count(database);
  for (int i = 0; i < count; i++) {
    sqlite3_value *value;
    int code = is_new ? sqlite3_preupdate_new(database, i, &value) : sqlite3_preupdate_old(database, i, &value);
    if (code == SQLITE_RANGE) break;
    if (code != SQLITE_OK) return 0;
    int type = sqlite3_value_type(value);
    int64_t number;
    if (type == SQLITE_NULL) {
      hash = mix(hash, SQLITE_NULL);
    } else if (is_number(type)) {
      hash = mix(hash, SQLITE_INTEGER);
      if (whole_number(value, type, &number)) {
        hash = mix(hash, (uint64_t)number);
      } else {
        double real = sqlite3_value_double(value);
        uint64_t word;
        memcpy(&word, &real, sizeof word);
        hash = mix(mix(hash, SQLITE_FLOAT), word);
      }
    } else {
      size_t length;
      const void *bytes = bytes_of(value, type, &length);
      if (length && !bytes) return 0;
      hash = mix_bytes(mix(hash, (uint64_t)type), bytes, length);
    }
  }
  *result = hash;
  return 1;
}

static int append_hash(hash_list *list, uint64_t hash) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    uint64_t *values = realloc(list->values, capacity * sizeof *values);
    if (!values) return 0;
    list->values = values;
    list->capacity = capacity;
  }
  list->values[list->count++] = hash;
  return 1;
}

static void track_row(csqlite_replay *replay, hash_list *list, int is_new) {
  uint64_t hash;
  if (!hash_row(replay->database, is_new, &hash) || !append_hash(list, hash)) replay->identity_lost = 1;
}

static void preupdate(void *context, sqlite3 *database, int operation, const char *schema, const char *name,
                      sqlite3_int64 old_key, sqlite3_int64 new_key) {
  csqlite_replay *replay = context;
  if (!replay->is_recording) return;
  int is_temporary = strcmp(schema, "temp") == 0;
  // Any other schema is the one that VACUUM fills.
  if (!is_temporary && strcmp(schema, "main") != 0) return;
  table_record *table = table_of(replay, name, is_temporary);
  if (!table) {
    // A count that is too low would be a false comfort.
    replay->memory_budget_exhausted = 1;
    sqlite3_interrupt(database);
    return;
  }
  if (table->generation != replay->generation) clear_counts(table, replay->generation);
  int indirect = sqlite3_preupdate_depth(database) > 0;
  switch (operation) {
    case SQLITE_INSERT:
      table->inserted[indirect]++;
      if (replay->track_identity) track_row(replay, &table->inserted_rows, 1);
      break;
    case SQLITE_UPDATE:
      table->updated[indirect]++;
      if (is_unchanged(database, old_key, new_key)) table->unchanged++;
      break;
    default:
      table->deleted[indirect]++;
      if (replay->track_identity) track_row(replay, &table->deleted_rows, 0);
      if (++replay->deletes >= replay->delete_limit && replay->delete_limit > 0) {
        replay->delete_limit_reached = 1;
        sqlite3_interrupt(database);
      }
  }
}

static int compare_hashes(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static int64_t net_deleted(hash_list *deleted, hash_list *inserted) {
  if (deleted->count == 0) return 0;
  qsort(deleted->values, deleted->count, sizeof *deleted->values, compare_hashes);
  if (inserted->count) qsort(inserted->values, inserted->count, sizeof *inserted->values, compare_hashes);
  size_t d = 0, i = 0;
  int64_t net = 0;
  while (d < deleted->count) {
    while (i < inserted->count && inserted->values[i] < deleted->values[d]) i++;
    if (i < inserted->count && inserted->values[i] == deleted->values[d]) {
      i++;
    } else {
      net++;
    }
    d++;
  }
  return net;
}

size_t csqlite_replay_table_count(const csqlite_replay *replay) { return replay->table_count; }

int csqlite_replay_table(csqlite_replay *replay, size_t index, csqlite_table_counts *counts) {
  table_record *table = &replay->tables[index];
  if (table->generation != replay->generation) return 0;
  counts->table = table->name;
  counts->is_temporary = table->is_temporary;
  memcpy(counts->inserted, table->inserted, sizeof counts->inserted);
  memcpy(counts->updated, table->updated, sizeof counts->updated);
  memcpy(counts->deleted, table->deleted, sizeof counts->deleted);
  counts->unchanged = table->unchanged;
  counts->net_deleted = replay->track_identity && !replay->identity_lost
                          ? net_deleted(&table->deleted_rows, &table->inserted_rows)
                          : -1;
  return 1;
}

void recorder_install(csqlite_replay *replay) { sqlite3_preupdate_hook(replay->database, preupdate, replay); }

void recorder_free(csqlite_replay *replay) {
  for (size_t i = 0; i < replay->table_count; i++) {
    free(replay->tables[i].name);
    free(replay->tables[i].inserted_rows.values);
    free(replay->tables[i].deleted_rows.values);
  }
  free(replay->tables);
}
