// Functions of oneDNN 3.x, written with those of 2.x.
//
// In 2.x a memory descriptor is a structure, which is allocated here; an operation is described first and made
// into a primitive descriptor then, and some functions have other names or orders of arguments.

#ifndef CDNNL_VERSION_2_H
#define CDNNL_VERSION_2_H

// An owned descriptor.
typedef dnnl_memory_desc_t *memory_descriptor;
typedef const dnnl_memory_desc_t *const_dnnl_memory_desc_t;

// Memory descriptors

static inline dnnl_status_t dnnl_memory_desc_clone(memory_descriptor *result, const_dnnl_memory_desc_t from) {
  *result = malloc(sizeof **result);
  if (!*result) return dnnl_out_of_memory;
  **result = *from;
  return dnnl_success;
}

static inline void dnnl_memory_desc_destroy(memory_descriptor descriptor) { free(descriptor); }

static inline dnnl_status_t dnnl_memory_desc_create_with_strides(
    memory_descriptor *result, int axes, const dnnl_dim_t *extents, dnnl_data_type_t type,
    const dnnl_dim_t *strides) {
  dnnl_memory_desc_t made;
  dnnl_status_t status = dnnl_memory_desc_init_by_strides(&made, axes, extents, type, strides);
  return status != dnnl_success ? status : dnnl_memory_desc_clone(result, &made);
}

static inline dnnl_status_t dnnl_memory_desc_create_with_tag(
    memory_descriptor *result, int axes, const dnnl_dim_t *extents, dnnl_data_type_t type,
    dnnl_format_tag_t tag) {
  dnnl_memory_desc_t made;
  dnnl_status_t status = dnnl_memory_desc_init_by_tag(&made, axes, extents, type, tag);
  return status != dnnl_success ? status : dnnl_memory_desc_clone(result, &made);
}

static inline dnnl_status_t dnnl_memory_desc_create_submemory(
    memory_descriptor *result, const_dnnl_memory_desc_t parent, const dnnl_dim_t *extents,
    const dnnl_dim_t *offsets) {
  dnnl_memory_desc_t made;
  dnnl_status_t status = dnnl_memory_desc_init_submemory(&made, parent, extents, offsets);
  return status != dnnl_success ? status : dnnl_memory_desc_clone(result, &made);
}

static inline int axes_of(const_dnnl_memory_desc_t descriptor) { return descriptor->ndims; }

// What the descriptor says of elements, extents, strides and blocks.
static inline void read_descriptor(const_dnnl_memory_desc_t from, cdnnl_description *description) {
  description->element = element_of(from->data_type);
  description->axes = from->ndims;
  description->offset = from->offset0;
  description->strided = from->format_kind == dnnl_blocked && from->extra.flags == 0;
  size_t size = sizeof(dnnl_dim_t) * (size_t)from->ndims;
  memcpy(description->extents, from->dims, size);
  memcpy(description->padded, from->padded_dims, size);
  if (!description->strided) return;
  const dnnl_blocking_desc_t *blocking = &from->format_desc.blocking;
  memcpy(description->strides, blocking->strides, size);
  description->blocks = blocking->inner_nblks;
  size = sizeof(dnnl_dim_t) * (size_t)blocking->inner_nblks;
  memcpy(description->block_extents, blocking->inner_blks, size);
  memcpy(description->block_axes, blocking->inner_idxs, size);
}

// A descriptor of these elements, extents, strides and blocks.
static inline dnnl_status_t write_descriptor(
    const cdnnl_description *description, memory_descriptor *result) {
  dnnl_memory_desc_t made = {0};
  dnnl_blocking_desc_t *blocking = &made.format_desc.blocking;
  made.ndims = description->axes;
  made.data_type = type_of(description->element);
  made.format_kind = dnnl_blocked;
  size_t size = sizeof(dnnl_dim_t) * (size_t)description->axes;
  memcpy(made.dims, description->extents, size);
  memcpy(made.padded_dims, description->padded, size);
  memcpy(blocking->strides, description->strides, size);
  blocking->inner_nblks = description->blocks;
  size = sizeof(dnnl_dim_t) * (size_t)description->blocks;
  memcpy(blocking->inner_blks, description->block_extents, size);
  memcpy(blocking->inner_idxs, description->block_axes, size);
  return dnnl_memory_desc_clone(result, &made);
}

// Primitive descriptors

// Makes the descriptor of an operation if its description succeeded.
static inline dnnl_status_t describe_primitive(
    dnnl_primitive_desc_t *result, dnnl_status_t status, const void *operation, dnnl_engine_t engine,
    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(result, operation, attributes, engine, hint);
}

