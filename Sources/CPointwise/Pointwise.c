#include "CPointwise.h"

// The interpreter is compiled for several sets of instructions, each in a file of its own.

typedef void (*runner)(
    const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs, int64_t lanes,
    int64_t first, int64_t count, float *scratch);

void cpw_run_plain(
    const cpw_program *, const cpw_operand *, const cpw_operand *, int64_t, int64_t, int64_t, float *);
#if defined(__x86_64__)
void cpw_run_avx2(
    const cpw_program *, const cpw_operand *, const cpw_operand *, int64_t, int64_t, int64_t, float *);
void cpw_run_avx512(
    const cpw_program *, const cpw_operand *, const cpw_operand *, int64_t, int64_t, int64_t, float *);
#endif

static runner best(cpw_instructions most) {
#if defined(__x86_64__)
  if (most >= CPW_AVX512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return cpw_run_avx512;
  }
  if (most >= CPW_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return cpw_run_avx2;
#endif
  (void)most;
  return cpw_run_plain;
}

void cpw_run(
    const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs, int64_t lanes,
    int64_t first, int64_t count, float *scratch) {
  best(CPW_AVX512)(program, inputs, outputs, lanes, first, count, scratch);
}

void cpw_run_with(
    cpw_instructions most, const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs,
    int64_t lanes, int64_t first, int64_t count, float *scratch) {
  best(most)(program, inputs, outputs, lanes, first, count, scratch);
}
