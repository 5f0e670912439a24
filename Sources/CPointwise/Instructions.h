// One compilation of the interpreter: vectors of `LANES` floats, entered by `RUN`.
#include "CPointwise.h"

#include <math.h>
#include <stddef.h>

typedef float floats __attribute__((vector_size(4 * LANES)));
typedef uint32_t words __attribute__((vector_size(4 * LANES)));
typedef int32_t integers __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

void RUN(
    const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs, int64_t lanes,
    int64_t first, int64_t count, float *scratch);

#ifdef TARGET
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)
#endif
#include "Functions.h"
#include "Tile.h"
#ifdef TARGET
#pragma clang attribute pop
#endif
