#define _GNU_SOURCE
#include "CDNNL.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <dnnl.h>
#include <dnnl_debug.h>

// Threads: the library's OpenMP, found at run time, so that nothing is linked twice.

typedef void (*gomp_parallel)(void (*)(void *), void *, unsigned, unsigned);

static void *openmp(const char *name) { return dlsym(RTLD_DEFAULT, name); }

void cdnnl_set_threads(int count) {
  static void (*set)(int);
  if (!set) *(void **)&set = openmp("omp_set_num_threads");
  if (set && count > 0) set(count);
}

int cdnnl_threads(void) {
  static int (*get)(void);
  if (!get) *(void **)&get = openmp("omp_get_max_threads");
  return get ? get() : 1;
}

typedef struct {
  void (*body)(void *, int);
  void *context;
  int count;
  int (*thread)(void);
  int (*threads)(void);
} team;

static void work(void *pointer) {
  team *shared = pointer;
  int thread = shared->thread(), threads = shared->threads();
  int first = (int)((int64_t)shared->count * thread / threads);
  int end = (int)((int64_t)shared->count * (thread + 1) / threads);
  for (int index = first; index < end; index++) shared->body(shared->context, index);
}

void cdnnl_parallel(int count, void (*body)(void *context, int index), void *context) {
  static gomp_parallel parallel;
  static int (*thread)(void);
  static int (*threads)(void);
  static bool looked;
  if (!looked) {
    *(void **)&parallel = openmp("GOMP_parallel");
    *(void **)&thread = openmp("omp_get_thread_num");
    *(void **)&threads = openmp("omp_get_num_threads");
    looked = true;
  }
  if (count > 1 && parallel && thread && threads && cdnnl_threads() > 1) {
    team shared = {body, context, count, thread, threads};
    parallel(work, &shared, 0, 0);
  } else {
    for (int index = 0; index < count; index++) body(context, index);
  }
}

void cdnnl_version(int *major, int *minor, int *patch) {
  const dnnl_version_t *version = dnnl_version();
  *major = version->major;
  *minor = version->minor;
  *patch = version->patch;
}

const char *cdnnl_status_name(int status) { return dnnl_status2str((dnnl_status_t)status); }

struct cdnnl_engine {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
};

int cdnnl_engine_make(cdnnl_engine **engine) {
  *engine = calloc(1, sizeof(cdnnl_engine));
  if (!*engine) return dnnl_out_of_memory;
  dnnl_status_t status = dnnl_engine_create(&(*engine)->engine, dnnl_cpu, 0);
  if (status == dnnl_success) {
    status = dnnl_stream_create(&(*engine)->stream, (*engine)->engine, dnnl_stream_default_flags);
  }
  if (status != dnnl_success) {
    cdnnl_engine_free(*engine);
    *engine = NULL;
  }
  return status;
}

void cdnnl_engine_free(cdnnl_engine *engine) {
  if (!engine) return;
  if (engine->stream) dnnl_stream_destroy(engine->stream);
  if (engine->engine) dnnl_engine_destroy(engine->engine);
  free(engine);
}

#if DNNL_VERSION_MAJOR == 2

struct cdnnl_layout {
  dnnl_memory_desc_t descriptor;
};

struct cdnnl_primitive {
  dnnl_primitive_desc_t descriptor;
  dnnl_primitive_t primitive;
};

struct cdnnl_call {
  dnnl_primitive_t primitive;
  dnnl_stream_t stream;
  int count;
  dnnl_exec_arg_t arguments[];
};

// Layouts

static int wrap(const dnnl_memory_desc_t *descriptor, cdnnl_layout **layout) {
  *layout = malloc(sizeof(cdnnl_layout));
  if (!*layout) return dnnl_out_of_memory;
  (*layout)->descriptor = *descriptor;
  return dnnl_success;
}

static dnnl_format_tag_t plain_tag(int axes) {
  static const dnnl_format_tag_t tags[] = {
      dnnl_format_tag_undef, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef,
      dnnl_abcdefg, dnnl_abcdefgh, dnnl_abcdefghi, dnnl_abcdefghij, dnnl_abcdefghijk, dnnl_abcdefghijkl};
  return axes < 1 || axes > CDNNL_MAX_DIMENSIONS ? dnnl_format_tag_undef : tags[axes];
}

