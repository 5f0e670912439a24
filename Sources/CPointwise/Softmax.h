// Softmax along an axis whose elements do not lie side by side. Included once for each set of processor instructions.
//
// Lanes beside each other are computed together: as many vectors at a time as fill the lines of the cache that are read.

enum { SOFTMAX_VECTORS = 4 };

INLINE floats some(const float *from, int64_t count) {
  floats vector = splat(0);
  __builtin_memcpy(&vector, from, (size_t)count * sizeof(float));
  return vector;
}

INLINE void put_some(floats vector, float *to, int64_t count) {
  __builtin_memcpy(to, &vector, (size_t)count * sizeof(float));
}

/// `vectors` whole vectors, or a single one of `rest` lanes.
INLINE void softmax_lanes(
    const cpw_axis *axis, int logs, const float *from, float *to, int vectors, int64_t rest) {
  int64_t count = axis->count, step = axis->step;
  floats most[SOFTMAX_VECTORS], sum[SOFTMAX_VECTORS];
#define READ(p, v) (rest ? some((p), rest) : at((p) + (v) * LANES))
#define WRITE(x, p, v) (rest ? put_some((x), (p), rest) : put((x), (p) + (v) * LANES))
  for (int v = 0; v < vectors; v++) {
    most[v] = READ(from, v);
    sum[v] = splat(0);
  }
  for (int64_t i = 1; i < count; i++) {
    for (int v = 0; v < vectors; v++) {
      floats x = READ(from + i * step, v);
      // A NaN is the largest, so that it spreads.
      most[v] = blend((words)(x > most[v]) | (words)(x != x), x, most[v]);
    }
  }
  for (int64_t i = 0; i < count; i++) {
    for (int v = 0; v < vectors; v++) {
      floats x = READ(from + i * step, v) - most[v], power = exponential(x);
      sum[v] += power;
      WRITE(logs ? x : power, to + i * step, v);
    }
  }
  for (int v = 0; v < vectors; v++) sum[v] = logs ? logarithm(sum[v]) : 1 / sum[v];
  for (int64_t i = 0; i < count; i++) {
    for (int v = 0; v < vectors; v++) {
      floats x = READ(to + i * step, v);
      WRITE(logs ? x - sum[v] : x * sum[v], to + i * step, v);
    }
  }
}

/// From a result y and its gradient g: y (g − Σ y g), or g − eʸ Σ g of the logarithm.
INLINE void softmax_gradient_lanes(
    const cpw_axis *axis, int logs, const float *result, const float *gradient, float *to, int vectors,
    int64_t rest) {
  int64_t count = axis->count, step = axis->step;
  floats sum[SOFTMAX_VECTORS];
  for (int v = 0; v < vectors; v++) sum[v] = splat(0);
  for (int64_t i = 0; i < count; i++) {
    for (int v = 0; v < vectors; v++) {
      floats g = READ(gradient + i * step, v);
      sum[v] += logs ? g : g * READ(result + i * step, v);
    }
  }
  for (int64_t i = 0; i < count; i++) {
    for (int v = 0; v < vectors; v++) {
      floats y = READ(result + i * step, v), g = READ(gradient + i * step, v);
      WRITE(logs ? g - exponential(y) * sum[v] : y * (g - sum[v]), to + i * step, v);
    }
  }
#undef READ
#undef WRITE
}

void NAMED(softmax)(
    const cpw_axis *axis, int32_t logs, const float *from, float *to, int64_t lanes) {
  int64_t lane = 0;
  for (; lane + SOFTMAX_VECTORS * LANES <= lanes; lane += SOFTMAX_VECTORS * LANES)
    softmax_lanes(axis, logs, from + lane, to + lane, SOFTMAX_VECTORS, 0);
  for (; lane + LANES <= lanes; lane += LANES) softmax_lanes(axis, logs, from + lane, to + lane, 1, 0);
  if (lane < lanes) softmax_lanes(axis, logs, from + lane, to + lane, 1, lanes - lane);
}

void NAMED(softmax_gradient)(
    const cpw_axis *axis, int32_t logs, const float *result, const float *gradient, float *to,
    int64_t lanes) {
  int64_t lane = 0;
  for (; lane + SOFTMAX_VECTORS * LANES <= lanes; lane += SOFTMAX_VECTORS * LANES)
    softmax_gradient_lanes(axis, logs, result + lane, gradient + lane, to + lane, SOFTMAX_VECTORS, 0);
  for (; lane + LANES <= lanes; lane += LANES)
    softmax_gradient_lanes(axis, logs, result + lane, gradient + lane, to + lane, 1, 0);
  if (lane < lanes)
    softmax_gradient_lanes(axis, logs, result + lane, gradient + lane, to + lane, 1, lanes - lane);
}
