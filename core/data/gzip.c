#include "core/data/gzip.h"

#include <limits.h>

#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#define MEMORY_LEVEL 8 /* zlib's default */

static const int windows[] = {[GUNZIP_GZIP] = 15 + 16, [GUNZIP_DEFLATE] = 15};

/* deflateBound for the default of zlib's memory, and a header. */
size_t gzip_most_bytes(size_t n)
{
    return n + (n >> 12) + (n >> 14) + (n >> 25) + 13 + 18;
}

/* zlib counts in 32 bits. Into room for all that there can be. */
static int pack(z_stream *stream, const char *bytes, size_t n, struct buffer *out)
{
    int status = Z_OK;
    stream->next_in = (const unsigned char *)bytes;
    while (status == Z_OK) {
        size_t room = out->capacity - 1 - out->n_bytes;
        unsigned n_in = n < INT_MAX ? (unsigned)n : INT_MAX;
        unsigned n_out = room < INT_MAX ? (unsigned)room : INT_MAX;
        stream->avail_in = n_in;
        stream->next_out = (unsigned char *)out->bytes + out->n_bytes;
        stream->avail_out = n_out;
        status = deflate(stream, n_in == n ? Z_FINISH : Z_NO_FLUSH);
        n -= n_in - stream->avail_in;
        buffer_advance(out, n_out - stream->avail_out);
    }
    return status == Z_STREAM_END ? 0 : -1;
}

int gzip_pack(enum gunzip_format format, const char *bytes, size_t n, struct buffer *out,
              struct error *err)
{
    z_stream stream = {0};
    size_t before = out->n_bytes;
    if (!buffer_reserve(out, gzip_most_bytes(n)))
        return error_no_memory(err, gzip_most_bytes(n));
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, windows[format], MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return error_set(err, ERROR_NO_MEMORY, "not enough memory to pack the answer");
    int result = pack(&stream, bytes, n, out);
    deflateEnd(&stream);
    if (result < 0) {
        out->n_bytes = before;
        error_set(err, ERROR_INTERNAL, "the answer could not be packed");
    }
    return result;
}