int cdnnl_layout_make(int axes, const int64_t *extents, const int64_t *strides, cdnnl_layout **layout) {
  dnnl_memory_desc_t descriptor;
  dnnl_status_t status =
      strides ? dnnl_memory_desc_init_by_strides(&descriptor, axes, extents, dnnl_f32, strides)
              : dnnl_memory_desc_init_by_tag(&descriptor, axes, extents, dnnl_f32, plain_tag(axes));
  return status != dnnl_success ? status : wrap(&descriptor, layout);
}

int cdnnl_layout_make_any(int axes, const int64_t *extents, cdnnl_layout **layout) {
  dnnl_memory_desc_t descriptor;
  dnnl_status_t status =
      dnnl_memory_desc_init_by_tag(&descriptor, axes, extents, dnnl_f32, dnnl_format_tag_any);
  return status != dnnl_success ? status : wrap(&descriptor, layout);
}

int cdnnl_layout_copy(const cdnnl_layout *layout, cdnnl_layout **copy) {
  return wrap(&layout->descriptor, copy);
}

int cdnnl_layout_slice(
    const cdnnl_layout *layout, const int64_t *extents, const int64_t *offsets, cdnnl_layout **slice) {
  dnnl_memory_desc_t descriptor;
  dnnl_status_t status =
      dnnl_memory_desc_init_submemory(&descriptor, &layout->descriptor, extents, offsets);
  return status != dnnl_success ? status : wrap(&descriptor, slice);
}

int cdnnl_layout_like(const cdnnl_layout *layout, const int64_t *extents, cdnnl_layout **result) {
  dnnl_memory_desc_t descriptor = layout->descriptor;
  if (descriptor.format_kind != dnnl_blocked) return dnnl_unimplemented;
  const dnnl_blocking_desc_t old = descriptor.format_desc.blocking;
  dnnl_blocking_desc_t *blocking = &descriptor.format_desc.blocking;
  int64_t block[DNNL_MAX_NDIMS], inner = 1;
  for (int axis = 0; axis < descriptor.ndims; axis++) block[axis] = 1;
  for (int i = 0; i < old.inner_nblks; i++) {
    block[old.inner_idxs[i]] *= old.inner_blks[i];
    inner *= old.inner_blks[i];
  }
  bool done[DNNL_MAX_NDIMS] = {false};
  int64_t stride = inner;
  for (int axis = 0; axis < descriptor.ndims; axis++) {
    descriptor.dims[axis] = extents[axis];
    descriptor.padded_dims[axis] = (extents[axis] + block[axis] - 1) / block[axis] * block[axis];
    descriptor.padded_offsets[axis] = 0;
  }
  // Outer axes keep their order; ties (extent 1) go by position, the later axis innermost.
  for (int step = 0; step < descriptor.ndims; step++) {
    int next = -1;
    for (int axis = descriptor.ndims - 1; axis >= 0; axis--) {
      if (!done[axis] && (next < 0 || old.strides[axis] < old.strides[next])) next = axis;
    }
    done[next] = true;
    blocking->strides[next] = stride;
    stride *= descriptor.padded_dims[next] / block[next];
  }
  descriptor.offset0 = 0;
  return wrap(&descriptor, result);
}

void cdnnl_layout_free(cdnnl_layout *layout) { free(layout); }

bool cdnnl_layout_equal(const cdnnl_layout *a, const cdnnl_layout *b) {
  return dnnl_memory_desc_equal(&a->descriptor, &b->descriptor);
}

void cdnnl_layout_describe(const cdnnl_layout *layout, cdnnl_description *description) {
  const dnnl_memory_desc_t *from = &layout->descriptor;
  memset(description, 0, sizeof *description);
  description->axes = from->ndims;
  description->bytes = (int64_t)dnnl_memory_desc_get_size(from);
  description->strided = from->format_kind == dnnl_blocked && from->extra.flags == 0;
  description->offset = from->offset0;
  for (int axis = 0; axis < from->ndims; axis++) {
    description->extents[axis] = from->dims[axis];
    description->padded[axis] = from->padded_dims[axis];
    if (description->strided) description->strides[axis] = from->format_desc.blocking.strides[axis];
  }
  if (!description->strided) return;
  description->blocks = from->format_desc.blocking.inner_nblks;
  for (int i = 0; i < description->blocks; i++) {
    description->block_extents[i] = from->format_desc.blocking.inner_blks[i];
    description->block_axes[i] = from->format_desc.blocking.inner_idxs[i];
  }
}

