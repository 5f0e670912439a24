// For every processor: vectors of four floats are there on all of them.
#define LANES 4
#define RUN cpw_run_plain
#include "Instructions.h"
