#include "CSimdJSON.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <vector>

using namespace simdjson;

struct cjson_parser {
  dom::parser parser;
  std::vector<uint8_t> buffer;
  // The first `count` are the document's; the memory is kept from one document to the next.
  std::vector<cjson_node> nodes;
  uint32_t count = 0;
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

struct Flattener {
  cjson_parser *owner;
  int code = CJSON_OK;

  uint32_t put(uint32_t kind, int64_t payload = 0, uint32_t length = 0) {
    if (owner->count == owner->nodes.size()) owner->nodes.resize(owner->count * 2 + 256);
    uint32_t index = owner->count++;
    owner->nodes[index] = {kind, index + 1, length, 0, payload};
    return index;
  }

  void putString(uint32_t kind, std::string_view text) {
    put(kind, (const uint8_t *)text.data() - owner->strings, (uint32_t)text.size());
  }

  bool isRepeated(uint32_t object, std::string_view key) {
    for (uint32_t index = object + 1; index < owner->count; index = owner->nodes[index].next) {
      const cjson_node &node = owner->nodes[index];
      if (node.length == key.size() && memcmp(owner->strings + node.payload, key.data(), key.size()) == 0) return true;
    }
    return false;
  }

  /// By order rather than by hash, so that no choice of keys makes it slow.
  bool hasRepeatedKey(uint32_t object) {
    std::vector<std::string_view> keys;
    keys.reserve(owner->nodes[object].length);
    for (uint32_t index = object + 1; index < owner->nodes[object].next; index = owner->nodes[index].next) {
      const cjson_node &node = owner->nodes[index];
      keys.emplace_back((const char *)owner->strings + node.payload, node.length);
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  void flatten(dom::element element) {
    switch (element.type()) {
      case dom::element_type::NULL_VALUE: put(CJSON_NULL); break;
      case dom::element_type::BOOL: put(bool(element.get_bool().value_unsafe()) ? CJSON_TRUE : CJSON_FALSE); break;
      case dom::element_type::INT64: put(CJSON_INT, element.get_int64().value_unsafe()); break;
      case dom::element_type::UINT64: put(CJSON_UINT, (int64_t)element.get_uint64().value_unsafe()); break;
      case dom::element_type::DOUBLE: {
        double value = element.get_double().value_unsafe();
        int64_t bits;
        memcpy(&bits, &value, sizeof bits);
        put(CJSON_DOUBLE, bits);
        break;
      }
      case dom::element_type::STRING: putString(CJSON_STRING, element.get_string().value_unsafe()); break;
      case dom::element_type::ARRAY: {
        uint32_t array = put(CJSON_ARRAY), count = 0;
        for (dom::element child : element.get_array().value_unsafe()) {
          flatten(child);
          count++;
        }
        owner->nodes[array].length = count;
        owner->nodes[array].next = owner->count;
        break;
      }
      case dom::element_type::OBJECT: {
        uint32_t object = put(CJSON_OBJECT), count = 0;
        uint64_t seen = 0;
        for (dom::key_value_pair member : element.get_object().value_unsafe()) {
          uint64_t bit = mark(member.key);
          // Past 64 members every mark may be taken, and a look at each would be quadratic: those are sorted at the end.
          if ((seen & bit) != 0 && count < 64 && isRepeated(object, member.key)) code = CJSON_DUPLICATE_KEY;
          seen |= bit;
          uint32_t key = owner->count;
          putString(CJSON_KEY, member.key);
          flatten(member.value);
          owner->nodes[key].next = owner->count;
          count++;
        }
        owner->nodes[object].length = count;
        owner->nodes[object].next = owner->count;
        if (count > 64 && hasRepeatedKey(object)) code = CJSON_DUPLICATE_KEY;
        break;
      }
    }
  }
};

}  // namespace

cjson_parser *cjson_new(void) { return new (std::nothrow) cjson_parser(); }

void cjson_free(cjson_parser *parser) { delete parser; }

int cjson_parse(cjson_parser *owner, const uint8_t *bytes, size_t count) {
  owner->count = 0;
  if (count > UINT32_MAX / 2) return CJSON_TOO_LONG;
  try {
    if (owner->buffer.size() < count + SIMDJSON_PADDING) owner->buffer.resize((count + SIMDJSON_PADDING) * 2);
    memcpy(owner->buffer.data(), bytes, count);
    memset(owner->buffer.data() + count, 0, SIMDJSON_PADDING);
    dom::element root;
    error_code error = owner->parser.parse(owner->buffer.data(), count, false).get(root);
    if (error) return (int)error;
    owner->strings = owner->parser.doc.string_buf.get();
    Flattener flattener{owner};
    flattener.flatten(root);
    if (flattener.code != CJSON_OK) owner->count = 0;
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
