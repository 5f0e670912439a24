#include "Library.h"

static int give(dnnl_status_t status, memory_descriptor descriptor, cdnnl_layout **layout) {
  if (status == dnnl_success) *layout = (cdnnl_layout *)descriptor;
  return status;
}

static dnnl_format_tag_t plain_tag(int axes) {
  static const dnnl_format_tag_t tags[] = {
      dnnl_format_tag_undef, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef,
      dnnl_abcdefg, dnnl_abcdefgh, dnnl_abcdefghi, dnnl_abcdefghij, dnnl_abcdefghijk, dnnl_abcdefghijkl};
  return axes < 1 || axes > CDNNL_MAX_DIMENSIONS ? dnnl_format_tag_undef : tags[axes];
}

int cdnnl_layout_make(
    cdnnl_element element, int axes, const int64_t *extents, const int64_t *strides, cdnnl_layout **layout) {
  dnnl_data_type_t type = type_of(element);
  memory_descriptor made = NULL;
  dnnl_status_t status =
      strides ? dnnl_memory_desc_create_with_strides(&made, axes, extents, type, strides)
              : dnnl_memory_desc_create_with_tag(&made, axes, extents, type, plain_tag(axes));
  return give(status, made, layout);
}

int cdnnl_layout_make_any(
    cdnnl_element element, int axes, const int64_t *extents, cdnnl_layout **layout) {
  memory_descriptor made = NULL;
  dnnl_status_t status =
      dnnl_memory_desc_create_with_tag(&made, axes, extents, type_of(element), dnnl_format_tag_any);
  return give(status, made, layout);
}

int cdnnl_layout_copy(const cdnnl_layout *layout, cdnnl_layout **copy) {
  memory_descriptor made = NULL;
  return give(dnnl_memory_desc_clone(&made, descriptor_of(layout)), made, copy);
}

int cdnnl_layout_slice(
    const cdnnl_layout *layout, const int64_t *extents, const int64_t *offsets, cdnnl_layout **slice) {
  memory_descriptor made = NULL;
  dnnl_status_t status =
      dnnl_memory_desc_create_submemory(&made, descriptor_of(layout), extents, offsets);
  return give(status, made, slice);
}

int cdnnl_layout_like(
    const cdnnl_layout *layout, cdnnl_element element, const int64_t *extents, cdnnl_layout **result) {
  cdnnl_description old, description;
  cdnnl_layout_describe(layout, &old);
  if (!old.strided) return dnnl_unimplemented;
  description = old;
  description.element = element;
  description.offset = 0;
  int64_t stride = 1;
  for (int i = 0; i < old.blocks; i++) stride *= old.block_extents[i];
  for (int axis = 0; axis < old.axes; axis++) {
    int64_t block = block_of(&old, axis);
    description.extents[axis] = extents[axis];
    description.padded[axis] = (extents[axis] + block - 1) / block * block;
  }
  // Outer axes keep their order; ties (extent 1) go by position, the later axis innermost.
  bool done[CDNNL_MAX_DIMENSIONS] = {false};
  for (int step = 0; step < old.axes; step++) {
    int next = -1;
    for (int axis = old.axes - 1; axis >= 0; axis--) {
      if (!done[axis] && (next < 0 || old.strides[axis] < old.strides[next])) next = axis;
    }
    done[next] = true;
    description.strides[next] = stride;
    stride *= description.padded[next] / block_of(&old, next);
  }
  memory_descriptor made = NULL;
  return give(write_descriptor(&description, &made), made, result);
}

void cdnnl_layout_free(cdnnl_layout *layout) {
  if (layout) dnnl_memory_desc_destroy((memory_descriptor)layout);
}

bool cdnnl_layout_equal(const cdnnl_layout *a, const cdnnl_layout *b) {
  return dnnl_memory_desc_equal(descriptor_of(a), descriptor_of(b));
}

void cdnnl_layout_describe(const cdnnl_layout *layout, cdnnl_description *description) {
  memset(description, 0, sizeof *description);
  read_descriptor(descriptor_of(layout), description);
  description->bytes = (int64_t)dnnl_memory_desc_get_size(descriptor_of(layout));
}