// Primitives

static int attributes(cdnnl_post_operations post, dnnl_primitive_attr_t *result);

static dnnl_alg_kind_t function_kind(cdnnl_function function) {
  switch (function) {
    case CDNNL_RELU: return dnnl_eltwise_relu;
    case CDNNL_TANH: return dnnl_eltwise_tanh;
    case CDNNL_ELU: return dnnl_eltwise_elu;
    case CDNNL_SQUARE: return dnnl_eltwise_square;
    case CDNNL_ABS: return dnnl_eltwise_abs;
    case CDNNL_SQRT: return dnnl_eltwise_sqrt;
    case CDNNL_LINEAR: return dnnl_eltwise_linear;
    case CDNNL_LOGISTIC: return dnnl_eltwise_logistic;
    case CDNNL_EXP: return dnnl_eltwise_exp;
    case CDNNL_GELU_TANH: return dnnl_eltwise_gelu_tanh;
    case CDNNL_GELU_ERF: return dnnl_eltwise_gelu_erf;
    case CDNNL_LOG: return dnnl_eltwise_log;
    case CDNNL_CLIP: return dnnl_eltwise_clip_v2;
    case CDNNL_POW: return dnnl_eltwise_pow;
    case CDNNL_SOFT_RELU: return dnnl_eltwise_soft_relu;
  }
  return dnnl_alg_kind_undef;
}

static int attributes(cdnnl_post_operations post, dnnl_primitive_attr_t *result) {
  dnnl_status_t status = dnnl_primitive_attr_create(result);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_attr_set_scratchpad_mode(*result, dnnl_scratchpad_mode_user);
  if (status != dnnl_success || post.count == 0) return status;
  dnnl_post_ops_t operations;
  status = dnnl_post_ops_create(&operations);
  if (status != dnnl_success) return status;
  for (int i = 0; i < post.count && status == dnnl_success; i++) {
    const cdnnl_post_operation *operation = &post.operations[i];
    switch (operation->kind) {
      case CDNNL_POST_FUNCTION:
        status = dnnl_post_ops_append_eltwise(
            operations, 1, function_kind(operation->function), operation->alpha, operation->beta);
        break;
      case CDNNL_POST_SUM: status = dnnl_post_ops_append_sum(operations, 1); break;
      case CDNNL_POST_ADD:
        status = dnnl_post_ops_append_binary(
            operations, dnnl_binary_add, &operation->operand->descriptor);
        break;
    }
  }
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*result, operations);
  dnnl_post_ops_destroy(operations);
  return status;
}

static int finish(dnnl_primitive_desc_t descriptor, cdnnl_primitive **primitive) {
  *primitive = calloc(1, sizeof(cdnnl_primitive));
  if (!*primitive) {
    dnnl_primitive_desc_destroy(descriptor);
    return dnnl_out_of_memory;
  }
  (*primitive)->descriptor = descriptor;
  dnnl_status_t status = dnnl_primitive_create(&(*primitive)->primitive, descriptor);
  if (status != dnnl_success) {
    cdnnl_primitive_free(*primitive);
    *primitive = NULL;
  }
  return status;
}

static int make(
    cdnnl_engine *engine, const void *operation, cdnnl_post_operations post, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  int status = attributes(post, &attribute);
  dnnl_primitive_desc_t descriptor = NULL;
  if (status == dnnl_success) {
    status = dnnl_primitive_desc_create(
        &descriptor, operation, attribute, engine->engine, forward ? forward->descriptor : NULL);
  }
  if (attribute) dnnl_primitive_attr_destroy(attribute);
  return status != dnnl_success ? status : finish(descriptor, primitive);
}

static const cdnnl_post_operations nothing = {NULL, 0};

static const dnnl_memory_desc_t *optional(const cdnnl_layout *layout) {
  return layout ? &layout->descriptor : NULL;
}

