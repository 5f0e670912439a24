#if defined(__x86_64__)
#define LANES 8
#define RUN cpw_run_avx2
#define TARGET "avx2,fma"
#include "Instructions.h"
#endif