// Convolutions and transposed ones differ in their names alone.
#define CDNNL_CONVOLUTION(name)                                                                               \
  static inline dnnl_status_t dnnl_##name##_forward_primitive_desc_create(                                    \
      dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,  \
      const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t weights, const_dnnl_memory_desc_t bias,       \
      const_dnnl_memory_desc_t destination, const dnnl_dim_t *strides, const dnnl_dim_t *dilations,           \
      const dnnl_dim_t *before, const dnnl_dim_t *after, const_dnnl_primitive_attr_t attributes) {            \
    dnnl_##name##_desc_t operation;                                                                           \
    dnnl_status_t status = dnnl_dilated_##name##_forward_desc_init(                                           \
        &operation, kind, algorithm, source, weights, bias, destination, strides, dilations, before, after);  \
    return describe_primitive(result, status, &operation, engine, NULL, attributes);                          \
  }                                                                                                           \
  static inline dnnl_status_t dnnl_##name##_backward_data_primitive_desc_create(                              \
      dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t algorithm,                         \
      const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t weights,                                      \
      const_dnnl_memory_desc_t destination, const dnnl_dim_t *strides, const dnnl_dim_t *dilations,           \
      const dnnl_dim_t *before, const dnnl_dim_t *after, const_dnnl_primitive_desc_t hint,                    \
      const_dnnl_primitive_attr_t attributes) {                                                               \
    dnnl_##name##_desc_t operation;                                                                           \
    dnnl_status_t status = dnnl_dilated_##name##_backward_data_desc_init(                                     \
        &operation, algorithm, source, weights, destination, strides, dilations, before, after);              \
    return describe_primitive(result, status, &operation, engine, hint, attributes);                          \
  }                                                                                                           \
  static inline dnnl_status_t dnnl_##name##_backward_weights_primitive_desc_create(                           \
      dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t algorithm,                         \
      const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t weights, const_dnnl_memory_desc_t bias,       \
      const_dnnl_memory_desc_t destination, const dnnl_dim_t *strides, const dnnl_dim_t *dilations,           \
      const dnnl_dim_t *before, const dnnl_dim_t *after, const_dnnl_primitive_desc_t hint,                    \
      const_dnnl_primitive_attr_t attributes) {                                                               \
    dnnl_##name##_desc_t operation;                                                                           \
    dnnl_status_t status = dnnl_dilated_##name##_backward_weights_desc_init(                                  \
        &operation, algorithm, source, weights, bias, destination, strides, dilations, before, after);        \
    return describe_primitive(result, status, &operation, engine, hint, attributes);                          \
  }

CDNNL_CONVOLUTION(convolution)
CDNNL_CONVOLUTION(deconvolution)
#undef CDNNL_CONVOLUTION

static inline dnnl_status_t dnnl_pooling_forward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,
    const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t destination, const dnnl_dim_t *strides,
    const dnnl_dim_t *kernel, const dnnl_dim_t *dilations, const dnnl_dim_t *before, const dnnl_dim_t *after,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_pooling_v2_desc_t operation;
  dnnl_status_t status = dnnl_pooling_v2_forward_desc_init(
      &operation, kind, algorithm, source, destination, strides, kernel, dilations, before, after);
  return describe_primitive(result, status, &operation, engine, NULL, attributes);
}

static inline dnnl_status_t dnnl_pooling_backward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t algorithm,
    const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t destination, const dnnl_dim_t *strides,
    const dnnl_dim_t *kernel, const dnnl_dim_t *dilations, const dnnl_dim_t *before, const dnnl_dim_t *after,
    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
  dnnl_pooling_v2_desc_t operation;
  dnnl_status_t status = dnnl_pooling_v2_backward_desc_init(
      &operation, algorithm, source, destination, strides, kernel, dilations, before, after);
  return describe_primitive(result, status, &operation, engine, hint, attributes);
}

// The argument that batch normalization's backward pass refuses: none, it asks for the shift too.
enum { BACKWARD_NORMALIZATION_REFUSES = 0 };

// Of the results' layouts below 2.x is not asked: they are those of the sources.

static inline dnnl_status_t dnnl_eltwise_forward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,
    const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t destination, float alpha, float beta,
    const_dnnl_primitive_attr_t attributes) {
  (void)destination;
  dnnl_eltwise_desc_t operation;
  dnnl_status_t status = dnnl_eltwise_forward_desc_init(&operation, kind, algorithm, source, alpha, beta);
  return describe_primitive(result, status, &operation, engine, NULL, attributes);
}

