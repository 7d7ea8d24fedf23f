#include "core/base/pack.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

static const double numbers[] = {0.0, -0.0, 1.5, INFINITY, 0x1p-1074};

static struct pack_reader reader_of(const struct buffer *buffer)
{
    return (struct pack_reader){.bytes = (const unsigned char *)buffer->bytes,
                                .n_bytes = buffer->n_bytes};
}

static void write_everything(struct buffer *out)
{
    pack_u8(out, 0xfe);
    pack_u32(out, 0xdeadbeef);
    pack_u64(out, UINT64_C(0x0123456789abcdef));
    pack_f64(out, -2.5);
    pack_bytes(out, "a\0b", 3);
    pack_string(out, "text");
    pack_string(out, "");
    pack_string(out, NULL);
    pack_f64_array(out, numbers, 5);
    pack_f64_array(out, numbers, 0);
    pack_f64_array(out, NULL, 0);
}

/* Reads it back and frees it; the caller looks at pack_check. */
static void read_everything(struct pack_reader *in, struct error *err)
{
    size_t n, n_none, n_null;
    pack_read_u8(in);
    pack_read_u32(in);
    pack_read_u64(in);
    pack_read_f64(in);
    pack_read_bytes(in, &n);
    char *strings[3];
    for (int i = 0; i < 3; i++)
        strings[i] = pack_read_string(in, err);
    double *values = pack_read_f64_array(in, &n, err);
    double *none = pack_read_f64_array(in, &n_none, err);
    double *null = pack_read_f64_array(in, &n_null, err);
    for (int i = 0; i < 3; i++)
        memory_free(strings[i]);
    memory_free(values);
    memory_free(none);
    memory_free(null);
}

START_TEST(pack_reads_back_what_was_written)
{
    struct buffer out = BUFFER_EMPTY;
    write_everything(&out);
    struct pack_reader in = reader_of(&out);
    struct error err = {0};
    size_t n;
    ck_assert_uint_eq(pack_read_u8(&in), 0xfe);
    ck_assert_uint_eq(pack_read_u32(&in), 0xdeadbeef);
    ck_assert_uint_eq(pack_read_u64(&in), UINT64_C(0x0123456789abcdef));
    ck_assert(pack_read_f64(&in) == -2.5);
    ck_assert_mem_eq(pack_read_bytes(&in, &n), "a\0b", 3);
    ck_assert_uint_eq(n, 3);
    char *text = pack_read_string(&in, &err);
    char *empty = pack_read_string(&in, &err);
    ck_assert_str_eq(text, "text");
    ck_assert_str_eq(empty, "");
    ck_assert_ptr_null(pack_read_string(&in, &err));
    double *values = pack_read_f64_array(&in, &n, &err);
    ck_assert_uint_eq(n, 5);
    ck_assert_mem_eq(values, numbers, sizeof(numbers));
    double *none = pack_read_f64_array(&in, &n, &err);
    ck_assert_ptr_nonnull(none);
    ck_assert_uint_eq(n, 0);
    ck_assert_ptr_null(pack_read_f64_array(&in, &n, &err));
    ck_assert_int_eq(pack_check_end(&in, &err), 0);
    ck_assert(!error_is_set(&err));
    memory_free(text);
    memory_free(empty);
    memory_free(values);
    memory_free(none);
    buffer_free(&out);
}
END_TEST

START_TEST(pack_is_little_endian)
{
    struct buffer out = BUFFER_EMPTY;
    pack_u32(&out, 0x01020304);
    pack_u64(&out, UINT64_C(0x0102030405060708));
    pack_f64(&out, 1.0); /* IEEE 754: 3FF0 0000 0000 0000 */
    ck_assert_uint_eq(out.n_bytes, 20);
    ck_assert_mem_eq(out.bytes, "\4\3\2\1\10\7\6\5\4\3\2\1\0\0\0\0\0\0\xF0\x3F", 20);
    buffer_free(&out);
}
END_TEST

START_TEST(pack_keeps_the_bits_of_a_nan)
{
    struct buffer out = BUFFER_EMPTY;
    const uint64_t bits = UINT64_C(0x7ff8000000c0ffee);
    double nan_value;
    memcpy(&nan_value, &bits, sizeof(bits));
    pack_f64(&out, nan_value);
    struct pack_reader in = reader_of(&out);
    ck_assert_uint_eq(pack_read_u64(&in), bits);
    buffer_free(&out);
}
END_TEST

