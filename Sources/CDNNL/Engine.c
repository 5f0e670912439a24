#include "Library.h"

void cdnnl_version(int *major, int *minor, int *patch) {
  const dnnl_version_t *version = dnnl_version();
  *major = version->major;
  *minor = version->minor;
  *patch = version->patch;
}

const char *cdnnl_status_name(int status) { return dnnl_status2str((dnnl_status_t)status); }

bool cdnnl_computes(cdnnl_element element) {
  if (element != CDNNL_BF16) return true;
  // What the library may use here, which an environment variable of its own can lower.
  const int needed = dnnl_cpu_isa_avx512_core_bf16;
  return (dnnl_get_effective_cpu_isa() & needed) == needed;
}

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
