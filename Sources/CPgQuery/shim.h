#pragma once
#include <pg_query.h>
#include <pthread.h>
#include <stddef.h>

// libpg_query recurses over syntax trees without looking at the stack, and a left-deep tree ("1+1+1+…") is as deep as
// its text is long. So these calls can run on a thread of their own, with a stack sized for the text. Its pages cost
// memory only when they are touched. Each returns 0, or an error number when there is no such thread.

typedef struct {
  const char *sql;
  union {
    PgQueryParseResult parse;
    PgQueryNormalizeResult normalize;
    PgQueryPlpgsqlParseResult plpgsql;
  } result;
} cpgquery_call;

static inline void *cpgquery_parse_body(void *call) {
  ((cpgquery_call *)call)->result.parse = pg_query_parse(((cpgquery_call *)call)->sql);
  return NULL;
}

static inline void *cpgquery_normalize_body(void *call) {
  ((cpgquery_call *)call)->result.normalize = pg_query_normalize(((cpgquery_call *)call)->sql);
  return NULL;
}

static inline void *cpgquery_plpgsql_body(void *call) {
  ((cpgquery_call *)call)->result.plpgsql = pg_query_parse_plpgsql(((cpgquery_call *)call)->sql);
  return NULL;
}

static inline int cpgquery_on_stack(size_t stack_bytes, void *(*body)(void *), cpgquery_call *call) {
  if (stack_bytes == 0) {
    body(call);
    return 0;
  }
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  error = pthread_attr_setstacksize(&attributes, stack_bytes);
  if (error == 0) error = pthread_create(&thread, &attributes, body, call);
  pthread_attr_destroy(&attributes);
  return error != 0 ? error : pthread_join(thread, NULL);
}

/// Parses on a stack of this many bytes; 0: on the caller's.
static inline int cpgquery_parse(const char *sql, size_t stack_bytes, PgQueryParseResult *result) {
  cpgquery_call call = {sql, {{0}}};
  int error = cpgquery_on_stack(stack_bytes, cpgquery_parse_body, &call);
  *result = call.result.parse;
  return error;
}

/// Normalises on a stack of this many bytes; 0: on the caller's.
static inline int cpgquery_normalize(const char *sql, size_t stack_bytes, PgQueryNormalizeResult *result) {
  cpgquery_call call = {sql, {{0}}};
  int error = cpgquery_on_stack(stack_bytes, cpgquery_normalize_body, &call);
  *result = call.result.normalize;
  return error;
}

/// Parses PL/pgSQL on a stack of this many bytes; 0: on the caller's.
static inline int cpgquery_parse_plpgsql(const char *sql, size_t stack_bytes, PgQueryPlpgsqlParseResult *result) {
  cpgquery_call call = {sql, {{0}}};
  int error = cpgquery_on_stack(stack_bytes, cpgquery_plpgsql_body, &call);
  *result = call.result.plpgsql;
  return error;
}
