// Sums along an axis by a sparse matrix. Included once for each set of processor instructions.

void NAMED(resample)(
    const cpw_taps *taps, int64_t first, int64_t count, int64_t width, const float *from, float *to) {
  for (int64_t row = first; row < first + count; row++, to += width) {
    const int32_t *indices = taps->indices + taps->starts[row];
    const float *weights = taps->weights + taps->starts[row];
    int64_t taken = taps->starts[row + 1] - taps->starts[row];
    if (taken == 1 && weights[0] == 1) {
      __builtin_memcpy(to, from + indices[0] * width, (size_t)width * sizeof(float));
      continue;
    }
    int64_t i = 0;
    for (; i + LANES <= width; i += LANES) {
      floats sum = splat(0);
      for (int64_t tap = 0; tap < taken; tap++) sum += at(from + indices[tap] * width + i) * weights[tap];
      put(sum, to + i);
    }
    for (; i < width; i++) {
      float sum = 0;
      for (int64_t tap = 0; tap < taken; tap++) sum += from[indices[tap] * width + i] * weights[tap];
      to[i] = sum;
    }
  }
}
