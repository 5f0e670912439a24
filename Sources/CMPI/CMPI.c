#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "CMPI.h"

#include <sched.h>
#include <string.h>

int cmpi_cores(uint8_t *set, int size) {
#ifdef __linux__
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0 || size < (int)sizeof cores) return 0;
  memcpy(set, &cores, sizeof cores);
  return sizeof cores;
#else
  return 0;
#endif
}

#ifdef WITH_MPI

#include <limits.h>
#if __has_include(<mpi.h>)
#include <mpi.h>
#else
// Where Debian puts the one that the system's alternatives name.
#include <mpi/mpi.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FAILURE_TAG = 7, TEXT_SIZE = 2048 };

// Work, and news of failures, each among messages of its own.
static MPI_Comm work = MPI_COMM_NULL, news = MPI_COMM_NULL;
static int own_rank, rank_count;
static bool (*asks_to_stop)(void *);
static void *stop_context;
static int lost_rank = -1;
static char lost_text[TEXT_SIZE], error_text[MPI_MAX_ERROR_STRING + 64];

bool cmpi_is_built(void) { return true; }
int cmpi_lost_rank(void) { return lost_rank; }
const char *cmpi_lost_text(void) { return lost_text; }
const char *cmpi_error(void) { return error_text; }

static int failed(int code) {
  int length = 0;
  if (MPI_Error_string(code, error_text, &length) != MPI_SUCCESS) snprintf(error_text, sizeof error_text, "error %d", code);
  return CMPI_FAILED;
}

static int refused(const char *text) {
  snprintf(error_text, sizeof error_text, "%s", text);
  return CMPI_FAILED;
}

#define TRY(call)                        \
  do {                                   \
    int code_ = (call);                  \
    if (code_ != MPI_SUCCESS) return failed(code_); \
  } while (0)

static void rest(long nanoseconds) {
  struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  nanosleep(&time, NULL);
}

// Looks for the news that another rank failed.
static int look(void) {
  int there = 0;
  MPI_Status status;
  TRY(MPI_Iprobe(MPI_ANY_SOURCE, FAILURE_TAG, news, &there, &status));
  if (!there) return CMPI_DONE;
  memset(lost_text, 0, sizeof lost_text);
  TRY(MPI_Recv(lost_text, TEXT_SIZE - 1, MPI_BYTE, status.MPI_SOURCE, FAILURE_TAG, news, MPI_STATUS_IGNORE));
  lost_rank = status.MPI_SOURCE;
  return CMPI_LOST;
}

// Waits for a request: at first without sleep, then in longer and longer ones of up to a tenth of a millisecond.
static int finish(MPI_Request *request) {
  for (long turn = 0;; turn++) {
    int is_done = 0;
    TRY(MPI_Test(request, &is_done, MPI_STATUS_IGNORE));
    if (is_done) return CMPI_DONE;
    if (turn % 16 == 15) {
      int status = look();
      if (status != CMPI_DONE) return status;
      if (asks_to_stop && asks_to_stop(stop_context)) return CMPI_STOPPED;
    }
    if (turn < 64) {
      sched_yield();
    } else {
      rest(turn < 128 ? 10000 : 100000);
    }
  }
}

int cmpi_start(int *rank, int *count, char *host_name, int host_name_size, bool (*stops)(void *), void *context) {
  int given = 0;
  TRY(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given));
  if (given < MPI_THREAD_FUNNELED) return refused("it was built without threads");
  TRY(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  TRY(MPI_Comm_dup(MPI_COMM_WORLD, &work));
  TRY(MPI_Comm_dup(MPI_COMM_WORLD, &news));
  TRY(MPI_Comm_set_errhandler(work, MPI_ERRORS_RETURN));
  TRY(MPI_Comm_set_errhandler(news, MPI_ERRORS_RETURN));
  TRY(MPI_Comm_rank(work, &own_rank));
  TRY(MPI_Comm_size(work, &rank_count));
  char name[MPI_MAX_PROCESSOR_NAME + 1] = "";
  int length = 0;
  TRY(MPI_Get_processor_name(name, &length));
  snprintf(host_name, (size_t)host_name_size, "%s", name);
  (*rank) = own_rank;
  (*count) = rank_count;
  asks_to_stop = stops;
  stop_context = context;
  return CMPI_DONE;
}

