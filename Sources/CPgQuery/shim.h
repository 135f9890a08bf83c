#pragma once
#include <pg_query.h>
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// libpg_query recurses over syntax trees without looking at the stack, and a left-deep tree ("1+1+1+…") is as deep as
// its text is long. So these calls can run on a thread of their own, with a stack sized for the text. Its pages cost
// memory only when they are touched. Each returns 0, or an error number when there is no such thread.

// The library parses again for a fingerprint. What its functions are made of is exported too and lets one parse serve
// both; its headers (pg_query/pg_query_internal.h and two that are not installed) lean on those of a PostgreSQL server,
// so what is used is declared here, and only for the version that it was read from. Source: libpg_query 15-4.0.0,
// pg_query_internal.h, pg_query_outfuncs.h, pg_query_fingerprint.h.
#if PG_VERSION_NUM / 10000 == 15
#define CPGQUERY_PARSES_ONCE 1
typedef struct {
  void *tree;
  char *stderr_buffer;
  PgQueryError *error;
} cpgquery_raw;

void *pg_query_enter_memory_context(void);
void pg_query_exit_memory_context(void *context);
cpgquery_raw pg_query_raw_parse(const char *sql);
char *pg_query_nodes_to_json(const void *tree);
uint64_t pg_query_fingerprint_node(const void *tree);
#endif

/// A tree with the name of its shape.
typedef struct {
  PgQueryParseResult parse;
  uint64_t fingerprint;
} cpgquery_named_tree;

typedef struct {
  const char *sql;
  void *(*body)(void *);
  union {
    PgQueryParseResult parse;
    cpgquery_named_tree named;
    PgQueryNormalizeResult normalize;
    PgQueryPlpgsqlParseResult plpgsql;
    PgQueryFingerprintResult fingerprint;
  } result;
} cpgquery_call;

static inline void *cpgquery_parse_body(void *call) {
  ((cpgquery_call *)call)->result.parse = pg_query_parse(((cpgquery_call *)call)->sql);
  return NULL;
}

static inline cpgquery_named_tree cpgquery_name(const char *sql) {
  cpgquery_named_tree result = {{0}};
#ifdef CPGQUERY_PARSES_ONCE
  void *context = pg_query_enter_memory_context();
  cpgquery_raw raw = pg_query_raw_parse(sql);
  result.parse.stderr_buffer = raw.stderr_buffer;
  result.parse.error = raw.error;
  if (raw.error == NULL) {
    result.parse.parse_tree = strdup(pg_query_nodes_to_json(raw.tree));
    result.fingerprint = pg_query_fingerprint_node(raw.tree);
  }
  pg_query_exit_memory_context(context);
#else
  result.parse = pg_query_parse(sql);
  if (result.parse.error == NULL) {
    PgQueryFingerprintResult name = pg_query_fingerprint(sql);
    result.fingerprint = name.fingerprint;
    pg_query_free_fingerprint_result(name);
  }
#endif
  return result;
}

static inline void *cpgquery_named_body(void *call) {
  ((cpgquery_call *)call)->result.named = cpgquery_name(((cpgquery_call *)call)->sql);
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

static inline void *cpgquery_fingerprint_body(void *call) {
  ((cpgquery_call *)call)->result.fingerprint = pg_query_fingerprint(((cpgquery_call *)call)->sql);
  return NULL;
}

// The library catches what its parsers raise, and not what its writers and fingerprints do: where nobody catches it, an
// error ends the process. It is caught here, as PG_TRY of PostgreSQL does; the call then has no result.
extern __thread sigjmp_buf *PG_exception_stack;
extern __thread void *error_context_stack;
void FlushErrorState(void);

static inline void *cpgquery_guarded(void *argument) {
  cpgquery_call *const call = (cpgquery_call *)argument;
  sigjmp_buf here;
  sigjmp_buf *const outer = PG_exception_stack;
  void *const context = error_context_stack;
  if (sigsetjmp(here, 0) == 0) {
    PG_exception_stack = &here;
    call->body(call);
  } else {
    FlushErrorState();
    memset(&call->result, 0, sizeof call->result);
  }
  PG_exception_stack = outer;
  error_context_stack = context;
  return NULL;
}

static inline int cpgquery_on_stack(size_t stack_bytes, void *(*body)(void *), cpgquery_call *call) {
  call->body = body;
  if (stack_bytes == 0) {
    cpgquery_guarded(call);
    return 0;
  }
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  error = pthread_attr_setstacksize(&attributes, stack_bytes);
  if (error == 0) error = pthread_create(&thread, &attributes, cpgquery_guarded, call);
  pthread_attr_destroy(&attributes);
  return error != 0 ? error : pthread_join(thread, NULL);
}

/// Parses on a stack of this many bytes; 0: on the caller's.
static inline int cpgquery_parse(const char *sql, size_t stack_bytes, PgQueryParseResult *result) {
  cpgquery_call call = {sql, NULL, {{0}}};
  int error = cpgquery_on_stack(stack_bytes, cpgquery_parse_body, &call);
  *result = call.result.parse;
  return error;
}

/// Parses and fingerprints on a stack of this many bytes; 0: on the caller's.
static inline int cpgquery_parse_named(const char *sql, size_t stack_bytes, cpgquery_named_tree *result) {
  cpgquery_call call = {sql, NULL, {{0}}};
  int error = cpgquery_on_stack(stack_bytes, cpgquery_named_body, &call);
  *result = call.result.named;
  return error;
}

/// Normalises on a stack of this many bytes; 0: on the caller's.
static inline int cpgquery_normalize(const char *sql, size_t stack_bytes, PgQueryNormalizeResult *result) {
  cpgquery_call call = {sql, NULL, {{0}}};
  int error = cpgquery_on_stack(stack_bytes, cpgquery_normalize_body, &call);
  *result = call.result.normalize;
  return error;
}

/// Parses PL/pgSQL on a stack of this many bytes; 0: on the caller's.
static inline int cpgquery_parse_plpgsql(const char *sql, size_t stack_bytes, PgQueryPlpgsqlParseResult *result) {
  cpgquery_call call = {sql, NULL, {{0}}};
  int error = cpgquery_on_stack(stack_bytes, cpgquery_plpgsql_body, &call);
  *result = call.result.plpgsql;
  return error;
}

/// Fingerprints.
static inline int cpgquery_fingerprint(const char *sql, PgQueryFingerprintResult *result) {
  cpgquery_call call = {sql, NULL, {{0}}};
  int error = cpgquery_on_stack(0, cpgquery_fingerprint_body, &call);
  *result = call.result.fingerprint;
  return error;
}
