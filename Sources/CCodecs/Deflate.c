#include "CCodecs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

// zlib counts in `uInt`: larger buffers are handed over in pieces.
static uInt piece(size_t left) { return left > UINT_MAX ? UINT_MAX : (uInt)left; }

static int window_bits(codec_wrapping wrapping) { return wrapping == CODEC_GZIP ? 15 + 16 : -15; }

static codec_status fail(codec_failure *failure, codec_status status, size_t offset, const char *message) {
  failure->offset = offset;
  snprintf(failure->message, sizeof failure->message, "%s", message);
  return status;
}

codec_status codec_inflate(codec_wrapping wrapping, const uint8_t *bytes, size_t count, uint8_t *output,
                           size_t capacity, size_t *produced, codec_failure *failure) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  *produced = 0;
  if (inflateInit2(&stream, window_bits(wrapping)) != Z_OK) {
    return fail(failure, CODEC_OUT_OF_MEMORY, 0, "out of memory");
  }
  size_t read = 0;
  codec_status status = CODEC_OK;
  for (;;) {
    const uInt given = piece(count - read);
    const uInt room = piece(capacity - *produced);
    uint8_t none;
    stream.next_in = (Bytef *)(bytes + read);
    stream.avail_in = given;
    stream.next_out = room == 0 ? &none : output + *produced;
    stream.avail_out = room;
    const int result = inflate(&stream, Z_NO_FLUSH);
    read += given - stream.avail_in;
    *produced += room - stream.avail_out;
    if (result == Z_STREAM_END) {
      // Bytes behind a gzip member are another member, or padding, which gzip ignores too.
      const int more = wrapping == CODEC_GZIP && count - read >= 2 && bytes[read] == 0x1f && bytes[read + 1] == 0x8b;
      if (!more) break;
      if (inflateReset(&stream) != Z_OK) {
        status = fail(failure, CODEC_CORRUPT, read, "the next member cannot be read");
        break;
      }
    } else if (result == Z_OK || result == Z_BUF_ERROR) {
      const int stuck = given == stream.avail_in && room == stream.avail_out;
      if (stuck && room == 0) {
        status = fail(failure, CODEC_OUTPUT_FULL, read, "the stream is longer than announced");
        break;
      }
      if (stuck || (read == count && stream.avail_out > 0 && result == Z_BUF_ERROR)) {
        status = fail(failure, CODEC_CORRUPT, read, "the compressed data end too early");
        break;
      }
    } else if (result == Z_MEM_ERROR) {
      status = fail(failure, CODEC_OUT_OF_MEMORY, read, "out of memory");
      break;
    } else {
      status = fail(failure, CODEC_CORRUPT, read, stream.msg == NULL ? "not a compressed stream" : stream.msg);
      break;
    }
  }
  inflateEnd(&stream);
  return status;
}

size_t codec_deflate_bound(size_t count) {
  // deflateBound's own worst case for any window, and the gzip header and trailer.
  const size_t extra = (count >> 5) + (count >> 7) + (count >> 11) + 64;
  return count > SIZE_MAX - extra ? 0 : count + extra;
}

codec_status codec_deflate(codec_wrapping wrapping, const uint8_t *bytes, size_t count, uint8_t *output,
                           size_t capacity, size_t *produced, codec_failure *failure) {
  z_stream stream;
  gz_header header;
  memset(&stream, 0, sizeof stream);
  memset(&header, 0, sizeof header);
  // 255: the operating system is not told, so that files are alike on all of them.
  header.os = 255;
  *produced = 0;
  if (deflateInit2(&stream, 9, Z_DEFLATED, window_bits(wrapping), 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(failure, CODEC_OUT_OF_MEMORY, 0, "out of memory");
  }
  if (wrapping == CODEC_GZIP) deflateSetHeader(&stream, &header);
  size_t read = 0;
  codec_status status = CODEC_OK;
  for (;;) {
    const uInt given = piece(count - read);
    const uInt room = piece(capacity - *produced);
    stream.next_in = (Bytef *)(bytes + read);
    stream.avail_in = given;
    stream.next_out = output + *produced;
    stream.avail_out = room;
    const int result = deflate(&stream, read + given == count ? Z_FINISH : Z_NO_FLUSH);
    read += given - stream.avail_in;
    *produced += room - stream.avail_out;
    if (result == Z_STREAM_END) break;
    if (*produced == capacity || result == Z_STREAM_ERROR) {
      status = fail(failure, CODEC_OUTPUT_FULL, read, "the output buffer is too small");
      break;
    }
  }
  deflateEnd(&stream);
  return status;
}

uint32_t codec_crc32(uint32_t crc, const uint8_t *bytes, size_t count) {
  uLong value = crc;
  while (count > 0) {
    const uInt step = piece(count);
    value = crc32(value, bytes, step);
    bytes += step;
    count -= step;
  }
  return (uint32_t)value;
}
