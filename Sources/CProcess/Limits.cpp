#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>

#include "CProcess.h"

namespace {

// EX_IOERR: reading or writing failed.
constexpr int failed = 74;
// With fewer open files a command may not get along, and libraries complain in words of their own.
constexpr rlim_t few_files = 64;
constexpr rlim_t enough_files = 4096;
// The main thread's; a grammar's parser and a compiler of queries call themselves.
constexpr rlim_t least_stack = 1 << 20;

char sentence[320];
size_t sentence_length = 0;
bool is_memory_limited = false;

[[noreturn]] void give_up() {
  ssize_t ignored = write(STDERR_FILENO, sentence, sentence_length);
  (void)ignored;
  _exit(failed);
}

void on_fault(int) { give_up(); }

// Foundation and Swift trap, and C++ aborts, where memory or a descriptor is missing: nothing can be asked of them before.
void catch_faults() {
  static char stack[64 * 1024];
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = on_fault;
  action.sa_flags = SA_ONSTACK;
  for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGTRAP, SIGFPE}) sigaction(number, &action, nullptr);
  std::set_terminate(give_up);
  std::set_new_handler(give_up);
}

rlim_t limit_of(int resource) {
  rlimit limit = {};
  return getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

// From here on, memory that is refused ends the process with the sentence.
void watch_memory() {
  rlim_t memory = limit_of(RLIMIT_AS) < limit_of(RLIMIT_DATA) ? limit_of(RLIMIT_AS) : limit_of(RLIMIT_DATA);
  if (memory == RLIM_INFINITY) return;
  snprintf(sentence, sizeof sentence,
           "assay: There is not enough memory to go on: the process is limited to %llu MB. Raise the limit (ulimit "
           "-v, ulimit -d), or read less at once.\n",
           static_cast<unsigned long long>(memory >> 20));
  sentence_length = strlen(sentence);
  is_memory_limited = true;
#ifdef __GLIBC__
  // Where there is no room for another thread's arena of 64 MB, glibc asks for one again with each allocation: twenty times
  // slower. (glibc's manual, "Malloc Tunable Parameters".)
  mallopt(M_ARENA_MAX, 1);
#endif
}

void raise_open_files() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough_files) return;
  limit.rlim_cur = limit.rlim_max < enough_files ? limit.rlim_max : enough_files;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Where one of the three is closed, the next file that is opened, a ledger perhaps, would take what is printed. What is
// written to the output is lost then, as on a full disk, and said to be.
void open_standard_files() {
  for (int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    int opened = number == STDOUT_FILENO ? open("/dev/full", O_WRONLY) : -1;
    if (opened < 0) opened = open("/dev/null", O_RDWR);
    if (opened >= 0 && opened != number) {
      dup2(opened, number);
      close(opened);
    }
  }
}

// libpq takes from the environment what an address does not say: a host's number, a service's file. A throw-away cluster
// would be looked for there. Passwords and what certificates need are the user's for a running server.
// (PostgreSQL 15, 34.15, "Environment Variables".)
void forget_servers() {
  for (const char *name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR",
                           "PGOPTIONS", "PGAPPNAME", "PGREQUIRESSL", "PGREQUIREPEER", "PGCHANNELBINDING", "PGGSSENCMODE",
                           "PGKRBSRVNAME", "PGGSSLIB", "PGCONNECT_TIMEOUT", "PGCLIENTENCODING", "PGTARGETSESSIONATTRS",
                           "PGLOADBALANCEHOSTS", "PGREQUIREAUTH", "PGDATESTYLE", "PGTZ", "PGGEQO", "PGLOCALEDIR", "PGDATA"}) {
    unsetenv(name);
  }
}

// Swift's runtime answers signals of faults, and of Ctrl-\, with the contents of memory on standard error: statements with
// their literals are among them. A core is the same in a file. Who looks for a fault sets SWIFT_BACKTRACE.
// (Swift, docs/Backtracing.rst.)
void keep_memory_to_itself() {
  if (getenv("SWIFT_BACKTRACE") != nullptr) return;
  for (int number : {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) signal(number, SIG_DFL);
  rlimit limit = {};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

void cprocess_prepare(void) {
  signal(SIGXFSZ, SIG_IGN);
  keep_memory_to_itself();
  forget_servers();
  open_standard_files();
  raise_open_files();
  rlim_t files = limit_of(RLIMIT_NOFILE);
  int length = 0;
  if (files < few_files) {
    length = snprintf(sentence, sizeof sentence,
                      "assay: Too few files may be open: the process is limited to %llu. Raise the limit (ulimit -n) to %llu or "
                      "more.\n",
                      static_cast<unsigned long long>(files), static_cast<unsigned long long>(few_files));
  } else if (limit_of(RLIMIT_STACK) < least_stack) {
    length = snprintf(sentence, sizeof sentence,
                      "assay: The stack is too small: the process is limited to %llu KB. Raise the limit (ulimit -s) to %llu or "
                      "more.\n",
                      static_cast<unsigned long long>(limit_of(RLIMIT_STACK) >> 10),
                      static_cast<unsigned long long>(least_stack >> 10));
  }
  if (length > 0) {
    sentence_length = strlen(sentence);
    give_up();
  }
  watch_memory();
  if (is_memory_limited) catch_faults();
}

// Swift and Foundation print lines of their own, or go on without what they asked for, where an allocation or a thread is
// refused. So whoever asks, the refusal ends the process here, if memory is limited. (glibc's manual, "Replacing malloc".)
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CPROCESS_SANITIZED 1
#endif
#endif
#ifndef CPROCESS_SANITIZED

extern "C" {

void *__libc_malloc(size_t count);
void *__libc_calloc(size_t items, size_t size);
void *__libc_realloc(void *old, size_t count);
void *__libc_memalign(size_t alignment, size_t count);

static void *given(void *memory, size_t count) {
  if (!memory && count > 0 && is_memory_limited) give_up();
  return memory;
}

void *malloc(size_t count) noexcept { return given(__libc_malloc(count), count); }
void *calloc(size_t items, size_t size) noexcept { return given(__libc_calloc(items, size), items && size); }
void *realloc(void *old, size_t count) noexcept { return given(__libc_realloc(old, count), count); }
void *memalign(size_t alignment, size_t count) noexcept { return given(__libc_memalign(alignment, count), count); }
void *aligned_alloc(size_t alignment, size_t count) noexcept { return given(__libc_memalign(alignment, count), count); }

int posix_memalign(void **result, size_t alignment, size_t count) noexcept {
  if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *memory = given(__libc_memalign(alignment, count), count);
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) noexcept {
  using create = int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static create next = reinterpret_cast<create>(dlsym(RTLD_NEXT, "pthread_create"));
  int code = next ? next(thread, attributes, start, argument) : EAGAIN;
  if (code != 0 && is_memory_limited) give_up();
  return code;
}
}

// Libraries allocate before `main`, and Swift's runtime ends by a signal where it cannot. The functions of this array are
// called before any library's own. (System V ABI, "Initialization and Termination Functions".)
static void watch_memory_first(int, char **, char **) { watch_memory(); }
__attribute__((used, section(".preinit_array"))) static void (*first)(int, char **, char **) = watch_memory_first;

#endif
#endif
