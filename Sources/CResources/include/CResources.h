#pragma once
#include <stddef.h>

// The bytes of a file that the program carries; they stay as long as the process.
struct CResource {
  const unsigned char *bytes;
  size_t count;
};

// The file of that name; no bytes where there is none.
struct CResource cresource(const char *name);
