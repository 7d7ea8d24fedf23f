#include "core/base/pack.h"

#include <string.h>

#include "core/base/memory.h"

/* ---- writing ---- */

static void put_little_endian(struct buffer *out, uint64_t value, size_t n)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    buffer_append(out, bytes, n);
}

void pack_u8(struct buffer *out, uint8_t value)
{
    put_little_endian(out, value, 1);
}

void pack_u32(struct buffer *out, uint32_t value)
{
    put_little_endian(out, value, 4);
}

void pack_u64(struct buffer *out, uint64_t value)
{
    put_little_endian(out, value, 8);
}

void pack_f64(struct buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    pack_u64(out, bits);
}

void pack_bytes(struct buffer *out, const void *bytes, size_t n)
{
    pack_u64(out, n);
    buffer_append(out, bytes, n);
}

void pack_string(struct buffer *out, const char *text)
{
    pack_u8(out, text != NULL);
    if (text)
        pack_bytes(out, text, strlen(text));
}

void pack_f64_array(struct buffer *out, const double *values, size_t n)
{
    pack_u8(out, values != NULL);
    if (!values)
        return;
    pack_u64(out, n);
    for (size_t i = 0; i < n; i++)
        pack_f64(out, values[i]);
}

/* ---- reading ---- */

/* The next n bytes, or NULL and failed for good. */
static const unsigned char *take(struct pack_reader *in, size_t n)
{
    if (in->failed || n > in->n_bytes - in->at) {
        in->failed = true;
        return NULL;
    }
    const unsigned char *bytes = in->bytes + in->at;
    in->at += n;
    return bytes;
}

static uint64_t read_little_endian(struct pack_reader *in, size_t n)
{
    const unsigned char *bytes = take(in, n);
    uint64_t value = 0;
    for (size_t i = 0; bytes && i < n; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint8_t pack_read_u8(struct pack_reader *in)
{
    return (uint8_t)read_little_endian(in, 1);
}

uint32_t pack_read_u32(struct pack_reader *in)
{
    return (uint32_t)read_little_endian(in, 4);
}

uint64_t pack_read_u64(struct pack_reader *in)
{
    return read_little_endian(in, 8);
}

double pack_read_f64(struct pack_reader *in)
{
    uint64_t bits = pack_read_u64(in);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

size_t pack_read_count(struct pack_reader *in, size_t least_bytes)
{
    uint64_t n = pack_read_u64(in);
    if (in->failed || n > (in->n_bytes - in->at) / (least_bytes > 0 ? least_bytes : 1)) {
        in->failed = true;
        return 0;
    }
    return (size_t)n;
}

const void *pack_read_bytes(struct pack_reader *in, size_t *n)
{
    size_t n_bytes = pack_read_count(in, 1);
    const void *bytes = take(in, n_bytes);
    *n = bytes ? n_bytes : 0;
    return bytes;
}

/* Whether something or NULL was written. */
static bool read_presence(struct pack_reader *in)
{
    uint8_t presence = pack_read_u8(in);
    if (presence > 1)
        in->failed = true;
    return presence == 1 && !in->failed;
}

char *pack_read_string(struct pack_reader *in, struct error *err)
{
    if (!read_presence(in))
        return NULL;
    size_t n;
    const char *text = pack_read_bytes(in, &n);
    if (!text || memchr(text, '\0', n)) {
        in->failed = true;
        return NULL;
    }
    char *copy = memory_copy_text(text, n, err);
    in->failed = in->failed || !copy;
    return copy;
}

double *pack_read_f64_array(struct pack_reader *in, size_t *n, struct error *err)
{
    *n = 0;
    if (!read_presence(in))
        return NULL;
    size_t count = pack_read_count(in, sizeof(double));
    if (in->failed)
        return NULL;
    double *values = memory_new_aligned(count, sizeof(*values), err);
    in->failed = !values;
    for (size_t i = 0; values && i < count; i++)
        values[i] = pack_read_f64(in);
    *n = values ? count : 0;
    return values;
}

int pack_check(const struct pack_reader *in, struct error *err)
{
    if (in->failed)
        return error_set(err, ERROR_CORRUPT, "a stored record is damaged near byte %zu",
                         in->at);
    return 0;
}

int pack_check_end(const struct pack_reader *in, struct error *err)
{
    if (pack_check(in, err) < 0)
        return -1;
    if (in->at != in->n_bytes)
        return error_set(err, ERROR_CORRUPT, "a stored record has %zu bytes too many",
                         in->n_bytes - in->at);
    return 0;
}
