#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>

#include "CProcess.h"

namespace {

// EX_IOERR: reading or writing failed.
constexpr int failed = 74;
// Below that many open files a command may not get along; more are left over in any shell.
constexpr rlim_t few_files = 128;
constexpr rlim_t enough_files = 4096;

char sentence[320];
size_t sentence_length = 0;

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

void raise_open_files() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough_files) return;
  limit.rlim_cur = limit.rlim_max < enough_files ? limit.rlim_max : enough_files;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void cprocess_prepare(void) {
  signal(SIGXFSZ, SIG_IGN);
  raise_open_files();
  rlim_t files = limit_of(RLIMIT_NOFILE);
  rlim_t memory = limit_of(RLIMIT_AS) < limit_of(RLIMIT_DATA) ? limit_of(RLIMIT_AS) : limit_of(RLIMIT_DATA);
  int length = 0;
  if (memory != RLIM_INFINITY) {
    length = snprintf(sentence, sizeof sentence,
                      "assay: There is not enough memory to go on: the process is limited to %llu MB. Raise the limit (ulimit "
                      "-v, ulimit -d), or read less at once.\n",
                      static_cast<unsigned long long>(memory >> 20));
  } else if (files != RLIM_INFINITY && files < few_files) {
    length = snprintf(sentence, sizeof sentence,
                      "assay: Too few files may be open to go on: the process is limited to %llu. Raise the limit (ulimit -n) to "
                      "%llu or more.\n",
                      static_cast<unsigned long long>(files), static_cast<unsigned long long>(few_files));
  }
  if (length <= 0) return;
  sentence_length = strlen(sentence);
  catch_faults();
}
