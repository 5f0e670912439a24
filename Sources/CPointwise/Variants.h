// What is compiled for several sets of instructions, each in a file of its own.
#pragma once

#include "CPointwise.h"

#define VARIANTS(name, parameters) \
  void cpw_##name##_plain parameters; \
  void cpw_##name##_avx2 parameters;  \
  void cpw_##name##_avx512 parameters

VARIANTS(
    run, (const cpw_program *, const cpw_operand *, const cpw_operand *, int64_t lanes, int64_t first,
          int64_t count, float *scratch));
VARIANTS(softmax, (const cpw_axis *, int32_t logs, const float *from, float *to, int64_t lanes));
VARIANTS(
    softmax_gradient, (const cpw_axis *, int32_t logs, const float *result, const float *gradient, float *to,
                       int64_t lanes));
VARIANTS(
    resample, (const cpw_taps *, int64_t first, int64_t count, int64_t width, const float *from, float *to));
VARIANTS(
    normalize, (const cpw_rows *, const float *from, float *to, float *means, float *inverses, int64_t count));
VARIANTS(
    normalize_gradient, (const cpw_rows *, const float *from, const float *means, const float *inverses,
                         const float *gradient, float *to, int64_t count));
VARIANTS(
    depthwise_weights, (const cpw_depthwise *, const float *source, const float *gradient, float *to));
