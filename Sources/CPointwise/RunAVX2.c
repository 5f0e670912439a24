#if defined(__x86_64__)
#define LANES 8
#define NAMED(name) cpw_##name##_avx2
#define TARGET "avx2,fma"
#include "Instructions.h"
#endif
