#pragma once
// The checks of the types of options are macros that need to see which option it is.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

// libcurl's setters and getters take any number of arguments, which Swift cannot call: one for each type.

static inline CURLcode curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_writer(CURL *handle, curl_write_callback writer) {
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, writer);
}

static inline CURLcode curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode curl_get_socket(CURL *handle, curl_socket_t *value) {
  return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, value);
}

// How many bytes of what was sent the peer has not acknowledged; -1 where nobody can tell.
static inline int socket_unacknowledged(curl_socket_t socket) {
  int count = 0;
  return ioctl(socket, SIOCOUTQ, &count) == 0 ? count : -1;
}

// CURLVERSION_NOW is a macro over an enumeration, which Swift does not see.
static inline const char *curl_loaded_version(void) { return curl_version_info(CURLVERSION_NOW)->version; }
