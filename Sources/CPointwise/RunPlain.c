// For every processor: vectors of four floats are there on all of them.
#define LANES 4
#define NAMED(name) cpw_##name##_plain
#include "Instructions.h"
