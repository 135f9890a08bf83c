#include "CSimdJSON.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <vector>

using namespace simdjson;

namespace {

/// An object or array that is not closed yet.
struct Open {
  uint32_t node;
  uint32_t count;
  uint32_t key;
  bool isObject;
  bool expectsKey;
  uint64_t seen;
};

}  // namespace

struct cjson_parser {
  dom::parser parser;
  std::vector<uint8_t> buffer;
  // The first `count` are the document's; the memory is kept from one document to the next.
  std::vector<cjson_node> nodes;
  uint32_t count = 0;
  std::vector<Open> open;
  const uint8_t *strings = nullptr;
};

namespace {

/// A key that has the same 64-bit mark as one before it is compared with all of them; others cannot be equal.
uint64_t mark(std::string_view key) {
  uint64_t length = key.size();
  if (length == 0) return 1;
  uint64_t first = (uint8_t)key[0], last = (uint8_t)key[length - 1], middle = (uint8_t)key[length / 2];
  return uint64_t(1) << ((length * 7 + first * 3 + last * 11 + middle * 5) & 63);
}

/// Lays simdjson's tape out as nodes. The tape says of a container where it ends and of a string where its bytes stand.
struct Flattener {
  cjson_parser *owner;
  cjson_node *nodes;
  uint32_t count = 0;
  int code = CJSON_OK;

  static constexpr uint64_t payloadMask = (uint64_t(1) << 56) - 1;

  uint32_t put(uint32_t kind, int64_t payload = 0, uint32_t length = 0) {
    uint32_t index = count++;
    nodes[index] = {kind, index + 1, length, 0, payload};
    return index;
  }

  uint32_t putString(uint32_t kind, uint64_t place) {
    uint32_t length;
    memcpy(&length, owner->strings + place, sizeof length);
    return put(kind, (int64_t)(place + sizeof length), length);
  }

  std::string_view text(uint32_t index) const {
    return {(const char *)owner->strings + nodes[index].payload, nodes[index].length};
  }

  bool isRepeated(uint32_t object, uint32_t key) const {
    for (uint32_t index = object + 1; index < key; index = nodes[index].next) {
      if (text(index) == text(key)) return true;
    }
    return false;
  }

  /// By order rather than by hash, so that no choice of keys makes it slow.
  bool hasRepeatedKey(uint32_t object) const {
    std::vector<std::string_view> keys;
    keys.reserve(nodes[object].length);
    for (uint32_t index = object + 1; index < nodes[object].next; index = nodes[index].next) {
      keys.push_back(text(index));
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  void putKey(Open &object, uint64_t place) {
    object.key = putString(CJSON_KEY, place);
    object.expectsKey = false;
    uint64_t bit = mark(text(object.key));
    // Past 64 members every mark may be taken, and a look at each would be quadratic: those are sorted at the end.
    if ((object.seen & bit) != 0 && object.count < 64 && isRepeated(object.node, object.key)) code = CJSON_DUPLICATE_KEY;
    object.seen |= bit;
  }

  void close(const Open &container) {
    nodes[container.node].length = container.count;
    nodes[container.node].next = count;
    if (container.isObject && container.count > 64 && hasRepeatedKey(container.node)) code = CJSON_DUPLICATE_KEY;
  }

  /// No recursion: simdjson bounds the depth, `owner->open` has room for it.
  void flatten(const uint64_t *tape) {
    Open *top = owner->open.data();
    *top = {0, 0, 0, false, false, 0};
    for (size_t at = 1;; at++) {
      uint64_t payload = tape[at] & payloadMask;
      switch (tape[at] >> 56) {
        case '"':
          if (top->expectsKey) {
            putKey(*top, payload);
            continue;
          }
          putString(CJSON_STRING, payload);
          break;
        case 'l': put(CJSON_INT, (int64_t)tape[++at]); break;
        case 'u': put(CJSON_UINT, (int64_t)tape[++at]); break;
        case 'd': put(CJSON_DOUBLE, (int64_t)tape[++at]); break;
        case 't': put(CJSON_TRUE); break;
        case 'f': put(CJSON_FALSE); break;
        case 'n': put(CJSON_NULL); break;
        case '{':
          *++top = {put(CJSON_OBJECT), 0, 0, true, true, 0};
          continue;
        case '[':
          *++top = {put(CJSON_ARRAY), 0, 0, false, false, 0};
          continue;
        case '}':
        case ']':
          close(*top--);
          break;
        default: return;
      }
      top->count++;
      if (top->isObject) {
        nodes[top->key].next = count;
        top->expectsKey = true;
      }
    }
  }
};

}  // namespace

#define CJSON_TEXT(token) #token
#define CJSON_QUOTED(token) CJSON_TEXT(token)

const char *cjson_version(void) { return CJSON_QUOTED(SIMDJSON_VERSION); }

cjson_parser *cjson_new(void) { return new (std::nothrow) cjson_parser(); }

void cjson_free(cjson_parser *parser) { delete parser; }

int cjson_parse(cjson_parser *owner, const uint8_t *bytes, size_t count, size_t readable) {
  owner->count = 0;
  if (count > UINT32_MAX / 2) return CJSON_TOO_LONG;
  try {
    const uint8_t *document = bytes;
    if (readable < count + SIMDJSON_PADDING) {
      if (owner->buffer.size() < count + SIMDJSON_PADDING) owner->buffer.resize((count + SIMDJSON_PADDING) * 2);
      memcpy(owner->buffer.data(), bytes, count);
      memset(owner->buffer.data() + count, 0, SIMDJSON_PADDING);
      document = owner->buffer.data();
    }
    dom::element root;
    error_code error = owner->parser.parse(document, count, false).get(root);
    if (error) return (int)error;
    owner->strings = owner->parser.doc.string_buf.get();
    const uint64_t *tape = owner->parser.doc.tape.get();
    // Every node is at least one word of the tape, whose first word says how many there are.
    size_t words = tape[0] & Flattener::payloadMask;
    if (owner->nodes.size() < words) owner->nodes.resize(std::max(words, std::min(words * 2, size_t(1) << 16)));
    owner->open.resize(owner->parser.max_depth() + 2);
    Flattener flattener{owner, owner->nodes.data()};
    flattener.flatten(tape);
    if (flattener.code == CJSON_OK) owner->count = flattener.count;
    return flattener.code;
  } catch (const std::bad_alloc &) {
    owner->count = 0;
    return CJSON_NO_MEMORY;
  }
}

const cjson_node *cjson_nodes(const cjson_parser *parser, size_t *count) {
  *count = parser->count;
  return parser->nodes.data();
}

const uint8_t *cjson_strings(const cjson_parser *parser) { return parser->strings; }

const char *cjson_error_name(int code) {
  switch (code) {
    case CJSON_DUPLICATE_KEY: return "duplicate_key";
    case CJSON_TOO_LONG: return "too_long";
    case CJSON_NO_MEMORY: return "no_memory";
    case CAPACITY: return "too_long";
    case MEMALLOC: return "no_memory";
    case DEPTH_ERROR: return "too_deep";
    case UTF8_ERROR: return "invalid_utf8";
    case NUMBER_ERROR: return "number_out_of_range";
    case EMPTY: return "empty";
    default: return "syntax";
  }
}
