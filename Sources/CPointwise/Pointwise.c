#include "Variants.h"

// Chooses among the sets of instructions.

static cpw_instructions there(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return CPW_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CPW_AVX2;
#endif
  return CPW_PLAIN;
}

#if defined(__x86_64__)
#define BEST(most, name, ...)                                                  \
  switch (most < there() ? most : there()) {                                   \
    case CPW_AVX512: cpw_##name##_avx512(__VA_ARGS__); break;                  \
    case CPW_AVX2: cpw_##name##_avx2(__VA_ARGS__); break;                      \
    default: cpw_##name##_plain(__VA_ARGS__);                                  \
  }
#else
#define BEST(most, name, ...) cpw_##name##_plain(__VA_ARGS__)
#endif

void cpw_run(
    const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs, int64_t lanes,
    int64_t first, int64_t count, float *scratch) {
  cpw_run_with(CPW_AVX512, program, inputs, outputs, lanes, first, count, scratch);
}

void cpw_run_with(
    cpw_instructions most, const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs,
    int64_t lanes, int64_t first, int64_t count, float *scratch) {
  BEST(most, run, program, inputs, outputs, lanes, first, count, scratch);
}

void cpw_softmax(const cpw_axis *axis, int32_t logs, const float *from, float *to, int64_t lanes) {
  BEST(CPW_AVX512, softmax, axis, logs, from, to, lanes);
}

void cpw_softmax_gradient(
    const cpw_axis *axis, int32_t logs, const float *result, const float *gradient, float *to, int64_t lanes) {
  BEST(CPW_AVX512, softmax_gradient, axis, logs, result, gradient, to, lanes);
}

void cpw_resample(
    const cpw_taps *taps, int64_t first, int64_t count, int64_t width, const float *from, float *to) {
  BEST(CPW_AVX512, resample, taps, first, count, width, from, to);
}

void cpw_normalize(
    const cpw_rows *rows, const float *from, float *to, float *means, float *inverses, int64_t count) {
  BEST(CPW_AVX512, normalize, rows, from, to, means, inverses, count);
}

void cpw_normalize_gradient(
    const cpw_rows *rows, const float *from, const float *means, const float *inverses, const float *gradient,
    float *to, int64_t count) {
  BEST(CPW_AVX512, normalize_gradient, rows, from, means, inverses, gradient, to, count);
}

void cpw_depthwise_weights(
    const cpw_depthwise *form, const float *source, const float *gradient, float *to) {
  cpw_depthwise_weights_with(CPW_AVX512, form, source, gradient, to);
}

void cpw_depthwise_weights_with(
    cpw_instructions most, const cpw_depthwise *form, const float *source, const float *gradient, float *to) {
  BEST(most, depthwise_weights, form, source, gradient, to);
}
