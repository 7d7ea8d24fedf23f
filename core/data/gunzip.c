#include "core/data/gunzip.h"

#include <limits.h>

#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#include "core/base/memory.h"

#define PIECE_BYTES (64U << 10)
/* zlib: the largest window, with that header and no other. */
static const int windows[] = {[GUNZIP_GZIP] = 15 + 16, [GUNZIP_DEFLATE] = 15};

struct gunzip {
    struct byte_sink sink;
    uint64_t n_bytes_most;
    uint64_t n_bytes; /* unpacked so far */
    z_stream stream;
    bool is_inside; /* of a member that has not ended */
    unsigned char piece[PIECE_BYTES];
};

struct gunzip *gunzip_new(enum gunzip_format format, struct byte_sink sink,
                          uint64_t n_bytes_most, struct error *err)
{
    struct gunzip *gunzip = memory_new(1, sizeof(*gunzip), err);
    if (!gunzip)
        return NULL;
    gunzip->sink = sink;
    gunzip->n_bytes_most = n_bytes_most;
    gunzip->is_inside = true;
    if (inflateInit2(&gunzip->stream, windows[format]) != Z_OK) {
        memory_free(gunzip);
        error_set(err, ERROR_NO_MEMORY, "not enough memory to unpack gzip");
        return NULL;
    }
    return gunzip;
}

void gunzip_free(struct gunzip *gunzip)
{
    if (!gunzip)
        return;
    inflateEnd(&gunzip->stream);
    memory_free(gunzip);
}

static int deliver(struct gunzip *gunzip, struct error *err)
{
    size_t n = PIECE_BYTES - gunzip->stream.avail_out;
    gunzip->n_bytes += n;
    if (gunzip->n_bytes > gunzip->n_bytes_most)
        return error_set(err, ERROR_TOO_LARGE, "it unpacks to more than %llu bytes",
                         (unsigned long long)gunzip->n_bytes_most);
    return n > 0 ? gunzip->sink.write(gunzip->sink.context, gunzip->piece, n, err) : 0;
}

/* As much as the input gives or a piece takes. */
static int unpack(struct gunzip *gunzip, struct error *err)
{
    z_stream *stream = &gunzip->stream;
    if (!gunzip->is_inside)
        inflateReset(stream);
    stream->next_out = gunzip->piece;
    stream->avail_out = PIECE_BYTES;
    int status = inflate(stream, Z_NO_FLUSH);
    gunzip->is_inside = status != Z_STREAM_END;
    if (status == Z_MEM_ERROR)
        return error_set(err, ERROR_NO_MEMORY, "not enough memory to unpack gzip");
    /* Z_BUF_ERROR: nothing could be done, for want of input. */
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        return error_set(err, ERROR_BAD_GZIP,
                         "not gzip or deflate, or damaged, behind %llu unpacked bytes",
                         (unsigned long long)gunzip->n_bytes);
    return deliver(gunzip, err);
}

/* zlib counts in 32 bits. */
static int push_some(struct gunzip *gunzip, const char *bytes, unsigned n,
                     struct error *err)
{
    z_stream *stream = &gunzip->stream;
    stream->next_in = (const unsigned char *)bytes;
    stream->avail_in = n;
    do {
        if (unpack(gunzip, err) < 0)
            return -1;
    } while (stream->avail_in > 0 || (gunzip->is_inside && stream->avail_out == 0));
    return 0;
}

int gunzip_push(struct gunzip *gunzip, const char *bytes, size_t n, struct error *err)
{
    while (n > 0) {
        unsigned some = n < INT_MAX ? (unsigned)n : INT_MAX;
        if (push_some(gunzip, bytes, some, err) < 0)
            return -1;
        bytes += some;
        n -= some;
    }
    return 0;
}

int gunzip_finish(const struct gunzip *gunzip, struct error *err)
{
    if (gunzip->is_inside)
        return error_set(err, ERROR_BAD_GZIP, "what is packed is cut off");
    return 0;
}
