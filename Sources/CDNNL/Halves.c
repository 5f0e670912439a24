#include "CDNNL.h"

#include <string.h>

// Passes over bf16 numbers that the library has no primitive for. The compiler makes vector code of them, for
// AVX-512 where the processor has it: every x86 processor with bf16 does.

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define HAS_WIDE (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
#else
#define WIDE
#define HAS_WIDE 0
#endif
#define INLINE static inline __attribute__((always_inline))

enum { lanes = 16 };
typedef uint16_t halves __attribute__((vector_size(2 * lanes)));
typedef uint32_t words __attribute__((vector_size(4 * lanes)));
typedef float floats __attribute__((vector_size(4 * lanes)));

INLINE void load(const uint16_t *from, floats *to) {
  halves bits;
  memcpy(&bits, from, sizeof bits);
  *to = (floats)(__builtin_convertvector(bits, words) << 16);
}

// To the nearest, the even one of two; NaNs as arithmetic makes them stay NaNs.
INLINE void store(const floats *from, uint16_t *to) {
  words bits = (words)*from;
  halves upper = __builtin_convertvector((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16, halves);
  memcpy(to, &upper, sizeof upper);
}

INLINE void widen(int64_t count, const uint16_t *from, float *to) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    floats vector;
    load(from + i, &vector);
    memcpy(to + i, &vector, sizeof vector);
  }
  for (; i < count; i++) {
    uint32_t bits = (uint32_t)from[i] << 16;
    memcpy(to + i, &bits, sizeof bits);
  }
}

INLINE void narrow(int64_t count, const float *from, uint16_t *to) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    floats vector;
    memcpy(&vector, from + i, sizeof vector);
    store(&vector, to + i);
  }
  for (; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, from + i, sizeof bits);
    to[i] = (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
  }
}

typedef struct {
  int shares;
  const uint16_t *const *share;
  const uint16_t *value;
  uint16_t *target;
  cdnnl_gate gate;
  float lower, upper;
} join_operands;

// Sixteen elements; adds the products with the value to `sum`.
INLINE void join_vector(const join_operands *join, int64_t index, floats *sum) {
  floats gradient, value = {0};
  load(join->share[0] + index, &gradient);
  for (int i = 1; i < join->shares; i++) {
    floats share;
    load(join->share[i] + index, &share);
    gradient += share;
  }
  if (join->value) load(join->value + index, &value);
  *sum += gradient * value;
  if (!join->target) return;
  words mask = ~(words){0};
  if (join->gate != CDNNL_GATE_OPEN) mask = (words)(value > join->lower);
  if (join->gate == CDNNL_GATE_CLIP) mask &= (words)(value < join->upper);
  gradient = (floats)((words)gradient & mask);
  store(&gradient, join->target + index);
}

INLINE void join(int64_t count, const join_operands *operands, float *sums) {
  floats total;
  memcpy(&total, sums, sizeof total);
  int64_t index = 0;
  while (index + lanes <= count) {
    // Sums of 64 vectors are made first, so that rounding does not grow with the number of elements.
    floats sum = {0};
    int64_t end = index + 64 * lanes < count - lanes + 1 ? index + 64 * lanes : count - lanes + 1;
    for (; index < end; index += lanes) join_vector(operands, index, &sum);
    total += sum;
  }
  memcpy(sums, &total, sizeof total);
  for (; index < count; index++) {
    float gradient = 0, value = 0, share;
    for (int i = 0; i < operands->shares; i++) {
      widen(1, operands->share[i] + index, &share);
      gradient += share;
    }
    if (operands->value) widen(1, operands->value + index, &value);
    sums[index % lanes] += gradient * value;
    if (operands->gate != CDNNL_GATE_OPEN && !(value > operands->lower)) gradient = 0;
    if (operands->gate == CDNNL_GATE_CLIP && !(value < operands->upper)) gradient = 0;
    if (operands->target) narrow(1, &gradient, operands->target + index);
  }
}

WIDE static void widen_wide(int64_t count, const uint16_t *from, float *to) { widen(count, from, to); }

WIDE static void narrow_wide(int64_t count, const float *from, uint16_t *to) { narrow(count, from, to); }

WIDE static void join_wide(int64_t count, const join_operands *operands, float *sums) {
  join(count, operands, sums);
}

void cdnnl_widen(int64_t count, const uint16_t *from, float *to) {
  if (HAS_WIDE) widen_wide(count, from, to);
  else widen(count, from, to);
}

void cdnnl_narrow(int64_t count, const float *from, uint16_t *to) {
  if (HAS_WIDE) narrow_wide(count, from, to);
  else narrow(count, from, to);
}

void cdnnl_join(
    int64_t count, int shares, const uint16_t *const *share, const uint16_t *value, uint16_t *target,
    cdnnl_gate gate, float lower, float upper, float *sums) {
  const join_operands operands = {shares, share, value, target, gate, lower, upper};
  if (HAS_WIDE) join_wide(count, &operands, sums);
  else join(count, &operands, sums);
}
