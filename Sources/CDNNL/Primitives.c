#include "Library.h"

static const cdnnl_post_operations nothing = {NULL, 0};

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
    case CDNNL_SWISH: return dnnl_eltwise_swish;
    case CDNNL_HARD_SWISH: return dnnl_eltwise_hardswish;
    case CDNNL_MISH: return dnnl_eltwise_mish;
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
        status = append_function(
            operations, function_kind(operation->function), operation->alpha, operation->beta);
        break;
      case CDNNL_POST_SUM: status = append_sum(operations); break;
      case CDNNL_POST_ADD:
        status = dnnl_post_ops_append_binary(
            operations, dnnl_binary_add, descriptor_of(operation->operand));
        break;
    }
  }
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*result, operations);
  dnnl_post_ops_destroy(operations);
  return status;
}

// Makes the primitive whose descriptor was asked for; the attributes have done their duty.
static int finish(
    int status, dnnl_primitive_desc_t descriptor, dnnl_primitive_attr_t attribute,
    cdnnl_primitive **primitive) {
  if (attribute) dnnl_primitive_attr_destroy(attribute);
  if (status != dnnl_success) return status;
  *primitive = calloc(1, sizeof(cdnnl_primitive));
  if (!*primitive) {
    dnnl_primitive_desc_destroy(descriptor);
    return dnnl_out_of_memory;
  }
  (*primitive)->descriptor = descriptor;
  status = dnnl_primitive_create(&(*primitive)->primitive, descriptor);
  if (status != dnnl_success) {
    cdnnl_primitive_free(*primitive);
    *primitive = NULL;
  }
  return status;
}

static const_dnnl_primitive_desc_t hint(const cdnnl_primitive *forward) {
  return forward ? forward->descriptor : NULL;
}

static dnnl_prop_kind_t forward_kind(cdnnl_direction direction) {
  return direction == CDNNL_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
}

// The library's dilation is the number of elements left out.
static void gaps(const cdnnl_window *window, dnnl_dims_t dilations) {
  for (int axis = 0; axis < window->axes; axis++) dilations[axis] = window->dilations[axis] - 1;
}

int cdnnl_convolution_make(
    cdnnl_engine *engine, cdnnl_direction direction, bool transposed, cdnnl_algorithm wanted, const cdnnl_layout *source,
    const cdnnl_layout *weights, const cdnnl_layout *bias, const cdnnl_layout *destination,
    const cdnnl_window *window, cdnnl_post_operations post, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  dnnl_alg_kind_t direct = transposed ? dnnl_deconvolution_direct : dnnl_convolution_direct;
  dnnl_alg_kind_t algorithm = transposed || wanted == CDNNL_DIRECT ? direct : dnnl_convolution_winograd;
  const_dnnl_memory_desc_t s = descriptor_of(source), w = descriptor_of(weights), b = descriptor_of(bias),
                           d = descriptor_of(destination);
  dnnl_dims_t dilations;
  gaps(window, dilations);
  int status = attributes(post, &attribute);
  while (status == dnnl_success && !made) {
    switch (direction) {
      case CDNNL_BACKWARD_DATA:
        status = (transposed ? dnnl_deconvolution_backward_data_primitive_desc_create
                             : dnnl_convolution_backward_data_primitive_desc_create)(
            &made, engine->engine, algorithm, s, w, d, window->strides, dilations, window->before,
            window->after, hint(forward), attribute);
        break;
      case CDNNL_BACKWARD_WEIGHTS:
        status = (transposed ? dnnl_deconvolution_backward_weights_primitive_desc_create
                             : dnnl_convolution_backward_weights_primitive_desc_create)(
            &made, engine->engine, algorithm, s, w, b, d, window->strides, dilations, window->before,
            window->after, hint(forward), attribute);
        break;
      default:
        status = (transposed ? dnnl_deconvolution_forward_primitive_desc_create
                             : dnnl_convolution_forward_primitive_desc_create)(
            &made, engine->engine, forward_kind(direction), algorithm, s, w, b, d, window->strides, dilations,
            window->before, window->after, attribute);
    }
    if (status == dnnl_unimplemented && algorithm != direct) {
      algorithm = direct;
      status = dnnl_success;
    }
  }
  return finish(status, made, attribute, primitive);
}

int cdnnl_pooling_make(
    cdnnl_engine *engine, cdnnl_direction direction, cdnnl_pool kind, const cdnnl_layout *source,
    const cdnnl_layout *destination, const cdnnl_window *window, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  dnnl_alg_kind_t algorithm = kind == CDNNL_POOL_MAX                 ? dnnl_pooling_max
                              : kind == CDNNL_POOL_MEAN_WITH_PADDING ? dnnl_pooling_avg_include_padding
                                                                     : dnnl_pooling_avg_exclude_padding;
  const_dnnl_memory_desc_t s = descriptor_of(source), d = descriptor_of(destination);
  dnnl_dims_t dilations;
  gaps(window, dilations);
  int status = attributes(nothing, &attribute);
  if (status == dnnl_success) {
    status = direction == CDNNL_BACKWARD_DATA
                 ? dnnl_pooling_backward_primitive_desc_create(
                       &made, engine->engine, algorithm, s, d, window->strides, window->kernel, dilations,
                       window->before, window->after, hint(forward), attribute)
                 : dnnl_pooling_forward_primitive_desc_create(
                       &made, engine->engine, forward_kind(direction), algorithm, s, d, window->strides,
                       window->kernel, dilations, window->before, window->after, attribute);
  }
  return finish(status, made, attribute, primitive);
}

