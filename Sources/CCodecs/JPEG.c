#include "CCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

typedef struct {
  // First, so that libjpeg's pointer to it is a pointer to the whole.
  struct jpeg_error_mgr manager;
  jmp_buf escape;
  struct jpeg_decompress_struct *decoder;
  size_t count;
  codec_failure *failure;
} errors;

// A progressive file may ask for any number of passes over the whole image: a bomb of time.
static const int largest_scan_count = 200;
// A Huffman-coded block of 64 samples takes a bit at least; arithmetic coding somewhat less.
static const uint64_t largest_ratio = 4096;

static void on_error(j_common_ptr common) {
  errors *state = (errors *)common->err;
  char text[JMSG_LENGTH_MAX];
  state->manager.format_message(common, text);
  snprintf(state->failure->message, sizeof state->failure->message, "%s", text);
  const struct jpeg_source_mgr *from = state->decoder->src;
  const size_t left = from == NULL ? state->count : from->bytes_in_buffer;
  state->failure->offset = left > state->count ? state->count : state->count - left;
  longjmp(state->escape, 1);
}

// Lost image data are an error here (libjpeg would fill in gray); oddities around them are not.
static void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;
  switch (common->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_JPEG_EOF:
      on_error(common);
      break;
    default:
      break;
  }
}

static void on_progress(j_common_ptr common) {
  const struct jpeg_decompress_struct *decoder = (const struct jpeg_decompress_struct *)common;
  if (decoder->input_scan_number > largest_scan_count) {
    common->err->msg_code = JERR_BAD_PROGRESSION;
    on_error(common);
  }
}

// Adobe's files hold inverted inks; others plain ones. Both come to RGB in place, 4 bytes to 3.
static void rgb_from_cmyk(const uint8_t *row, uint8_t *out, size_t width, int inverted) {
  for (size_t x = 0; x < width; x++) {
    const unsigned k = inverted ? row[4 * x + 3] : 255u - row[4 * x + 3];
    for (size_t c = 0; c < 3; c++) {
      const unsigned ink = inverted ? row[4 * x + c] : 255u - row[4 * x + c];
      out[3 * x + c] = (uint8_t)((ink * k + 127) / 255);
    }
  }
}

static codec_status read_jpeg(const uint8_t *bytes, size_t count, size_t max_pixels, codec_image *image,
                              uint8_t *pixels, size_t capacity, codec_failure *failure) {
  struct jpeg_decompress_struct decoder;
  struct jpeg_progress_mgr progress;
  errors state;
  memset(&decoder, 0, sizeof decoder);
  memset(&progress, 0, sizeof progress);
  decoder.err = jpeg_std_error(&state.manager);
  state.manager.error_exit = on_error;
  state.manager.emit_message = on_message;
  state.decoder = &decoder;
  state.count = count;
  state.failure = failure;
  if (setjmp(state.escape)) {
    const int code = state.manager.msg_code;
    jpeg_destroy_decompress(&decoder);
    return code == JERR_OUT_OF_MEMORY ? CODEC_OUT_OF_MEMORY : CODEC_CORRUPT;
  }
  jpeg_create_decompress(&decoder);
  progress.progress_monitor = on_progress;
  decoder.progress = &progress;
  jpeg_mem_src(&decoder, bytes, (unsigned long)count);
  jpeg_read_header(&decoder, TRUE);

  const uint64_t area = (uint64_t)decoder.image_width * decoder.image_height;
  if (area > max_pixels || area / largest_ratio > count) {
    jpeg_destroy_decompress(&decoder);
    failure->offset = 0;
    snprintf(failure->message, sizeof failure->message,
             "the size in the header is larger than the data can hold");
    return CODEC_TOO_LARGE;
  }
  const int gray = decoder.jpeg_color_space == JCS_GRAYSCALE;
  const int inks = decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK;
  image->width = decoder.image_width;
  image->height = decoder.image_height;
  image->channels = gray ? 1 : 3;
  if (pixels == NULL) {
    jpeg_destroy_decompress(&decoder);
    return CODEC_OK;
  }

  decoder.out_color_space = gray ? JCS_GRAYSCALE : inks ? JCS_CMYK : JCS_RGB;
  const int inverted = decoder.saw_Adobe_marker;
  jpeg_start_decompress(&decoder);
  const size_t width = decoder.output_width;
  const size_t row = width * image->channels;
  if (row * decoder.output_height > capacity) {
    jpeg_destroy_decompress(&decoder);
    failure->offset = 0;
    snprintf(failure->message, sizeof failure->message, "the rows do not fit the buffer");
    return CODEC_OUTPUT_FULL;
  }
  JSAMPARRAY scratch =
      inks ? decoder.mem->alloc_sarray((j_common_ptr)&decoder, JPOOL_IMAGE, decoder.output_width * 4, 1) : NULL;
  while (decoder.output_scanline < decoder.output_height) {
    uint8_t *line = pixels + decoder.output_scanline * row;
    if (inks) {
      jpeg_read_scanlines(&decoder, scratch, 1);
      rgb_from_cmyk(scratch[0], line, width, inverted);
    } else {
      JSAMPROW rows[1] = {line};
      jpeg_read_scanlines(&decoder, rows, 1);
    }
  }
  jpeg_finish_decompress(&decoder);
  jpeg_destroy_decompress(&decoder);
  return CODEC_OK;
}

codec_status codec_jpeg_header(const uint8_t *bytes, size_t count, size_t max_pixels, codec_image *image,
                               codec_failure *failure) {
  return read_jpeg(bytes, count, max_pixels, image, NULL, 0, failure);
}

codec_status codec_jpeg_decode(const uint8_t *bytes, size_t count, size_t max_pixels, uint8_t *pixels,
                               size_t capacity, codec_failure *failure) {
  codec_image image;
  return read_jpeg(bytes, count, max_pixels, &image, pixels, capacity, failure);
}
