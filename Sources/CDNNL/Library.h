#ifndef CDNNL_LIBRARY_H
#define CDNNL_LIBRARY_H

// What the files of the shim share. They speak to oneDNN in the terms of its version 3; `Version2.h` teaches
// them to version 2, `Version3.h` holds what version 3 needs besides.

#include "CDNNL.h"

#include <stdlib.h>
#include <string.h>

#include <dnnl.h>
#include <dnnl_debug.h>

// How many consecutive indices of the axis lie together in the inner blocks.
static inline int64_t block_of(const cdnnl_description *description, int axis) {
  int64_t extent = 1;
  for (int i = 0; i < description->blocks; i++) {
    if (description->block_axes[i] == axis) extent *= description->block_extents[i];
  }
  return extent;
}

// The library's name of an element's type.
static inline dnnl_data_type_t type_of(cdnnl_element element) {
  switch (element) {
    case CDNNL_F32: return dnnl_f32;
    case CDNNL_BF16: return dnnl_bf16;
    case CDNNL_S32: return dnnl_s32;
    case CDNNL_S8: return dnnl_s8;
    case CDNNL_U8: return dnnl_u8;
  }
  return dnnl_data_type_undef;
}

static inline cdnnl_element element_of(dnnl_data_type_t type) {
  switch (type) {
    case dnnl_f32: return CDNNL_F32;
    case dnnl_bf16: return CDNNL_BF16;
    case dnnl_s32: return CDNNL_S32;
    case dnnl_s8: return CDNNL_S8;
    default: return CDNNL_U8;
  }
}

#if DNNL_VERSION_MAJOR == 2
#include "Version2.h"
#elif DNNL_VERSION_MAJOR == 3
#include "Version3.h"
#else
#error "CDNNL knows oneDNN 2.x and 3.x"
#endif

struct cdnnl_engine {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
};

struct cdnnl_primitive {
  dnnl_primitive_desc_t descriptor;
  dnnl_primitive_t primitive;
  // The argument that calls leave out although callers give it; 0 where there is none.
  int unread;
};

// A layout is the library's descriptor itself; NULL stays NULL.
static inline const_dnnl_memory_desc_t descriptor_of(const cdnnl_layout *layout) {
  return (const_dnnl_memory_desc_t)layout;
}

// The library's number of an operand.
int cdnnl_argument(int operand);

#endif
