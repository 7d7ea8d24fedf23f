#include "core/data/spool_texts.h"

#include <string.h>

#include "core/text/number_digits.h"

/* A count, in a byte, or in four more where that is not enough. */
#define MOST_SHORT 254U
#define MOST_HEAD_BYTES 10U /* two of them */

static char *put_count(char *to, uint32_t count)
{
    *to++ = (char)(unsigned char)(count <= MOST_SHORT ? count : MOST_SHORT + 1);
    if (count <= MOST_SHORT)
        return to;
    memcpy(to, &count, sizeof(count));
    return to + sizeof(count);
}

static uint32_t take_count(const char *texts, size_t *at)
{
    uint32_t count = (unsigned char)texts[(*at)++];
    if (count <= MOST_SHORT)
        return count;
    memcpy(&count, texts + *at, sizeof(count));
    *at += sizeof(count);
    return count;
}

/* How many cells are passed; twice the number of characters, and one for packed ones. */
static char *put_head(char *to, uint32_t n_passed, uint32_t n_bytes, bool is_packed)
{
    return put_count(put_count(to, n_passed), 2 * n_bytes + is_packed);
}

int spool_texts_put(struct buffer *texts, uint32_t n_passed, const char *text,
                    uint32_t n_bytes, struct error *err)
{
    char *to = buffer_reserve(texts, MOST_HEAD_BYTES + (size_t)n_bytes);
    if (!to)
        return buffer_check(texts, err);
    char *end = put_head(to, n_passed, n_bytes, false);
    memcpy(end, text, n_bytes);
    buffer_advance(texts, (size_t)(end - to) + n_bytes);
    return 0;
}

/* Eight characters by the low halves of their bytes, in which digits, '.' and '-' differ:
 * the first in the lowest bits. */
static void pack_eight(const char *text, char *to)
{
    uint64_t eight = number_digits_load(text) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    eight = (eight | eight >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    eight = (eight | eight >> 8) & UINT64_C(0x0000ffff0000ffff);
    uint32_t packed = htole32((uint32_t)(eight | eight >> 16));
    memcpy(to, &packed, sizeof(packed));
}

#ifdef __SSE2__
typedef short pairs __attribute__((vector_size(16)));
typedef char bytes __attribute__((vector_size(16)));

static void pack_sixteen(const char *text, char *to)
{
    pairs two;
    memcpy(&two, text, sizeof(two));
    two &= 0x0f0f;
    two = (two | two >> 4) & 0xff;
    bytes packed = (bytes)__builtin_ia32_packuswb128(two, two);
    memcpy(to, &packed, sizeof(packed) / 2);
}
#else
static void pack_sixteen(const char *text, char *to)
{
    pack_eight(text, to);
    pack_eight(text + 8, to + 4);
}
#endif

int spool_texts_put_digits(struct buffer *texts, uint32_t n_passed, const char *text,
                           uint32_t n_bytes, struct error *err)
{
    char *to = buffer_reserve(texts, MOST_HEAD_BYTES + SPOOL_TEXTS_MOST_DIGITS / 2);
    if (!to)
        return buffer_check(texts, err);
    char *end = put_head(to, n_passed, n_bytes, true);
    pack_sixteen(text, end);
    if (n_bytes > 16)
        pack_eight(text + 16, end + 8);
    buffer_advance(texts, (size_t)(end - to) + (n_bytes + 1) / 2);
    return 0;
}

size_t spool_texts_take(const char *texts, size_t at, struct spool_text *text)
{
    text->n_passed = take_count(texts, &at);
    uint32_t size = take_count(texts, &at);
    text->n_bytes = size / 2;
    text->is_packed = size % 2;
    text->bytes = texts + at;
    return at + (text->is_packed ? (text->n_bytes + 1) / 2 : text->n_bytes);
}

void spool_texts_unpack(const struct spool_text *text, char *to)
{
    static const char characters[] = "0123456789   -. ";
    for (size_t i = 0; i < text->n_bytes; i++)
        to[i] = characters[(unsigned char)text->bytes[i / 2] >> 4 * (i % 2) & 15];
}
