// The last wall: a statement that uses too much time is stopped, whatever it does inside of one step. Time is what the
// statement's own thread has worked, so that a busy machine stops nothing that an idle one would not.
#include <pthread.h>
#include <stdatomic.h>

#include "Replay.h"

#define TICK_NANOSECONDS 50000000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrival = PTHREAD_COND_INITIALIZER;
static csqlite_replay *first;
static int is_running;

static int64_t worked(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) != 0) return 0;
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void look(csqlite_replay *replay) {
  if (!replay->is_watched || replay->time_limit == 0 || atomic_load(&replay->time_is_up)) return;
  if (worked(replay->clock) - replay->watched_since < replay->time_limit) return;
  atomic_store(&replay->time_is_up, 1);
  sqlite3_interrupt(replay->database);
}

static void *watch(void *unused) {
  (void)unused;
  const struct timespec tick = {0, TICK_NANOSECONDS};
  for (;;) {
    pthread_mutex_lock(&mutex);
    while (!first) pthread_cond_wait(&arrival, &mutex);
    for (csqlite_replay *replay = first; replay; replay = replay->next) look(replay);
    pthread_mutex_unlock(&mutex);
    nanosleep(&tick, NULL);
  }
  return NULL;
}

int watchdog_add(csqlite_replay *replay) {
  pthread_mutex_lock(&mutex);
  if (!is_running) {
    pthread_t thread;
    is_running = pthread_create(&thread, NULL, watch, NULL) == 0;
    if (is_running) pthread_detach(thread);
  }
  int is_watching = is_running;
  if (is_watching) {
    replay->next = first;
    first = replay;
    pthread_cond_signal(&arrival);
  }
  pthread_mutex_unlock(&mutex);
  return is_watching;
}

void watchdog_remove(csqlite_replay *replay) {
  pthread_mutex_lock(&mutex);
  for (csqlite_replay **place = &first; *place; place = &(*place)->next) {
    if (*place != replay) continue;
    *place = replay->next;
    break;
  }
  pthread_mutex_unlock(&mutex);
}

void csqlite_replay_start_clock(csqlite_replay *replay) {
  clockid_t clock = 0;
  int is_known = pthread_getcpuclockid(pthread_self(), &clock) == 0;
  int64_t now = is_known ? worked(clock) : 0;
  pthread_mutex_lock(&mutex);
  replay->clock = clock;
  replay->watched_since = now;
  replay->is_watched = is_known;
  atomic_store(&replay->time_is_up, 0);
  pthread_mutex_unlock(&mutex);
}

int csqlite_replay_stop_clock(csqlite_replay *replay) {
  pthread_mutex_lock(&mutex);
  replay->is_watched = 0;
  int is_up = atomic_load(&replay->time_is_up);
  pthread_mutex_unlock(&mutex);
  return is_up;
}
