// Gradients of a depthwise convolution's weights. Included once for each set of processor instructions.

// Taps of a kernel's row that keep their sums in registers.
enum { ROW = 7 };

// Adds what a row of the result gives to `taps` taps of one row of the kernel.
INLINE void row_of_weights(
    const cpw_depthwise *form, int64_t taps, int64_t first_tap, const float *source, const float *gradient,
    float *to) {
  int64_t dilation = form->column_dilation, stride = form->column_stride;
  // Where the taps stand before the first column of the result.
  int64_t start = first_tap * dilation - form->columns_before;
  floats sums[ROW];
  for (int64_t tap = 0; tap < taps; tap++) sums[tap] = at(to + tap * CPW_CHANNELS);
  // The columns whose taps all lie inside of the image.
  int64_t inside = start < 0 ? (-start + stride - 1) / stride : 0;
  int64_t room = form->source_columns - 1 - start - (taps - 1) * dilation;
  int64_t outside = room < 0 ? 0 : room / stride + 1;
  if (outside > form->result_columns) outside = form->result_columns;
  if (inside > outside) inside = outside;
  for (int64_t column = 0; column < form->result_columns; column++) {
    if (column == inside) {
      const float *x = source + (column * stride + start) * form->source_pixel;
      const float *g = gradient + column * form->result_pixel;
      for (; column < outside; column++) {
        floats slope = at(g);
        for (int64_t tap = 0; tap < taps; tap++)
          sums[tap] += slope * at(x + tap * dilation * form->source_pixel);
        x += stride * form->source_pixel;
        g += form->result_pixel;
      }
      if (column == form->result_columns) break;
    }
    floats slope = at(gradient + column * form->result_pixel);
    for (int64_t tap = 0; tap < taps; tap++) {
      int64_t place = column * stride + start + tap * dilation;
      if (place >= 0 && place < form->source_columns)
        sums[tap] += slope * at(source + place * form->source_pixel);
    }
  }
  for (int64_t tap = 0; tap < taps; tap++) put(sums[tap], to + tap * CPW_CHANNELS);
}

void NAMED(depthwise_weights)(
    const cpw_depthwise *form, const float *source, const float *gradient, float *to) {
  int64_t columns = form->kernel_columns, taps = form->kernel_rows * columns;
  for (int64_t lane = 0; lane < CPW_CHANNELS; lane += LANES, source += LANES, gradient += LANES, to += LANES) {
    floats bias = at(to + taps * CPW_CHANNELS);
    for (int64_t row = 0; row < form->result_rows; row++) {
      const float *slopes = gradient + row * form->result_columns * form->result_pixel;
      for (int64_t column = 0; column < form->result_columns; column++)
        bias += at(slopes + column * form->result_pixel);
      for (int64_t tap = 0; tap < form->kernel_rows; tap++) {
        int64_t place = row * form->row_stride + tap * form->row_dilation - form->rows_before;
        if (place < 0 || place >= form->source_rows) continue;
        const float *line = source + place * form->source_columns * form->source_pixel;
        for (int64_t first = 0; first < columns; first += ROW) {
          float *sums = to + (tap * columns + first) * CPW_CHANNELS;
          // The number of taps is a constant in each call, so that the sums stay in registers.
          switch (columns - first) {
            case 1: row_of_weights(form, 1, first, line, slopes, sums); break;
            case 2: row_of_weights(form, 2, first, line, slopes, sums); break;
            case 3: row_of_weights(form, 3, first, line, slopes, sums); break;
            case 4: row_of_weights(form, 4, first, line, slopes, sums); break;
            case 5: row_of_weights(form, 5, first, line, slopes, sums); break;
            case 6: row_of_weights(form, 6, first, line, slopes, sums); break;
            default: row_of_weights(form, ROW, first, line, slopes, sums);
          }
        }
      }
    }
    put(bias, to + taps * CPW_CHANNELS);
  }
}
