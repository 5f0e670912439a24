#include "Library.h"

struct cdnnl_call {
  dnnl_primitive_t primitive;
  dnnl_stream_t stream;
  int count;
  dnnl_exec_arg_t arguments[];
};

int cdnnl_argument(int operand) {
  if (operand >= CDNNL_MULTIPLE) return DNNL_ARG_MULTIPLE_SRC + (operand - CDNNL_MULTIPLE);
  switch ((cdnnl_operand)operand) {
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

int cdnnl_call_make(
    cdnnl_engine *engine, const cdnnl_primitive *primitive, int count, const int *operands,
    const cdnnl_layout *const *layouts, void *const *addresses, cdnnl_call **call) {
  *call = calloc(1, sizeof(cdnnl_call) + sizeof(dnnl_exec_arg_t) * (size_t)count);
  if (!*call) return dnnl_out_of_memory;
  (*call)->primitive = primitive->primitive;
  (*call)->stream = engine->stream;
  for (int i = 0; i < count; i++) {
    dnnl_exec_arg_t *place = &(*call)->arguments[(*call)->count];
    place->arg = cdnnl_argument(operands[i]);
    if (primitive->unread != 0 && place->arg == primitive->unread) continue;
    dnnl_status_t status =
        dnnl_memory_create(&place->memory, descriptor_of(layouts[i]), engine->engine, addresses[i]);
    if (status != dnnl_success) {
      cdnnl_call_free(*call);
      *call = NULL;
      return status;
    }
    (*call)->count++;
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
