#ifndef CMPI_H
#define CMPI_H

// A small set of functions over MPI, the same for every implementation of it; `mpi.h` stays in the `.c` file. Built
// without `WITH_MPI`, `cmpi_is_built` is false, and nothing else but `cmpi_cores` may be called.
//
// All functions but `cmpi_tell` are called on one thread, which need not be the main one. They return 0 for success,
// CMPI_LOST where another rank has told that it failed (`cmpi_lost_rank`, `cmpi_lost_text`), CMPI_STOPPED where `stops`
// said so, or CMPI_FAILED with the library's words in `cmpi_error`. After anything but success only `cmpi_tell` and
// `cmpi_abort` are of use.
//
// Waiting sleeps between looks, so that a rank that waits leaves its core to others of its host.

#include <stdbool.h>
#include <stdint.h>

enum { CMPI_DONE = 0, CMPI_LOST = 1, CMPI_STOPPED = 2, CMPI_FAILED = 3 };

// Whether this was built with an MPI.
bool cmpi_is_built(void);

// The set of cores that this process may use, as bytes that are equal where the sets are; returns how many bytes, 0 where
// the system does not say. Needs no MPI.
int cmpi_cores(uint8_t *set, int size);

// Joins the ranks. `stops` is asked while waiting, with `context`; it may be NULL.
int cmpi_start(int *rank, int *count, char *host_name, int host_name_size, bool (*stops)(void *), void *context);
// Replaces the elements by the sums over the ranks, added in the order of the ranks.
int cmpi_sum_floats(float *values, int64_t count);
int cmpi_sum_doubles(double *values, int64_t count);
// Replaces bytes by those of rank 0.
int cmpi_broadcast(uint8_t *bytes, int64_t count);
// Brings `counts[r]` bytes of each rank r to every rank, one behind the other.
int cmpi_collect(const uint8_t *bytes, uint8_t *all, const int64_t *counts);
// The same, to rank 0 only; `all` is NULL elsewhere.
int cmpi_gather(const uint8_t *bytes, uint8_t *all, const int64_t *counts);
// Tells every other rank that this one fails, with a sentence, for as long as `seconds`. From any thread, once the thread
// of the other functions has returned for good.
void cmpi_tell(const char *text, double seconds);
// Leaves the ranks, when all are through.
int cmpi_end(void);
// Ends all ranks at once with a code; does not return.
void cmpi_abort(int code);

// After CMPI_LOST: which rank failed and what it said.
int cmpi_lost_rank(void);
const char *cmpi_lost_text(void);
// After CMPI_FAILED: what the library says.
const char *cmpi_error(void);

#endif
