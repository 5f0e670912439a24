#include "CCodecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t offset;
  codec_failure *failure;
} source;

// DEFLATE cannot shrink by more than 1032 to 1.
static const uint64_t largest_ratio = 1032;

static void on_error(png_structp png, png_const_charp message) {
  source *from = png_get_error_ptr(png);
  from->failure->offset = from->offset;
  snprintf(from->failure->message, sizeof from->failure->message, "%s", message);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->count - from->offset) png_error(png, "the file ends too early");
  memcpy(out, from->bytes + from->offset, count);
  from->offset += count;
}

static codec_status fail(source *from, codec_status status, const char *message) {
  from->failure->offset = from->offset;
  snprintf(from->failure->message, sizeof from->failure->message, "%s", message);
  return status;
}

// Reads header and, with pixels, rows. Everything that changes after setjmp lives behind `from`.
static codec_status read_png(source *from, size_t max_pixels, codec_image *image, uint8_t *pixels,
                             size_t capacity) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, from, on_error, on_warning);
  if (png == NULL) return fail(from, CODEC_OUT_OF_MEMORY, "out of memory");
  png_infop info = png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return fail(from, CODEC_OUT_OF_MEMORY, "out of memory");
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return CODEC_CORRUPT;
  }
  png_set_read_fn(png, from, on_read);
  png_set_chunk_cache_max(png, 128);
  png_set_chunk_malloc_max(png, 8u << 20);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_read_info(png, info);

  const uint64_t width = png_get_image_width(png, info);
  const uint64_t height = png_get_image_height(png, info);
  const uint64_t raw = (uint64_t)png_get_rowbytes(png, info) * height;
  if (width * height > max_pixels || raw / largest_ratio > from->count) {
    png_destroy_read_struct(&png, &info, NULL);
    return fail(from, CODEC_TOO_LARGE, "the size in the header is larger than the data can hold");
  }
  const int gray = (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) == 0;
  image->width = (uint32_t)width;
  image->height = (uint32_t)height;
  image->channels = gray ? 1 : 3;
  if (pixels == NULL) {
    png_destroy_read_struct(&png, &info, NULL);
    return CODEC_OK;
  }

  png_set_palette_to_rgb(png);
  if (gray) png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t row = (size_t)width * image->channels;
  if (png_get_rowbytes(png, info) != row || row * height > capacity) {
    png_destroy_read_struct(&png, &info, NULL);
    return fail(from, CODEC_OUTPUT_FULL, "the rows do not fit the buffer");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (uint64_t y = 0; y < height; y++) png_read_row(png, pixels + y * row, NULL);
  }
  png_destroy_read_struct(&png, &info, NULL);
  return CODEC_OK;
}

codec_status codec_png_header(const uint8_t *bytes, size_t count, size_t max_pixels, codec_image *image,
                              codec_failure *failure) {
  source from = {bytes, count, 0, failure};
  return read_png(&from, max_pixels, image, NULL, 0);
}

codec_status codec_png_decode(const uint8_t *bytes, size_t count, size_t max_pixels, uint8_t *pixels,
                              size_t capacity, codec_failure *failure) {
  source from = {bytes, count, 0, failure};
  codec_image image;
  return read_png(&from, max_pixels, &image, pixels, capacity);
}
