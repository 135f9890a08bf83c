#include "CRE2.h"

#include <new>
#include <re2/re2.h>

struct cre2_regex {
  RE2 re;

  cre2_regex(re2::StringPiece pattern, const RE2::Options &options) : re(pattern, options) {}
};

cre2_regex *cre2_new(const uint8_t *pattern, size_t count, int64_t memory_budget) {
  // RE2's defaults read what Go's regexp package reads: UTF-8, Perl classes, leftmost-first, ^ and $ at the text's ends.
  RE2::Options options(RE2::DefaultOptions);
  options.set_log_errors(false);
  options.set_max_mem(memory_budget);
  try {
    return new cre2_regex(re2::StringPiece((const char *)pattern, count), options);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

void cre2_free(cre2_regex *regex) { delete regex; }

const char *cre2_error(const cre2_regex *regex) { return regex->re.ok() ? nullptr : regex->re.error().c_str(); }

int cre2_size(const cre2_regex *regex) { return regex->re.ProgramSize(); }

int cre2_matches(const cre2_regex *regex, const uint8_t *text, size_t count) {
  re2::StringPiece piece((const char *)text, count);
  return regex->re.Match(piece, 0, count, RE2::UNANCHORED, nullptr, 0);
}

int cre2_find(const cre2_regex *regex, const uint8_t *text, size_t count, size_t from, size_t *start, size_t *end) {
  re2::StringPiece piece((const char *)text, count), match;
  if (from > count || !regex->re.Match(piece, from, count, RE2::UNANCHORED, &match, 1)) return 0;
  *start = size_t(match.data() - piece.data());
  *end = *start + match.size();
  return 1;
}
