#include "core/data/gunzip.h"

#include <check.h>
#include <string.h>

#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#include "core/base/memory.h"

#define TEXT_BYTES 200000U
#define PACKED_BYTES 300000U

static enum gunzip_format format; /* each round with another one */
static char text[TEXT_BYTES];
static unsigned char packed[PACKED_BYTES];

/* n bytes of text that packs neither well nor badly. */
static void make_text(size_t n)
{
    unsigned state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1103515245U + 12345U;
        text[i] = (char)('a' + (state >> 16) % 20);
    }
}

/* Packs the first n bytes behind packed[at]; where the file ends. */
static size_t pack(size_t at, size_t n)
{
    z_stream stream = {0};
    ck_assert_int_eq(deflateInit2(&stream, 6, Z_DEFLATED, format == GUNZIP_GZIP ? 31 : 15,
                                  8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (const unsigned char *)text;
    stream.avail_in = (unsigned)n;
    stream.next_out = packed + at;
    stream.avail_out = (unsigned)(PACKED_BYTES - at);
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t end = PACKED_BYTES - stream.avail_out;
    deflateEnd(&stream);
    return end;
}

/* Unpacks packed[0..n) in pieces. */
static int unpack(size_t n, size_t piece, uint64_t most, struct buffer *out,
                  struct error *err)
{
    struct gunzip *gunzip = gunzip_new(format, buffer_sink(out), most, err);
    int result = gunzip ? 0 : -1;
    for (size_t at = 0; result == 0 && at < n; at += piece)
        result = gunzip_push(gunzip, (const char *)packed + at,
                             n - at < piece ? n - at : piece, err);
    if (result == 0)
        result = gunzip_finish(gunzip, err);
    gunzip_free(gunzip);
    return result;
}

static void expect_text(size_t n_packed, size_t piece, size_t n)
{
    struct buffer out = BUFFER_EMPTY;
    struct error err = {0};
    ck_assert_msg(unpack(n_packed, piece, n, &out, &err) == 0, "%s", err.message);
    ck_assert_uint_eq(out.n_bytes, n);
    ck_assert(n == 0 || memcmp(out.bytes, text, n) == 0);
    buffer_free(&out);
}

static void expect_error(size_t n_packed, uint64_t most, enum error_code code)
{
    struct buffer out = BUFFER_EMPTY;
    struct error err = {0};
    ck_assert_int_eq(unpack(n_packed, 1000, most, &out, &err), -1);
    ck_assert_int_eq(err.code, code);
    buffer_free(&out);
}

START_TEST(gunzip_unpacks_whatever_the_pieces)
{
    format = (enum gunzip_format)_i;
    /* 65536: exactly what is delivered at once. */
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, TEXT_BYTES};
    static const size_t pieces[] = {1, 7, 4096, PACKED_BYTES};
    make_text(TEXT_BYTES);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        size_t n = pack(0, sizes[i]);
        for (size_t p = 0; p < sizeof(pieces) / sizeof(*pieces); p++)
            expect_text(n, pieces[p], sizes[i]);
    }
}
END_TEST

START_TEST(gunzip_unpacks_members_one_after_another)
{
    format = (enum gunzip_format)_i;
    struct buffer out = BUFFER_EMPTY;
    make_text(10);
    size_t n = pack(pack(pack(0, 10), 0), 10);
    for (size_t piece = 1; piece < n + 1; piece++) {
        buffer_clear(&out);
        ck_assert_int_eq(unpack(n, piece, 20, &out, NULL), 0);
        ck_assert_uint_eq(out.n_bytes, 20);
        ck_assert_int_eq(memcmp(out.bytes + 10, text, 10), 0);
    }
    buffer_free(&out);
}
END_TEST

START_TEST(gunzip_unpacks_no_more_than_the_most)
{
    format = (enum gunzip_format)_i;
    memset(text, 'x', TEXT_BYTES);
    size_t n = pack(0, TEXT_BYTES);
    expect_text(n, 1000, TEXT_BYTES);
    expect_error(n, TEXT_BYTES - 1, ERROR_TOO_LARGE);
    expect_error(n, 0, ERROR_TOO_LARGE);
}
END_TEST

START_TEST(gunzip_refuses_what_is_cut_off)
{
    format = (enum gunzip_format)_i;
    make_text(300);
    size_t n = pack(0, 300);
    for (size_t cut = 0; cut < n; cut++)
        expect_error(cut, 300, ERROR_BAD_GZIP);
}
END_TEST

/* The flags, time and system of gzip's header (bytes 3 to 9) say nothing of the content.
 */
START_TEST(gunzip_refuses_what_is_damaged)
{
    format = (enum gunzip_format)_i;
    make_text(300);
    size_t n = pack(0, 300);
    for (size_t i = 0; i < n; i++) {
        if (format == GUNZIP_GZIP && i >= 3 && i <= 9)
            continue;
        packed[i] ^= 0x10;
        expect_error(n, 1000, ERROR_BAD_GZIP);
        packed[i] ^= 0x10;
    }
    memcpy(packed + n, "more", 4);
    expect_error(n + 4, 300, ERROR_BAD_GZIP);
}
END_TEST

START_TEST(gunzip_passes_on_what_its_sink_says)
{
    format = (enum gunzip_format)_i;
    struct buffer out = BUFFER_EMPTY;
    struct error err = {0};
    make_text(300);
    size_t n = pack(0, 300);
    for (long i = 0; i < 2; i++) { /* its own memory, and that of the buffer */
        memory_fail_after(i);
        ck_assert_int_eq(unpack(n, n, 300, &out, &err), -1);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        buffer_free(&out);
    }
    gunzip_free(NULL);
}
END_TEST

TCase *gunzip_test(void)
{
    TCase *tcase = tcase_create("gunzip");
    tcase_add_loop_test(tcase, gunzip_unpacks_whatever_the_pieces, 0, 2);
    tcase_add_loop_test(tcase, gunzip_unpacks_members_one_after_another, 0, 2);
    tcase_add_loop_test(tcase, gunzip_unpacks_no_more_than_the_most, 0, 2);
    tcase_add_loop_test(tcase, gunzip_refuses_what_is_cut_off, 0, 2);
    tcase_add_loop_test(tcase, gunzip_refuses_what_is_damaged, 0, 2);
    tcase_add_loop_test(tcase, gunzip_passes_on_what_its_sink_says, 0, 2);
    return tcase;
}