int cdnnl_function_make(
    cdnnl_engine *engine, cdnnl_direction direction, cdnnl_function function, float alpha, float beta,
    const cdnnl_layout *source, const cdnnl_layout *gradient, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  dnnl_alg_kind_t algorithm = function_kind(function);
  const_dnnl_memory_desc_t s = descriptor_of(source), g = descriptor_of(gradient);
  int status = attributes(nothing, &attribute);
  if (status == dnnl_success) {
    status = direction == CDNNL_BACKWARD_DATA
                 ? dnnl_eltwise_backward_primitive_desc_create(
                       &made, engine->engine, algorithm, g, g, s, alpha, beta, hint(forward), attribute)
                 : dnnl_eltwise_forward_primitive_desc_create(
                       &made, engine->engine, forward_kind(direction), algorithm, s, s, alpha, beta,
                       attribute);
  }
  return finish(status, made, attribute, primitive);
}

int cdnnl_batch_normalization_make(
    cdnnl_engine *engine, cdnnl_direction direction, float epsilon, const cdnnl_layout *source,
    const cdnnl_layout *gradient, const cdnnl_primitive *forward, cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  const unsigned flags = dnnl_use_scale | dnnl_use_shift;
  const_dnnl_memory_desc_t s = descriptor_of(source), g = descriptor_of(gradient);
  bool backward = direction == CDNNL_BACKWARD_DATA || direction == CDNNL_BACKWARD_WEIGHTS;
  int status = attributes(nothing, &attribute);
  if (status == dnnl_success) {
    status = backward
                 ? dnnl_batch_normalization_backward_primitive_desc_create(
                       &made, engine->engine, dnnl_backward, g, g, s, epsilon, flags, hint(forward),
                       attribute)
                 : dnnl_batch_normalization_forward_primitive_desc_create(
                       &made, engine->engine, dnnl_forward_training, s, s, epsilon, flags, attribute);
  }
  status = finish(status, made, attribute, primitive);
  if (status == dnnl_success && backward) (*primitive)->unread = BACKWARD_NORMALIZATION_REFUSES;
  return status;
}

int cdnnl_softmax_make(
    cdnnl_engine *engine, cdnnl_direction direction, bool logarithm, int axis, const cdnnl_layout *data,
    const cdnnl_primitive *forward, cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  dnnl_alg_kind_t algorithm = logarithm ? dnnl_softmax_log : dnnl_softmax_accurate;
  const_dnnl_memory_desc_t d = descriptor_of(data);
  int status = attributes(nothing, &attribute);
  if (status == dnnl_success) {
    status = direction == CDNNL_BACKWARD_DATA
                 ? dnnl_softmax_backward_primitive_desc_create(
                       &made, engine->engine, algorithm, d, d, d, axis, hint(forward), attribute)
                 : dnnl_softmax_forward_primitive_desc_create(
                       &made, engine->engine, forward_kind(direction), algorithm, d, d, axis, attribute);
  }
  return finish(status, made, attribute, primitive);
}

int cdnnl_matmul_make(
    cdnnl_engine *engine, const cdnnl_layout *source, const cdnnl_layout *weights, const cdnnl_layout *bias,
    const cdnnl_layout *destination, cdnnl_post_operations post, cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  int status = attributes(post, &attribute);
  if (status == dnnl_success) {
    status = dnnl_matmul_primitive_desc_create(
        &made, engine->engine, descriptor_of(source), descriptor_of(weights), descriptor_of(bias),
        descriptor_of(destination), attribute);
  }
  return finish(status, made, attribute, primitive);
}

int cdnnl_reorder_make(
    cdnnl_engine *engine, const cdnnl_layout *source, const cdnnl_layout *destination,
    cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  int status = attributes(nothing, &attribute);
  if (status == dnnl_success) {
    status = dnnl_reorder_primitive_desc_create(
        &made, descriptor_of(source), engine->engine, descriptor_of(destination), engine->engine, attribute);
  }
  return finish(status, made, attribute, primitive);
}

int cdnnl_concat_make(
    cdnnl_engine *engine, int axis, int count, const cdnnl_layout *const *sources,
    const cdnnl_layout *destination, cdnnl_primitive **primitive) {
  dnnl_primitive_attr_t attribute = NULL;
  dnnl_primitive_desc_t made = NULL;
  const_dnnl_memory_desc_t *descriptors = malloc(sizeof(const_dnnl_memory_desc_t) * (size_t)count);
  if (!descriptors) return dnnl_out_of_memory;
  for (int i = 0; i < count; i++) descriptors[i] = descriptor_of(sources[i]);
  int status = attributes(nothing, &attribute);
  if (status == dnnl_success) {
    status = create_concatenation(
        &made, engine->engine, descriptor_of(destination), count, axis, descriptors, attribute);
  }
  free(descriptors);
  return finish(status, made, attribute, primitive);
}

void cdnnl_primitive_free(cdnnl_primitive *primitive) {
  if (!primitive) return;
  if (primitive->primitive) dnnl_primitive_destroy(primitive->primitive);
  if (primitive->descriptor) dnnl_primitive_desc_destroy(primitive->descriptor);
  free(primitive);
}

cdnnl_layout *cdnnl_primitive_layout(const cdnnl_primitive *primitive, cdnnl_operand operand) {
  const_dnnl_memory_desc_t descriptor = dnnl_primitive_desc_query_md(
      primitive->descriptor, dnnl_query_exec_arg_md, cdnnl_argument(operand));
  cdnnl_layout *layout = NULL;
  if (!descriptor || axes_of(descriptor) == 0) return NULL;
  return cdnnl_layout_copy((const cdnnl_layout *)descriptor, &layout) == dnnl_success ? layout : NULL;
}

const char *cdnnl_primitive_implementation(const cdnnl_primitive *primitive) {
  const char *name = "";
  dnnl_primitive_desc_query(primitive->descriptor, dnnl_query_impl_info_str, 0, (void *)&name);
  return name;
}
