#define _GNU_SOURCE
#include "CDNNL.h"

#include <dlfcn.h>
#include <stddef.h>

// The library's OpenMP is found at run time, so that nothing is linked twice.

typedef void (*gomp_parallel)(void (*)(void *), void *, unsigned, unsigned);

static void *openmp(const char *name) { return dlsym(RTLD_DEFAULT, name); }

void cdnnl_set_threads(int count) {
  static void (*set)(int);
  if (!set) *(void **)&set = openmp("omp_set_num_threads");
  if (set && count > 0) set(count);
}

int cdnnl_threads(void) {
  static int (*get)(void);
  if (!get) *(void **)&get = openmp("omp_get_max_threads");
  return get ? get() : 1;
}

typedef struct {
  void (*body)(void *, int);
  void *context;
  int count;
  int (*thread)(void);
  int (*threads)(void);
} team;

static void work(void *pointer) {
  team *shared = pointer;
  int thread = shared->thread(), threads = shared->threads();
  int first = (int)((int64_t)shared->count * thread / threads);
  int end = (int)((int64_t)shared->count * (thread + 1) / threads);
  for (int index = first; index < end; index++) shared->body(shared->context, index);
}

void cdnnl_parallel(int count, void (*body)(void *context, int index), void *context) {
  static gomp_parallel parallel;
  static int (*thread)(void);
  static int (*threads)(void);
  static bool looked;
  if (!looked) {
    *(void **)&parallel = openmp("GOMP_parallel");
    *(void **)&thread = openmp("omp_get_thread_num");
    *(void **)&threads = openmp("omp_get_num_threads");
    looked = true;
  }
  if (count > 1 && parallel && thread && threads && cdnnl_threads() > 1) {
    team shared = {body, context, count, thread, threads};
    parallel(work, &shared, 0, 0);
  } else {
    for (int index = 0; index < count; index++) body(context, index);
  }
}