static inline dnnl_status_t dnnl_eltwise_backward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t algorithm,
    const_dnnl_memory_desc_t source_gradient, const_dnnl_memory_desc_t gradient,
    const_dnnl_memory_desc_t source, float alpha, float beta, const_dnnl_primitive_desc_t hint,
    const_dnnl_primitive_attr_t attributes) {
  (void)source_gradient;
  dnnl_eltwise_desc_t operation;
  dnnl_status_t status =
      dnnl_eltwise_backward_desc_init(&operation, algorithm, gradient, source, alpha, beta);
  return describe_primitive(result, status, &operation, engine, hint, attributes);
}

static inline dnnl_status_t dnnl_batch_normalization_forward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_prop_kind_t kind,
    const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t destination, float epsilon, unsigned flags,
    const_dnnl_primitive_attr_t attributes) {
  (void)destination;
  dnnl_batch_normalization_desc_t operation;
  dnnl_status_t status =
      dnnl_batch_normalization_forward_desc_init(&operation, kind, source, epsilon, flags);
  return describe_primitive(result, status, &operation, engine, NULL, attributes);
}

static inline dnnl_status_t dnnl_batch_normalization_backward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_prop_kind_t kind,
    const_dnnl_memory_desc_t source_gradient, const_dnnl_memory_desc_t gradient,
    const_dnnl_memory_desc_t source, float epsilon, unsigned flags, const_dnnl_primitive_desc_t hint,
    const_dnnl_primitive_attr_t attributes) {
  (void)source_gradient;
  dnnl_batch_normalization_desc_t operation;
  dnnl_status_t status =
      dnnl_batch_normalization_backward_desc_init(&operation, kind, gradient, source, epsilon, flags);
  return describe_primitive(result, status, &operation, engine, hint, attributes);
}

// From 2.6 on; the softmax before it is another operation for the logarithm.
static inline dnnl_status_t dnnl_softmax_forward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,
    const_dnnl_memory_desc_t source, const_dnnl_memory_desc_t destination, int axis,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_softmax_v2_desc_t operation;
  dnnl_status_t status =
      dnnl_softmax_v2_forward_desc_init(&operation, kind, algorithm, source, destination, axis);
  return describe_primitive(result, status, &operation, engine, NULL, attributes);
}

static inline dnnl_status_t dnnl_softmax_backward_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, dnnl_alg_kind_t algorithm,
    const_dnnl_memory_desc_t source_gradient, const_dnnl_memory_desc_t gradient,
    const_dnnl_memory_desc_t destination, int axis, const_dnnl_primitive_desc_t hint,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_softmax_v2_desc_t operation;
  dnnl_status_t status = dnnl_softmax_v2_backward_desc_init(
      &operation, algorithm, source_gradient, gradient, destination, axis);
  return describe_primitive(result, status, &operation, engine, hint, attributes);
}

static inline dnnl_status_t dnnl_matmul_primitive_desc_create(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const_dnnl_memory_desc_t source,
    const_dnnl_memory_desc_t weights, const_dnnl_memory_desc_t bias, const_dnnl_memory_desc_t destination,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_matmul_desc_t operation;
  dnnl_status_t status = dnnl_matmul_desc_init(&operation, source, weights, bias, destination);
  return describe_primitive(result, status, &operation, engine, NULL, attributes);
}

// 2.x wants the sources side by side.
static inline dnnl_status_t create_concatenation(
    dnnl_primitive_desc_t *result, dnnl_engine_t engine, const_dnnl_memory_desc_t destination, int count,
    int axis, const const_dnnl_memory_desc_t *sources, const_dnnl_primitive_attr_t attributes) {
  dnnl_memory_desc_t *copies = malloc(sizeof(dnnl_memory_desc_t) * (size_t)count);
  if (!copies) return dnnl_out_of_memory;
  for (int i = 0; i < count; i++) copies[i] = *sources[i];
  dnnl_status_t status =
      dnnl_concat_primitive_desc_create(result, destination, count, axis, copies, attributes, engine);
  free(copies);
  return status;
}

static inline dnnl_status_t append_function(
    dnnl_post_ops_t operations, dnnl_alg_kind_t function, float alpha, float beta) {
  return dnnl_post_ops_append_eltwise(operations, 1, function, alpha, beta);
}

static inline dnnl_status_t append_sum(dnnl_post_ops_t operations) {
  return dnnl_post_ops_append_sum(operations, 1);
}

#endif