int cdnnl_convolution_make(
    cdnnl_engine *engine, cdnnl_direction direction, bool transposed, bool exact, const cdnnl_layout *source,
    const cdnnl_layout *weights, const cdnnl_layout *bias, const cdnnl_layout *destination,
    const cdnnl_window *window, cdnnl_post_operations post, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive) {
  dnnl_convolution_desc_t operation;
  dnnl_dims_t dilations;
  for (int axis = 0; axis < window->axes; axis++) dilations[axis] = window->dilations[axis] - 1;
  const dnnl_memory_desc_t *s = &source->descriptor, *w = &weights->descriptor, *b = optional(bias),
                           *d = &destination->descriptor;
  // Of the forms for training the library chooses Winograd's algorithm too, which takes half the time of what it
  // has for inference; nothing more is stored.
  bool inference = direction == CDNNL_INFERENCE && (exact || transposed);
  dnnl_prop_kind_t kind = inference ? dnnl_forward_inference : dnnl_forward_training;
  dnnl_status_t status;
  if (transposed) {
    dnnl_alg_kind_t algorithm = dnnl_deconvolution_direct;
    switch (direction) {
      case CDNNL_BACKWARD_DATA:
        status = dnnl_dilated_deconvolution_backward_data_desc_init(
            &operation, algorithm, s, w, d, window->strides, dilations, window->before, window->after);
        break;
      case CDNNL_BACKWARD_WEIGHTS:
        status = dnnl_dilated_deconvolution_backward_weights_desc_init(
            &operation, algorithm, s, w, b, d, window->strides, dilations, window->before, window->after);
        break;
      default:
        status = dnnl_dilated_deconvolution_forward_desc_init(
            &operation, kind, algorithm, s, w, b, d, window->strides, dilations, window->before,
            window->after);
    }
  } else {
    dnnl_alg_kind_t algorithm = exact ? dnnl_convolution_direct : dnnl_convolution_auto;
    switch (direction) {
      case CDNNL_BACKWARD_DATA:
        status = dnnl_dilated_convolution_backward_data_desc_init(
            &operation, algorithm, s, w, d, window->strides, dilations, window->before, window->after);
        break;
      case CDNNL_BACKWARD_WEIGHTS:
        status = dnnl_dilated_convolution_backward_weights_desc_init(
            &operation, algorithm, s, w, b, d, window->strides, dilations, window->before, window->after);
        break;
      default:
        status = dnnl_dilated_convolution_forward_desc_init(
            &operation, kind, algorithm, s, w, b, d, window->strides, dilations, window->before,
            window->after);
    }
  }
  return status != dnnl_success ? status : make(engine, &operation, post, forward, primitive);
}

int cdnnl_pooling_make(
    cdnnl_engine *engine, cdnnl_direction direction, cdnnl_pool kind, const cdnnl_layout *source,
    const cdnnl_layout *destination, const cdnnl_window *window, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive) {
  dnnl_pooling_v2_desc_t operation;
  dnnl_dims_t dilations;
  for (int axis = 0; axis < window->axes; axis++) dilations[axis] = window->dilations[axis] - 1;
  dnnl_alg_kind_t algorithm = kind == CDNNL_POOL_MAX                 ? dnnl_pooling_max
                              : kind == CDNNL_POOL_MEAN_WITH_PADDING ? dnnl_pooling_avg_include_padding
                                                                     : dnnl_pooling_avg_exclude_padding;
  dnnl_status_t status =
      direction == CDNNL_BACKWARD_DATA
          ? dnnl_pooling_v2_backward_desc_init(
                &operation, algorithm, &source->descriptor, &destination->descriptor, window->strides,
                window->kernel, dilations, window->before, window->after)
          : dnnl_pooling_v2_forward_desc_init(
                &operation, direction == CDNNL_INFERENCE ? dnnl_forward_inference : dnnl_forward_training,
                algorithm, &source->descriptor, &destination->descriptor, window->strides, window->kernel,
                dilations, window->before, window->after);
  return status != dnnl_success ? status : make(engine, &operation, nothing, forward, primitive);
}

int cdnnl_function_make(
    cdnnl_engine *engine, cdnnl_direction direction, cdnnl_function function, float alpha, float beta,
    const cdnnl_layout *source, const cdnnl_layout *gradient, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive) {
  dnnl_eltwise_desc_t operation;
  dnnl_status_t status =
      direction == CDNNL_BACKWARD_DATA
          ? dnnl_eltwise_backward_desc_init(
                &operation, function_kind(function), &gradient->descriptor, &source->descriptor, alpha, beta)
          : dnnl_eltwise_forward_desc_init(
                &operation, direction == CDNNL_INFERENCE ? dnnl_forward_inference : dnnl_forward_training,
                function_kind(function), &source->descriptor, alpha, beta);
  return status != dnnl_success ? status : make(engine, &operation, nothing, forward, primitive);
}

