#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a node is. A key stands before its value; both are children of the object.
enum cjson_kind {
  CJSON_NULL = 0, CJSON_FALSE, CJSON_TRUE, CJSON_INT, CJSON_UINT, CJSON_DOUBLE, CJSON_STRING, CJSON_ARRAY,
  CJSON_OBJECT, CJSON_KEY
};

/// One value of a document, in document order.
typedef struct {
  uint32_t kind;
  uint32_t next;     // the index behind the node's subtree
  uint32_t length;   // bytes of a string or key; children of an array; members of an object
  uint32_t reserved;
  int64_t payload;   // the integer, the double's bits, or the offset of the string's bytes
} cjson_node;

/// Codes beside simdjson's own, which are 1 and up.
enum { CJSON_OK = 0, CJSON_DUPLICATE_KEY = -1, CJSON_TOO_LONG = -2, CJSON_NO_MEMORY = -3 };

typedef struct cjson_parser cjson_parser;

/// The version of the header that this was built with.
const char *cjson_version(void);

cjson_parser *cjson_new(void);
void cjson_free(cjson_parser *parser);
/// Parses one document and flattens it. The nodes and strings stay until the next call. `readable`, at least `count`, is how
/// many bytes from `bytes` on may be read: with SIMDJSON_PADDING behind the document it is not copied first.
int cjson_parse(cjson_parser *parser, const uint8_t *bytes, size_t count, size_t readable);
const cjson_node *cjson_nodes(const cjson_parser *parser, size_t *count);
const uint8_t *cjson_strings(const cjson_parser *parser);
/// The code in words that a program can match on.
const char *cjson_error_name(int code);

#ifdef __cplusplus
}
#endif
