#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern, or the reason why there is none. Searching does not change it.
typedef struct cre2_regex cre2_regex;

/// Compiles a pattern in RE2's Perl-like syntax; NULL only when memory is short. `memory_budget` bounds the compiled
/// form and the automata built while searching, in bytes.
cre2_regex *cre2_new(const uint8_t *pattern, size_t count, int64_t memory_budget);
void cre2_free(cre2_regex *regex);

/// Why the pattern did not compile; NULL if it did. Owned by `regex`.
const char *cre2_error(const cre2_regex *regex);

/// How many instructions the compiled form has: what it takes in memory, and a search in time, grows with them.
int cre2_size(const cre2_regex *regex);

/// Whether the pattern matches somewhere in the text.
int cre2_matches(const cre2_regex *regex, const uint8_t *text, size_t count);

/// As `cre2_matches`, and where the leftmost match that starts at or after `from` begins and ends.
int cre2_find(const cre2_regex *regex, const uint8_t *text, size_t count, size_t from, size_t *start, size_t *end);

#ifdef __cplusplus
}
#endif
