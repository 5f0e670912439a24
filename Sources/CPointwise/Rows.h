// Rows brought to mean 0 and variance 1. Included once for each set of processor instructions.

// Sums are made in float over pieces, and in double over rows.

INLINE float sum_of(floats vector) {
  float sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += vector[lane];
  return sum;
}

enum { PIECE = 4096 };

static double row_sum(const float *x, int64_t width) {
  double total = 0;
  int64_t i = 0;
  while (i + LANES <= width) {
    floats sum = splat(0);
    for (int64_t end = i + PIECE; i + LANES <= width && i < end; i += LANES) sum += at(x + i);
    total += sum_of(sum);
  }
  for (; i < width; i++) total += x[i];
  return total;
}

static double row_squares(const float *x, float mean, int64_t width) {
  double total = 0;
  int64_t i = 0;
  while (i + LANES <= width) {
    floats sum = splat(0);
    for (int64_t end = i + PIECE; i + LANES <= width && i < end; i += LANES) {
      floats distance = at(x + i) - mean;
      sum += distance * distance;
    }
    total += sum_of(sum);
  }
  for (; i < width; i++) total += (double)(x[i] - mean) * (x[i] - mean);
  return total;
}

void NAMED(normalize)(
    const cpw_rows *rows, const float *from, float *to, float *means, float *inverses, int64_t count) {
  int64_t width = rows->width;
  for (int64_t row = 0; row < count; row++, from += width, to += width) {
    float mean = (float)(row_sum(from, width) / (double)width);
    float inverse = 1 / sqrtf((float)(row_squares(from, mean, width) / (double)width) + rows->epsilon);
    means[row] = mean;
    inverses[row] = inverse;
    int64_t i = 0;
    if (rows->scale) {
      const float *scale = rows->scale, *shift = rows->shift;
      for (; i + LANES <= width; i += LANES)
        put((at(from + i) - mean) * inverse * at(scale + i) + (shift ? at(shift + i) : splat(0)), to + i);
      for (; i < width; i++) to[i] = (from[i] - mean) * inverse * scale[i] + (shift ? shift[i] : 0);
    } else {
      for (; i + LANES <= width; i += LANES) put((at(from + i) - mean) * inverse, to + i);
      for (; i < width; i++) to[i] = (from[i] - mean) * inverse;
    }
  }
}

// ∂x = (h − mean(h) − y · mean(h · y)) / σ, with h = g · scale and y = (x − μ) / σ.
void NAMED(normalize_gradient)(
    const cpw_rows *rows, const float *from, const float *means, const float *inverses, const float *gradient,
    float *to, int64_t count) {
  int64_t width = rows->width;
  const float *scale = rows->scale;
  for (int64_t row = 0; row < count; row++, from += width, gradient += width, to += width) {
    float mean = means[row], inverse = inverses[row];
    double total = 0, product = 0;
    int64_t i = 0;
    while (i + LANES <= width) {
      floats sum = splat(0), products = splat(0);
      for (int64_t end = i + PIECE; i + LANES <= width && i < end; i += LANES) {
        floats h = scale ? at(gradient + i) * at(scale + i) : at(gradient + i);
        sum += h;
        products += h * (at(from + i) - mean);
      }
      total += sum_of(sum);
      product += sum_of(products);
    }
    for (; i < width; i++) {
      float h = scale ? gradient[i] * scale[i] : gradient[i];
      total += h;
      product += (double)h * (from[i] - mean);
    }
    float average = (float)(total / (double)width), slope = (float)(product * inverse * inverse / (double)width);
    for (i = 0; i + LANES <= width; i += LANES) {
      floats h = scale ? at(gradient + i) * at(scale + i) : at(gradient + i);
      put((h - average - (at(from + i) - mean) * slope) * inverse, to + i);
    }
    for (; i < width; i++) {
      float h = scale ? gradient[i] * scale[i] : gradient[i];
      to[i] = (h - average - (from[i] - mean) * slope) * inverse;
    }
  }
}
