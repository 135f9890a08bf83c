// Functions that search a text, with the results of the library's own. Those compare every place of one argument with all
// of another: a minute for a megabyte, hours for sixteen, and all of it one step of the virtual machine. Here the work is
// linear, or it is counted as steps and can be stopped.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "Replay.h"

// Comparisons that count as one step.
#define WORK_PER_STEP 16
#define WORK_PER_CHARGE 65536

typedef struct {
  csqlite_replay *replay;
  int64_t work;
  int is_stopped;
} meter;

// Whether the call may go on.
static int add_work(meter *meter, int64_t work) {
  if (meter->is_stopped) return 0;
  meter->work += work;
  if (meter->work < WORK_PER_CHARGE) return 1;
  if (!replay_charge(meter->replay, meter->work / WORK_PER_STEP)) meter->is_stopped = 1;
  meter->work = 0;
  return !meter->is_stopped;
}

static void stop_call(sqlite3_context *context) { sqlite3_result_error_code(context, SQLITE_INTERRUPT); }

static int continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// MARK: instr, replace

// The position of the needle, counted from 1 in characters of a text or bytes of a blob; 0 where it is not.
static int64_t position_of(const unsigned char *needle, size_t needle_length, const unsigned char *hay, size_t length,
                           int is_text, meter *meter) {
  if (needle_length == 0) return 1;
  if (needle_length > length) return 0;
  const unsigned char *place = hay, *end = hay + length;
  while ((place = memmem(place, (size_t)(end - place), needle, needle_length))) {
    // A text is not searched from the middle of a character.
    if (!is_text || place == hay || !continues(*place)) break;
    place++;
    if (!add_work(meter, (int64_t)needle_length)) return 0;
  }
  if (!place) return 0;
  if (!is_text) return place - hay + 1;
  int64_t position = 1;
  for (const unsigned char *byte = hay + 1; byte <= place; byte++) position += !continues(*byte);
  return position;
}

static void instr(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  int types[2] = {sqlite3_value_type(values[0]), sqlite3_value_type(values[1])};
  if (types[0] == SQLITE_NULL || types[1] == SQLITE_NULL) return;
  int is_text = types[0] != SQLITE_BLOB || types[1] != SQLITE_BLOB, is_complete = 1;
  sqlite3_value *copies[2] = {NULL, NULL};
  const unsigned char *bytes[2];
  size_t lengths[2];
  for (int i = 0; i < 2; i++) {
    sqlite3_value *value = values[i];
    // To ask a blob for its text would change it for what comes after.
    if (is_text && types[i] == SQLITE_BLOB) value = copies[i] = sqlite3_value_dup(value);
    bytes[i] = is_text ? sqlite3_value_text(value) : sqlite3_value_blob(value);
    lengths[i] = (size_t)sqlite3_value_bytes(value);
    if (!bytes[i] && (is_text || lengths[i])) is_complete = 0;
  }
  meter meter = {.replay = sqlite3_user_data(context)};
  if (is_complete)
    sqlite3_result_int64(context, position_of(bytes[1], lengths[1], bytes[0], lengths[0], is_text, &meter));
  else
    sqlite3_result_error_nomem(context);
  if (meter.is_stopped) stop_call(context);
  for (int i = 0; i < 2; i++) sqlite3_value_free(copies[i]);
}

static void replace(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  const unsigned char *texts[3];
  size_t lengths[3];
  for (int i = 0; i < 3; i++) {
    if (!(texts[i] = sqlite3_value_text(values[i]))) return;
    lengths[i] = (size_t)sqlite3_value_bytes(values[i]);
    if (i == 1 && texts[1][0] == 0) {
      sqlite3_result_value(context, values[0]);
      return;
    }
  }
  const unsigned char *end = texts[0] + lengths[0], *rest = texts[0], *place;
  sqlite3_uint64 found = 0;
  for (; (place = memmem(rest, (size_t)(end - rest), texts[1], lengths[1])); rest = place + lengths[1]) found++;
  sqlite3_uint64 length = lengths[0] - found * lengths[1] + found * lengths[2];
  if (length > (sqlite3_uint64)sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1)) {
    sqlite3_result_error_toobig(context);
    return;
  }
  unsigned char *result = sqlite3_malloc64(length + 1), *next = result;
  if (!result) {
    sqlite3_result_error_nomem(context);
    return;
  }
  for (rest = texts[0]; (place = memmem(rest, (size_t)(end - rest), texts[1], lengths[1])); rest = place + lengths[1]) {
    next = mempcpy(next, rest, (size_t)(place - rest));
    next = mempcpy(next, texts[2], lengths[2]);
  }
  memcpy(next, rest, (size_t)(end - rest));
  sqlite3_result_text64(context, (const char *)result, length, sqlite3_free, SQLITE_UTF8);
}

// MARK: trim, ltrim, rtrim

enum { LEFT = 1, RIGHT = 2 };

// The next character of a set of characters.
static size_t character_length(const unsigned char *text, size_t rest) {
  size_t length = 1;
  if (text[0] >= 0xc0)
    while (length < rest && continues(text[length])) length++;
  return length;
}