int cdnnl_batch_normalization_make(
    cdnnl_engine *engine, cdnnl_direction direction, float epsilon, const cdnnl_layout *source,
    const cdnnl_layout *gradient, const cdnnl_primitive *forward, cdnnl_primitive **primitive) {
  dnnl_batch_normalization_desc_t operation;
  unsigned flags = dnnl_use_scale | dnnl_use_shift;
  dnnl_status_t status =
      direction == CDNNL_BACKWARD_DATA || direction == CDNNL_BACKWARD_WEIGHTS
          ? dnnl_batch_normalization_backward_desc_init(
                &operation, dnnl_backward, &gradient->descriptor, &source->descriptor, epsilon, flags)
          : dnnl_batch_normalization_forward_desc_init(
                &operation, dnnl_forward_training, &source->descriptor, epsilon, flags);
  return status != dnnl_success ? status : make(engine, &operation, nothing, forward, primitive);
}

int cdnnl_softmax_make(
    cdnnl_engine *engine, cdnnl_direction direction, bool logarithm, int axis, const cdnnl_layout *data,
    const cdnnl_primitive *forward, cdnnl_primitive **primitive) {
  dnnl_softmax_v2_desc_t operation;
  dnnl_alg_kind_t algorithm = logarithm ? dnnl_softmax_log : dnnl_softmax_accurate;
  const dnnl_memory_desc_t *layout = &data->descriptor;
  dnnl_status_t status =
      direction == CDNNL_BACKWARD_DATA
          ? dnnl_softmax_v2_backward_desc_init(&operation, algorithm, layout, layout, layout, axis)
          : dnnl_softmax_v2_forward_desc_init(
                &operation, direction == CDNNL_INFERENCE ? dnnl_forward_inference : dnnl_forward_training,
                algorithm, layout, layout, axis);
  return status != dnnl_success ? status : make(engine, &operation, nothing, forward, primitive);
}

int cdnnl_matmul_make(
    cdnnl_engine *engine, const cdnnl_layout *source, const cdnnl_layout *weights, const cdnnl_layout *bias,
    const cdnnl_layout *destination, cdnnl_post_operations post, cdnnl_primitive **primitive) {
  dnnl_matmul_desc_t operation;
  dnnl_status_t status = dnnl_matmul_desc_init(
      &operation, &source->descriptor, &weights->descriptor, optional(bias), &destination->descriptor);
  return status != dnnl_success ? status : make(engine, &operation, post, NULL, primitive);
}

int cdnnl_reorder_make(
    cdnnl_engine *engine, const cdnnl_layout *source, const cdnnl_layout *destination,
    cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  int status = attributes(nothing, &attribute);
  dnnl_primitive_desc_t descriptor = NULL;
  if (status == dnnl_success) {
    status = dnnl_reorder_primitive_desc_create(
        &descriptor, &source->descriptor, engine->engine, &destination->descriptor, engine->engine,
        attribute);
  }
  if (attribute) dnnl_primitive_attr_destroy(attribute);
  return status != dnnl_success ? status : finish(descriptor, primitive);
}

int cdnnl_concat_make(
    cdnnl_engine *engine, int axis, int count, const cdnnl_layout *const *sources,
    const cdnnl_layout *destination, cdnnl_primitive **primitive) {
  dnnl_memory_desc_t *descriptors = malloc(sizeof(dnnl_memory_desc_t) * (size_t)count);
  if (!descriptors) return dnnl_out_of_memory;
  for (int i = 0; i < count; i++) descriptors[i] = sources[i]->descriptor;
  dnnl_primitive_attr_t attribute = NULL;
  int status = attributes(nothing, &attribute);
  dnnl_primitive_desc_t descriptor = NULL;
  if (status == dnnl_success) {
    status = dnnl_concat_primitive_desc_create(
        &descriptor, optional(destination), count, axis, descriptors, attribute, engine->engine);
  }
  free(descriptors);
  if (attribute) dnnl_primitive_attr_destroy(attribute);
  return status != dnnl_success ? status : finish(descriptor, primitive);
}