static void add_floats(void *target, const void *source, int64_t count) {
  float *sums = target;
  const float *values = source;
  for (int64_t index = 0; index < count; index++) sums[index] += values[index];
}

static void add_doubles(void *target, const void *source, int64_t count) {
  double *sums = target;
  const double *values = source;
  for (int64_t index = 0; index < count; index++) sums[index] += values[index];
}

// Each rank adds a slice of the elements in the order of the ranks, then all have all slices. As many bytes travel as in
// a ring, and the order of the sums is known, which `MPI_Allreduce` leaves open.
static int sum_part(char *values, int count, int size, MPI_Datatype type,
                    void (*add)(void *, const void *, int64_t)) {
  int *numbers = malloc(4 * (size_t)rank_count * sizeof *numbers);
  if (!numbers) return refused("memory is exhausted");
  int *counts = numbers, *starts = numbers + rank_count, *own_counts = starts + rank_count,
      *own_starts = own_counts + rank_count;
  for (int rank = 0, start = 0; rank < rank_count; rank++) {
    counts[rank] = count / rank_count + (rank < count % rank_count);
    starts[rank] = start;
    start += counts[rank];
  }
  int own = counts[own_rank];
  for (int rank = 0; rank < rank_count; rank++) {
    own_counts[rank] = own;
    own_starts[rank] = rank * own;
  }
  char *parts = malloc((size_t)own * (size_t)rank_count * (size_t)size + 1);
  int status = CMPI_DONE;
  MPI_Request request = MPI_REQUEST_NULL;
  int code = MPI_SUCCESS;
  if (!parts) {
    status = refused("memory is exhausted");
  } else {
    code = MPI_Ialltoallv(values, counts, starts, type, parts, own_counts, own_starts, type, work, &request);
    status = code == MPI_SUCCESS ? finish(&request) : failed(code);
  }
  if (status == CMPI_DONE) {
    for (int rank = 1; rank < rank_count; rank++) add(parts, parts + (size_t)own_starts[rank] * (size_t)size, own);
    code = MPI_Iallgatherv(parts, own, type, values, counts, starts, type, work, &request);
    status = code == MPI_SUCCESS ? finish(&request) : failed(code);
  }
  // What a request still uses stays: the run is over anyway.
  if (status == CMPI_DONE || !parts) {
    free(parts);
    free(numbers);
  }
  return status;
}

static int sum(char *values, int64_t count, int size, MPI_Datatype type,
               void (*add)(void *, const void *, int64_t)) {
  // Slices of all ranks together must be counted by an `int`.
  const int64_t most = INT_MAX / 2;
  for (int64_t start = 0; start < count; start += most) {
    int64_t part = count - start < most ? count - start : most;
    int status = sum_part(values + start * size, (int)part, size, type, add);
    if (status != CMPI_DONE) return status;
  }
  return CMPI_DONE;
}

int cmpi_sum_floats(float *values, int64_t count) {
  return sum((char *)values, count, sizeof *values, MPI_FLOAT, add_floats);
}

int cmpi_sum_doubles(double *values, int64_t count) {
  return sum((char *)values, count, sizeof *values, MPI_DOUBLE, add_doubles);
}

int cmpi_broadcast(uint8_t *bytes, int64_t count) {
  for (int64_t start = 0; start < count; start += INT_MAX) {
    int64_t part = count - start < INT_MAX ? count - start : INT_MAX;
    MPI_Request request;
    TRY(MPI_Ibcast(bytes + start, (int)part, MPI_BYTE, 0, work, &request));
    int status = finish(&request);
    if (status != CMPI_DONE) return status;
  }
  return CMPI_DONE;
}