START_TEST(pack_refuses_every_truncation)
{
    struct buffer out = BUFFER_EMPTY;
    write_everything(&out);
    for (size_t n = 0; n < out.n_bytes; n++) {
        /* A copy of its own size, so that the sanitizer sees a read past the end. */
        unsigned char *cut = memory_copy(out.bytes, n, NULL);
        struct pack_reader in = {.bytes = cut, .n_bytes = n};
        struct error err = {0};
        read_everything(&in, &err);
        ck_assert_int_eq(pack_check(&in, &err), -1);
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        memory_free(cut);
    }
    buffer_free(&out);
}
END_TEST

START_TEST(pack_reads_nothing_after_a_failure)
{
    static const unsigned char bytes[] = {1, 2, 3, 4, 5, 6, 7};
    struct pack_reader in = {.bytes = bytes, .n_bytes = sizeof(bytes)};
    size_t n = 9;
    ck_assert_uint_eq(pack_read_u64(&in), 0);
    ck_assert_uint_eq(pack_read_u8(&in), 0);
    ck_assert(pack_read_f64(&in) == 0);
    ck_assert_ptr_null(pack_read_bytes(&in, &n));
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(pack_check(&in, NULL), -1);
}
END_TEST

START_TEST(pack_refuses_counts_that_the_record_cannot_hold)
{
    static const uint64_t counts[] = {3, UINT64_MAX, UINT64_C(1) << 61,
                                      UINT64_C(1) << 63};
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        struct buffer out = BUFFER_EMPTY;
        pack_u8(&out, 1);
        pack_u64(&out, counts[i]);
        pack_u64(&out, 0);
        pack_u64(&out, 0);
        struct pack_reader in = reader_of(&out);
        size_t n = 9;
        memory_fail_after(-1);
        ck_assert_ptr_null(pack_read_f64_array(&in, &n, NULL));
        ck_assert_int_eq(memory_fail_after(-1), 0);
        ck_assert_uint_eq(n, 0);
        ck_assert_int_eq(pack_check(&in, NULL), -1);
        buffer_free(&out);
    }
}
END_TEST

START_TEST(pack_count_is_held_against_the_size_of_its_elements)
{
    struct buffer out = BUFFER_EMPTY;
    pack_u64(&out, 4);
    pack_u64(&out, 0);
    struct pack_reader in = reader_of(&out);
    ck_assert_uint_eq(pack_read_count(&in, 2), 4);
    in = reader_of(&out);
    ck_assert_uint_eq(pack_read_count(&in, 3), 0);
    ck_assert_int_eq(pack_check(&in, NULL), -1);
    buffer_free(&out);
}
END_TEST

START_TEST(pack_refuses_what_pack_would_not_write)
{
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {{"\2", 1}, {"\1\3\0\0\0\0\0\0\0a\0b", 12}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct pack_reader in = {.bytes = (const unsigned char *)rows[i].bytes,
                                 .n_bytes = rows[i].n};
        ck_assert_ptr_null(pack_read_string(&in, NULL));
        ck_assert_int_eq(pack_check(&in, NULL), -1);
    }
}
END_TEST

START_TEST(pack_check_end_refuses_what_is_left_over)
{
    static const unsigned char bytes[] = {1, 2};
    struct pack_reader in = {.bytes = bytes, .n_bytes = 2};
    struct error err = {0};
    pack_read_u8(&in);
    ck_assert_int_eq(pack_check(&in, &err), 0);
    ck_assert_int_eq(pack_check_end(&in, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
}
END_TEST

START_TEST(pack_tells_lack_of_memory_from_damage)
{
    struct buffer out = BUFFER_EMPTY;
    write_everything(&out);
    for (long i = 0; i < 4; i++) {
        struct pack_reader in = reader_of(&out);
        struct error err = {0};
        memory_fail_after(i);
        read_everything(&in, &err);
        memory_fail_after(-1);
        ck_assert_int_eq(pack_check(&in, &err), -1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    buffer_free(&out);
}
END_TEST

TCase *pack_test(void)
{
    TCase *tcase = tcase_create("pack");
    tcase_add_test(tcase, pack_reads_back_what_was_written);
    tcase_add_test(tcase, pack_is_little_endian);
    tcase_add_test(tcase, pack_keeps_the_bits_of_a_nan);
    tcase_add_test(tcase, pack_refuses_every_truncation);
    tcase_add_test(tcase, pack_reads_nothing_after_a_failure);
    tcase_add_test(tcase, pack_refuses_counts_that_the_record_cannot_hold);
    tcase_add_test(tcase, pack_count_is_held_against_the_size_of_its_elements);
    tcase_add_test(tcase, pack_refuses_what_pack_would_not_write);
    tcase_add_test(tcase, pack_check_end_refuses_what_is_left_over);
    tcase_add_test(tcase, pack_tells_lack_of_memory_from_damage);
    return tcase;
}
