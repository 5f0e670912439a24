#if defined(__x86_64__)
#define LANES 16
#define NAMED(name) cpw_##name##_avx512
#define TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"
#include "Instructions.h"
#endif
