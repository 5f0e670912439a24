// Decoders and compression for Datasets: thin functions over libpng, libjpeg and zlib.
//
// No function keeps state between calls, writes past the capacity it is given, or returns by
// longjmp: the libraries' errors end in the `.c` files and come back as a status and a message.
#ifndef CCodecs_H
#define CCodecs_H

#include <stddef.h>
#include <stdint.h>

typedef enum codec_status {
  CODEC_OK = 0,
  /// The bytes are not what the format asks for, or end too early.
  CODEC_CORRUPT = 1,
  /// The image has more pixels than allowed, or more than its bytes can possibly hold.
  CODEC_TOO_LARGE = 2,
  /// The output buffer is full and the stream goes on.
  CODEC_OUTPUT_FULL = 3,
  CODEC_OUT_OF_MEMORY = 4,
} codec_status;

typedef struct codec_failure {
  /// How many bytes of the input had been read.
  size_t offset;
  char message[160];
} codec_failure;

typedef struct codec_image {
  uint32_t width;
  uint32_t height;
  /// What decoding gives: 1 (gray) or 3 (RGB), 8 bits each.
  uint32_t channels;
} codec_image;

/// Reads an image's size; `max_pixels` bounds width times height.
codec_status codec_png_header(const uint8_t *bytes, size_t count, size_t max_pixels, codec_image *image,
                              codec_failure *failure);
/// Decodes to rows of interleaved 8-bit samples. Alpha is dropped, 16 bits are cut to 8.
codec_status codec_png_decode(const uint8_t *bytes, size_t count, size_t max_pixels, uint8_t *pixels,
                              size_t capacity, codec_failure *failure);

codec_status codec_jpeg_header(const uint8_t *bytes, size_t count, size_t max_pixels, codec_image *image,
                               codec_failure *failure);
/// Decodes to rows of interleaved 8-bit samples. An image that ends early is an error, not gray.
codec_status codec_jpeg_decode(const uint8_t *bytes, size_t count, size_t max_pixels, uint8_t *pixels,
                               size_t capacity, codec_failure *failure);

typedef enum codec_wrapping {
  /// DEFLATE (RFC 1951) alone, as in a ZIP archive.
  CODEC_RAW = 0,
  /// One or more gzip members (RFC 1952).
  CODEC_GZIP = 1,
} codec_wrapping;

/// Inflates until the stream ends (CODEC_OK) or `capacity` bytes are written (CODEC_OUTPUT_FULL).
codec_status codec_inflate(codec_wrapping wrapping, const uint8_t *bytes, size_t count, uint8_t *output,
                           size_t capacity, size_t *produced, codec_failure *failure);
/// The largest size `codec_deflate` can produce from `count` bytes; 0 when that has no size.
size_t codec_deflate_bound(size_t count);
/// Deflates all of the input. The same bytes on every system for one version of zlib: no time, no name.
codec_status codec_deflate(codec_wrapping wrapping, const uint8_t *bytes, size_t count, uint8_t *output,
                           size_t capacity, size_t *produced, codec_failure *failure);
/// CRC-32 as in gzip, ZIP and PNG; `crc` is 0 or an earlier result to go on from.
uint32_t codec_crc32(uint32_t crc, const uint8_t *bytes, size_t count);

#endif