// The length of the set's character that stands at one end of the text, 0 for none.
static size_t trimmed(meter *meter, const unsigned char *text, size_t length, const unsigned char *set, size_t set_length,
                      int is_left) {
  for (size_t i = 0, width; i < set_length; i += width) {
    width = character_length(set + i, set_length - i);
    if (!add_work(meter, 1 + (int64_t)width / 16)) return 0;
    if (width <= length && memcmp(is_left ? text : text + length - width, set + i, width) == 0) return width;
  }
  return 0;
}

static void trim(sqlite3_context *context, int count, sqlite3_value **values, int sides) {
  const unsigned char *text = sqlite3_value_text(values[0]), *set = (const unsigned char *)" ";
  if (sqlite3_value_type(values[0]) == SQLITE_NULL || !text) return;
  size_t length = (size_t)sqlite3_value_bytes(values[0]), set_length = 1, width;
  if (count == 2) {
    if (!(set = sqlite3_value_text(values[1]))) return;
    set_length = (size_t)sqlite3_value_bytes(values[1]);
  }
  meter meter = {.replay = sqlite3_user_data(context)};
  while (sides & LEFT && length && (width = trimmed(&meter, text, length, set, set_length, 1))) {
    text += width;
    length -= width;
  }
  while (sides & RIGHT && length && (width = trimmed(&meter, text, length, set, set_length, 0))) length -= width;
  if (meter.is_stopped)
    stop_call(context);
  else
    sqlite3_result_text64(context, (const char *)text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void trim_both(sqlite3_context *context, int count, sqlite3_value **values) {
  trim(context, count, values, LEFT | RIGHT);
}
static void trim_left(sqlite3_context *context, int count, sqlite3_value **values) { trim(context, count, values, LEFT); }
static void trim_right(sqlite3_context *context, int count, sqlite3_value **values) {
  trim(context, count, values, RIGHT);
}

// MARK: LIKE, GLOB

typedef struct {
  uint32_t all, one, escape;  // 0 for none
  int has_sets, is_case_sensitive;
  meter meter;
} pattern_rules;

enum { MATCH, NO_MATCH, NO_MATCH_ANYWHERE, WILDCARD };

// As the library reads a character: what is no character becomes U+FFFD.
static uint32_t read_character(const unsigned char **text) {
  uint32_t character = *(*text)++;
  if (character < 0xc0) return character;
  character = character < 0xe0   ? character & 0x1f
              : character < 0xf0 ? character & 0x0f
              : character < 0xf8 ? character & 0x07
              : character < 0xfc ? character & 0x03
              : character < 0xfe ? character & 0x01
                                 : 0;
  while (continues(**text)) character = (character << 6) + (*(*text)++ & 0x3f);
  if (character < 0x80 || (character & 0xfffff800) == 0xd800 || (character & 0xfffffffe) == 0xfffe) return 0xfffd;
  return character;
}

static int is_same(uint32_t left, uint32_t right, const pattern_rules *rules) {
  if (left == right) return 1;
  if (rules->is_case_sensitive) return 0;
  uint32_t small = left | 0x20;
  return small == (right | 0x20) && small - 'a' < 26 && left < 0x80 && right < 0x80;
}

// Whether the character is in the set `[…]` that starts at the pattern, which then points past it.
static int is_in_set(const unsigned char **pattern, uint32_t character, meter *meter) {
  uint32_t before = 0;
  int is_found = 0, is_inverted = 0;
  uint32_t next = read_character(pattern);
  if (next == '^') {
    is_inverted = 1;
    next = read_character(pattern);
  }
  if (next == ']') {
    is_found = character == ']';
    next = read_character(pattern);
  }
  while (next && next != ']') {
    if (!add_work(meter, 1)) return 0;
    if (next == '-' && **pattern != ']' && **pattern != 0 && before > 0) {
      next = read_character(pattern);
      if (character >= before && character <= next) is_found = 1;
      before = 0;
    } else {
      if (character == next) is_found = 1;
      before = next;
    }
    next = read_character(pattern);
  }
  return next && is_found != is_inverted;
}

// Compares up to the next wildcard that takes any number of characters; the pattern and the text then point past it.
static int match_part(const unsigned char **pattern, const unsigned char **text, pattern_rules *rules) {
  const unsigned char *escaped = NULL;
  uint32_t wanted;
  while ((wanted = read_character(pattern)) != 0) {
    if (!add_work(&rules->meter, 1)) return NO_MATCH_ANYWHERE;
    if (wanted == rules->all) return WILDCARD;
    if (wanted == rules->escape) {
      if (rules->has_sets) {
        uint32_t character = read_character(text);
        if (character == 0 || !is_in_set(pattern, character, &rules->meter)) return NO_MATCH;
        continue;
      }
      if ((wanted = read_character(pattern)) == 0) return NO_MATCH;
      escaped = *pattern;
    }
    uint32_t found = read_character(text);
    if (is_same(wanted, found, rules)) continue;
    if (wanted == rules->one && *pattern != escaped && found != 0) continue;
    return NO_MATCH;
  }
  return **text == 0 ? MATCH : NO_MATCH;
}

// Looks for the first place behind a wildcard where the part up to the next one matches: no later place can do better.
static int match_behind_wildcard(const unsigned char **pattern, const unsigned char **text, pattern_rules *rules) {
  const unsigned char *start = *pattern, *rest = *text, *behind = start;
  uint32_t wanted;
  while ((wanted = read_character(&behind)) == rules->all || (wanted == rules->one && rules->one)) {
    if (wanted == rules->one && read_character(&rest) == 0) return NO_MATCH_ANYWHERE;
    if (!add_work(&rules->meter, 1)) return NO_MATCH_ANYWHERE;
    start = behind;
  }
  if (wanted == 0) return MATCH;
  int is_set = rules->has_sets && wanted == rules->escape;
  if (!is_set && wanted == rules->escape && (wanted = read_character(&behind)) == 0) return NO_MATCH_ANYWHERE;
  while (*rest) {
    if (!add_work(&rules->meter, 1)) return NO_MATCH_ANYWHERE;
    const unsigned char *here = rest;
    if (!is_same(wanted, read_character(&rest), rules) && !is_set) continue;
    *pattern = is_set ? start : behind;
    *text = is_set ? here : rest;
    int result = match_part(pattern, text, rules);
    if (result != NO_MATCH) return result;
  }
  return NO_MATCH_ANYWHERE;
}

// Adapted from patternCompare of SQLite 3.40, which is in the public domain.
static int match(const unsigned char *pattern, const unsigned char *text, pattern_rules *rules) {
  int result = match_part(&pattern, &text, rules);
  while (result == WILDCARD) result = match_behind_wildcard(&pattern, &text, rules);
  return result == MATCH;
}

static void compare_pattern(sqlite3_context *context, sqlite3_value **values, pattern_rules *rules) {
  if (sqlite3_value_bytes(values[0]) >
      sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1)) {
    sqlite3_result_error(context, "LIKE or GLOB pattern too complex", -1);
    return;
  }
  const unsigned char *pattern = sqlite3_value_text(values[0]), *text = sqlite3_value_text(values[1]);
  if (!pattern || !text) return;
  int result = match(pattern, text, rules);
  if (rules->meter.is_stopped)
    stop_call(context);
  else
    sqlite3_result_int(context, result);
}

// Whether a build that matches no blob has answered.
static int answers_blobs(sqlite3_context *context, sqlite3_value **values) {
  if (sqlite3_value_type(values[0]) != SQLITE_BLOB && sqlite3_value_type(values[1]) != SQLITE_BLOB) return 0;
  if (!sqlite3_compileoption_used("LIKE_DOESNT_MATCH_BLOBS")) return 0;
  sqlite3_result_int(context, 0);
  return 1;
}

static void like(sqlite3_context *context, int count, sqlite3_value **values) {
  if (answers_blobs(context, values)) return;
  csqlite_replay *replay = sqlite3_user_data(context);
  pattern_rules rules = {
    .all = '%', .one = '_', .is_case_sensitive = replay->is_like_case_sensitive, .meter = {.replay = replay}};
  if (count == 3) {
    const unsigned char *escape = sqlite3_value_text(values[2]);
    if (!escape) return;
    const unsigned char *end = escape;
    rules.escape = *escape ? read_character(&end) : 0;
    if (!*escape || *end) {
      sqlite3_result_error(context, "ESCAPE expression must be a single character", -1);
      return;
    }
    if (rules.escape == rules.all) rules.all = 0;
    if (rules.escape == rules.one) rules.one = 0;
  }
  compare_pattern(context, values, &rules);
}

static void glob(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (answers_blobs(context, values)) return;
  pattern_rules rules = {.all = '*', .one = '?', .escape = '[', .has_sets = 1, .is_case_sensitive = 1,
                         .meter = {.replay = sqlite3_user_data(context)}};
  compare_pattern(context, values, &rules);
}

int text_functions_install(csqlite_replay *replay) {
  static const struct {
    const char *name;
    int arguments;
    void (*call)(sqlite3_context *, int, sqlite3_value **);
  } functions[] = {{"instr", 2, instr},     {"replace", 3, replace}, {"trim", 1, trim_both},   {"trim", 2, trim_both},
                   {"ltrim", 1, trim_left}, {"ltrim", 2, trim_left}, {"rtrim", 1, trim_right}, {"rtrim", 2, trim_right},
                   {"like", 2, like},       {"like", 3, like},       {"glob", 2, glob}};
  const int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC;
  int code = SQLITE_OK;
  for (size_t i = 0; code == SQLITE_OK && i < sizeof functions / sizeof *functions; i++)
    code = sqlite3_create_function_v2(replay->database, functions[i].name, functions[i].arguments, flags, replay,
                                      functions[i].call, NULL, NULL, NULL);
  return code;
}
