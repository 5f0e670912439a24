// What the shim needs of oneDNN 3.x besides the library's own functions.

#ifndef CDNNL_VERSION_3_H
#define CDNNL_VERSION_3_H

// An owned descriptor.
typedef dnnl_memory_desc_t memory_descriptor;

static inline int axes_of(const_dnnl_memory_desc_t descriptor) {
  int axes = 0;
  dnnl_memory_desc_query(descriptor, dnnl_query_ndims_s32, &axes);
  return axes;
}

// What the descriptor says of elements, extents, strides and blocks.
static inline void read_descriptor(const_dnnl_memory_desc_t from, cdnnl_description *description) {
  const dnnl_dims_t *list = NULL;
  dnnl_format_kind_t kind = dnnl_format_kind_undef;
  dnnl_data_type_t type = dnnl_data_type_undef;
  dnnl_memory_desc_query(from, dnnl_query_data_type, &type);
  description->element = element_of(type);
  description->axes = axes_of(from);
  dnnl_memory_desc_query(from, dnnl_query_submemory_offset_s64, &description->offset);
  dnnl_memory_desc_query(from, dnnl_query_format_kind, &kind);
  description->strided = kind == dnnl_blocked;
  size_t size = sizeof(dnnl_dim_t) * (size_t)description->axes;
  dnnl_memory_desc_query(from, dnnl_query_dims, &list);
  memcpy(description->extents, *list, size);
  dnnl_memory_desc_query(from, dnnl_query_padded_dims, &list);
  memcpy(description->padded, *list, size);
  if (!description->strided) return;
  dnnl_memory_desc_query(from, dnnl_query_strides, &list);
  memcpy(description->strides, *list, size);
  dnnl_memory_desc_query(from, dnnl_query_inner_nblks_s32, &description->blocks);
  size = sizeof(dnnl_dim_t) * (size_t)description->blocks;
  dnnl_memory_desc_query(from, dnnl_query_inner_blks, &list);
  memcpy(description->block_extents, *list, size);
  dnnl_memory_desc_query(from, dnnl_query_inner_idxs, &list);
  memcpy(description->block_axes, *list, size);
}

// Whether the inner blocks are the same ones and the outer strides agree wherever they matter.
static inline bool lies_alike(const cdnnl_description *a, const cdnnl_description *b) {
  size_t size = sizeof(dnnl_dim_t) * (size_t)a->blocks;
  if (!a->strided || !b->strided || a->blocks != b->blocks) return false;
  if (memcmp(a->block_extents, b->block_extents, size) || memcmp(a->block_axes, b->block_axes, size)) {
    return false;
  }
  for (int axis = 0; axis < a->axes; axis++) {
    if (a->padded[axis] != b->padded[axis]) return false;
    if (a->padded[axis] > block_of(a, axis) && a->strides[axis] != b->strides[axis]) return false;
  }
  return true;
}

// A descriptor of these elements, extents, strides and blocks. Blocks can be had through the library's named formats
// alone, so the one that means these is looked for, beginning with the one found last.
static inline dnnl_status_t write_descriptor(
    const cdnnl_description *description, memory_descriptor *result) {
  enum { FIRST = dnnl_format_tag_any + 1, COUNT = dnnl_format_tag_last - FIRST };
  static _Thread_local int latest = FIRST;
  dnnl_data_type_t type = type_of(description->element);
  int axes = description->axes, start = latest - FIRST;
  if (description->blocks == 0) {
    return dnnl_memory_desc_create_with_strides(
        result, axes, description->extents, type, description->strides);
  }
  for (int step = 0; step < COUNT; step++) {
    int tag = FIRST + (start + step) % COUNT;
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(
        result, axes, description->extents, type, (dnnl_format_tag_t)tag);
    if (status == dnnl_out_of_memory) return status;
    if (status != dnnl_success) continue;
    cdnnl_description found = {0};
    read_descriptor(*result, &found);
    if (lies_alike(description, &found)) {
      latest = tag;
      return dnnl_success;
    }
    dnnl_memory_desc_destroy(*result);
  }
  return dnnl_unimplemented;
}

// The argument that batch normalization's backward pass refuses: no gradient depends on the shift.
enum { BACKWARD_NORMALIZATION_REFUSES = DNNL_ARG_SHIFT };

static inline dnnl_status_t create_concatenation(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const_dnnl_memory_desc_t destination, int count,
    int axis, const const_dnnl_memory_desc_t *sources, const_dnnl_primitive_attr_t attributes) {
  return dnnl_concat_primitive_desc_create(result, engine, destination, count, axis, sources, attributes);
}

static inline dnnl_status_t append_function(
    dnnl_post_ops_t operations, dnnl_alg_kind_t function, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(operations, function, alpha, beta);
}

static inline dnnl_status_t append_sum(dnnl_post_ops_t operations) {
  return dnnl_post_ops_append_sum(operations, 1, 0, dnnl_data_type_undef);
}

#endif
