// One compilation of everything here: vectors of `LANES` floats, functions named by `NAMED`.
#include "Variants.h"

#include <math.h>
#include <stddef.h>

typedef float floats __attribute__((vector_size(4 * LANES)));
typedef uint32_t words __attribute__((vector_size(4 * LANES)));
typedef int32_t integers __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

#ifdef TARGET
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)
#endif
#include "Functions.h"
#include "Softmax.h"
#include "Resample.h"
#include "Rows.h"
#include "Depthwise.h"
#include "Tile.h"
#ifdef TARGET
#pragma clang attribute pop
#endif