static int bring(const uint8_t *bytes, uint8_t *all, const int64_t *counts, bool to_all) {
  int *numbers = malloc(2 * (size_t)rank_count * sizeof *numbers);
  if (!numbers) return refused("memory is exhausted");
  int *ints = numbers, *starts = numbers + rank_count;
  int64_t start = 0;
  for (int rank = 0; rank < rank_count; rank++) {
    if (start + counts[rank] > INT_MAX) {
      free(numbers);
      return refused("the ranks have more than 2 GiB to tell each other at once");
    }
    ints[rank] = (int)counts[rank];
    starts[rank] = (int)start;
    start += counts[rank];
  }
  MPI_Request request;
  int code = to_all ? MPI_Iallgatherv(bytes, ints[own_rank], MPI_BYTE, all, ints, starts, MPI_BYTE, work, &request)
                    : MPI_Igatherv(bytes, ints[own_rank], MPI_BYTE, all, ints, starts, MPI_BYTE, 0, work, &request);
  int status = code == MPI_SUCCESS ? finish(&request) : failed(code);
  if (status == CMPI_DONE) free(numbers);
  return status;
}

int cmpi_collect(const uint8_t *bytes, uint8_t *all, const int64_t *counts) {
  return bring(bytes, all, counts, true);
}

int cmpi_gather(const uint8_t *bytes, uint8_t *all, const int64_t *counts) {
  return bring(bytes, all, counts, false);
}

void cmpi_tell(const char *text, double seconds) {
  static char sent[TEXT_SIZE];
  snprintf(sent, sizeof sent, "%s", text);
  MPI_Request *requests = malloc((size_t)rank_count * sizeof *requests);
  if (!requests) return;
  for (int rank = 0; rank < rank_count; rank++) {
    requests[rank] = MPI_REQUEST_NULL;
    if (rank == own_rank) continue;
    if (MPI_Isend(sent, (int)strlen(sent), MPI_BYTE, rank, FAILURE_TAG, news, &requests[rank]) != MPI_SUCCESS) {
      requests[rank] = MPI_REQUEST_NULL;
    }
  }
  // The library moves messages only while it is called.
  for (double passed = 0; passed < seconds; passed += 0.001) {
    int is_done = 0;
    if (MPI_Testall(rank_count, requests, &is_done, MPI_STATUSES_IGNORE) != MPI_SUCCESS) return;
    rest(1000000);
  }
}

int cmpi_end(void) {
  TRY(MPI_Comm_free(&work));
  TRY(MPI_Comm_free(&news));
  TRY(MPI_Finalize());
  return CMPI_DONE;
}

void cmpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

#else

#include <stdlib.h>

// No rank can be started, so that none of these is ever called.
bool cmpi_is_built(void) { return false; }
int cmpi_start(int *rank, int *count, char *host_name, int host_name_size, bool (*stops)(void *), void *context) {
  return CMPI_FAILED;
}
int cmpi_sum_floats(float *values, int64_t count) { return CMPI_FAILED; }
int cmpi_sum_doubles(double *values, int64_t count) { return CMPI_FAILED; }
int cmpi_broadcast(uint8_t *bytes, int64_t count) { return CMPI_FAILED; }
int cmpi_collect(const uint8_t *bytes, uint8_t *all, const int64_t *counts) { return CMPI_FAILED; }
int cmpi_gather(const uint8_t *bytes, uint8_t *all, const int64_t *counts) { return CMPI_FAILED; }
void cmpi_tell(const char *text, double seconds) {}
int cmpi_end(void) { return CMPI_FAILED; }
void cmpi_abort(int code) { exit(code); }
int cmpi_lost_rank(void) { return -1; }
const char *cmpi_lost_text(void) { return ""; }
const char *cmpi_error(void) { return "this program was built without it"; }

#endif