void cdnnl_primitive_free(cdnnl_primitive *primitive) {
  if (!primitive) return;
  if (primitive->primitive) dnnl_primitive_destroy(primitive->primitive);
  if (primitive->descriptor) dnnl_primitive_desc_destroy(primitive->descriptor);
  free(primitive);
}

static int argument(cdnnl_operand operand) {
  if (operand >= CDNNL_MULTIPLE) return DNNL_ARG_MULTIPLE_SRC + (operand - CDNNL_MULTIPLE);
  switch (operand) {
    case CDNNL_SOURCE: return DNNL_ARG_SRC;
    case CDNNL_SOURCE_1: return DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1;
    case CDNNL_WEIGHTS: return DNNL_ARG_WEIGHTS;
    case CDNNL_BIAS: return DNNL_ARG_BIAS;
    case CDNNL_DESTINATION: return DNNL_ARG_DST;
    case CDNNL_MEAN: return DNNL_ARG_MEAN;
    case CDNNL_VARIANCE: return DNNL_ARG_VARIANCE;
    case CDNNL_SCALE: return DNNL_ARG_SCALE;
    case CDNNL_SHIFT: return DNNL_ARG_SHIFT;
    case CDNNL_GRADIENT_SOURCE: return DNNL_ARG_DIFF_SRC;
    case CDNNL_GRADIENT_WEIGHTS: return DNNL_ARG_DIFF_WEIGHTS;
    case CDNNL_GRADIENT_BIAS: return DNNL_ARG_DIFF_BIAS;
    case CDNNL_GRADIENT_DESTINATION: return DNNL_ARG_DIFF_DST;
    case CDNNL_GRADIENT_SCALE: return DNNL_ARG_DIFF_SCALE;
    case CDNNL_GRADIENT_SHIFT: return DNNL_ARG_DIFF_SHIFT;
    case CDNNL_WORKSPACE: return DNNL_ARG_WORKSPACE;
    case CDNNL_SCRATCHPAD: return DNNL_ARG_SCRATCHPAD;
    default: return 0;
  }
}

cdnnl_layout *cdnnl_primitive_layout(const cdnnl_primitive *primitive, cdnnl_operand operand) {
  const dnnl_memory_desc_t *descriptor =
      dnnl_primitive_desc_query_md(primitive->descriptor, dnnl_query_exec_arg_md, argument(operand));
  cdnnl_layout *layout = NULL;
  if (!descriptor || descriptor->ndims == 0) return NULL;
  return wrap(descriptor, &layout) == dnnl_success ? layout : NULL;
}

const char *cdnnl_primitive_implementation(const cdnnl_primitive *primitive) {
  const char *name = "";
  dnnl_primitive_desc_query(primitive->descriptor, dnnl_query_impl_info_str, 0, (void *)&name);
  return name;
}

// Calls

int cdnnl_call_make(
    cdnnl_engine *engine, const cdnnl_primitive *primitive, int count, const int *operands,
    const cdnnl_layout *const *layouts, void *const *addresses, cdnnl_call **call) {
  *call = calloc(1, sizeof(cdnnl_call) + sizeof(dnnl_exec_arg_t) * (size_t)count);
  if (!*call) return dnnl_out_of_memory;
  (*call)->primitive = primitive->primitive;
  (*call)->stream = engine->stream;
  for (int i = 0; i < count; i++) {
    dnnl_exec_arg_t *place = &(*call)->arguments[i];
    place->arg = argument(operands[i]);
    dnnl_status_t status =
        dnnl_memory_create(&place->memory, &layouts[i]->descriptor, engine->engine, addresses[i]);
    if (status != dnnl_success) {
      cdnnl_call_free(*call);
      *call = NULL;
      return status;
    }
    (*call)->count = i + 1;
  }
  return dnnl_success;
}

int cdnnl_call_run(cdnnl_call *call) {
  dnnl_status_t status = dnnl_primitive_execute(call->primitive, call->stream, call->count, call->arguments);
  return status != dnnl_success ? status : dnnl_stream_wait(call->stream);
}

void cdnnl_call_free(cdnnl_call *call) {
  if (!call) return;
  for (int i = 0; i < call->count; i++) dnnl_memory_destroy(call->arguments[i].memory);
  free(call);
}

#else
#error "CDNNL has an implementation for oneDNN 2.x only"
#endif
