#include "core/store/blob_format.h"

#include <string.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

static const unsigned char id[BLOB_FORMAT_ID_BYTES] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                                       0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
                                                       0xcc, 0xdd, 0xee, 0xff};

static struct blob_header some_header(void)
{
    struct blob_header header = {.kind = 3,
                                 .payload_bytes = 200000,
                                 .key_bytes = 9,
                                 .meta_bytes = UINT64_C(5) << 30,
                                 .created_at = 1234567890123456};
    memcpy(header.id, id, sizeof(id));
    return header;
}

START_TEST(names_are_ids_in_hexadecimal)
{
    unsigned char found[BLOB_FORMAT_ID_BYTES] = {0};
    const struct blob_format_name finished = blob_format_name(id);
    const struct blob_format_name unfinished = blob_format_unfinished_name(id);
    ck_assert_str_eq(finished.text, "00112233445566778899aabbccddeeff.blob");
    ck_assert_str_eq(unfinished.text, "00112233445566778899aabbccddeeff.tmp");
    ck_assert(blob_format_read_name(finished.text, found));
    ck_assert_mem_eq(found, id, sizeof(id));
    ck_assert(blob_format_is_unfinished(unfinished.text));
    ck_assert(!blob_format_is_unfinished(finished.text));
    ck_assert(!blob_format_read_name(unfinished.text, found));
}
END_TEST

START_TEST(other_names_are_none)
{
    static const char *const names[] = {
        "",
        ".",
        ".blob",
        "00112233445566778899aabbccddeef.blob",
        "00112233445566778899aabbccddeefff.blob",
        "00112233445566778899AABBCCDDEEFF.blob",
        "00112233445566778899aabbccddeeff",
        "00112233445566778899aabbccddeeff.blob2",
        "0011223344556677/899aabbccddeeff.blob",
    };
    unsigned char found[BLOB_FORMAT_ID_BYTES];
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        ck_assert_msg(!blob_format_read_name(names[i], found), "%s", names[i]);
        ck_assert_msg(!blob_format_is_unfinished(names[i]), "%s", names[i]);
    }
}
END_TEST

START_TEST(a_header_comes_back)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct error err = {0};
    struct blob_header header = some_header(), found = {0};
    blob_format_pack(&header, &bytes);
    ck_assert_uint_eq(bytes.n_bytes, BLOB_FORMAT_HEADER_BYTES);
    ck_assert_int_eq(blob_format_unpack(&found, bytes.bytes, &err), 0);
    ck_assert_mem_eq(found.id, header.id, sizeof(id));
    ck_assert_uint_eq(found.kind, header.kind);
    ck_assert(!found.digests_blocks);
    ck_assert_uint_eq(found.payload_bytes, header.payload_bytes);
    ck_assert_uint_eq(found.key_bytes, header.key_bytes);
    ck_assert_uint_eq(found.meta_bytes, header.meta_bytes);
    ck_assert_int_eq(found.created_at, header.created_at);
    buffer_free(&bytes);
}
END_TEST

/* What was written by the first release must be read by every later one. */
START_TEST(the_format_on_the_disk_stays_as_it_is)
{
    static const unsigned char expected[] = {
        'l',  'o',  'g',  'i',  't',  'd',  '\r', '\n',
        1,    0,    0,    0,    3,    0,    0,    0, /* kind */
        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
        0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, /* id */
        0x40, 0x0d, 0x03, 0,    0,    0,    0,    0,    /* payload */
        0,    0,    1,    0,                            /* block */
        9,    0,    0,    0,                            /* key */
        0,    0,    0,    0x40, 1,    0,    0,    0     /* meta */
    };
    struct buffer bytes = BUFFER_EMPTY;
    struct blob_header header = some_header();
    blob_format_pack(&header, &bytes);
    ck_assert_mem_eq(bytes.bytes, expected, sizeof(expected));
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_digest_of_blocks_is_the_second_version)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct blob_header header = some_header(), found = {0};
    header.digests_blocks = true;
    blob_format_pack(&header, &bytes);
    ck_assert_int_eq(bytes.bytes[8], 2);
    ck_assert_int_eq(blob_format_unpack(&found, bytes.bytes, NULL), 0);
    ck_assert(found.digests_blocks);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_header_with_any_bit_flipped_is_refused)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct blob_header header = some_header(), found;
    blob_format_pack(&header, &bytes);
    for (size_t bit = 0; bit < 8 * BLOB_FORMAT_HEADER_BYTES; bit++) {
        struct error err = {0};
        char flip = (char)(1U << bit % 8);
        bytes.bytes[bit / 8] ^= flip;
        ck_assert_int_eq(blob_format_unpack(&found, bytes.bytes, &err), -1);
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        bytes.bytes[bit / 8] ^= flip;
    }
    buffer_free(&bytes);
}
END_TEST

START_TEST(sizes_add_up_or_are_refused)
{
    struct blob_header header = some_header();
    uint64_t n;
    header.meta_bytes = 100;
    ck_assert_uint_eq(blob_format_n_blocks(&header), 4);
    ck_assert(blob_format_tail_bytes(&header, &n));
    ck_assert_uint_eq(n, 4 * 4 + 9 + 100 + 32 + 4);
    ck_assert(blob_format_file_bytes(&header, &n));
    ck_assert_uint_eq(n, 128 + 200000 + 161);
    header.payload_bytes = 0;
    ck_assert_uint_eq(blob_format_n_blocks(&header), 0);
    header.payload_bytes = BLOB_FORMAT_BLOCK_BYTES;
    ck_assert_uint_eq(blob_format_n_blocks(&header), 1);
    header.payload_bytes++;
    ck_assert_uint_eq(blob_format_n_blocks(&header), 2);
    header.payload_bytes = UINT64_MAX;
    ck_assert(!blob_format_file_bytes(&header, &n));
    header.payload_bytes = INT64_MAX - 100;
    ck_assert(!blob_format_file_bytes(&header, &n));
    header.payload_bytes = 0;
    header.meta_bytes = UINT64_MAX - 10;
    ck_assert(!blob_format_tail_bytes(&header, &n));
    ck_assert(!blob_format_file_bytes(&header, &n));
}
END_TEST

START_TEST(packing_without_memory_is_told)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct blob_header header = some_header();
    memory_fail_after(0);
    blob_format_pack(&header, &bytes);
    memory_fail_after(-1);
    ck_assert_int_eq(buffer_check(&bytes, NULL), -1);
    buffer_free(&bytes);
}
END_TEST

TCase *blob_format_test(void)
{
    TCase *tcase = tcase_create("blob_format");
    tcase_add_test(tcase, names_are_ids_in_hexadecimal);
    tcase_add_test(tcase, other_names_are_none);
    tcase_add_test(tcase, a_header_comes_back);
    tcase_add_test(tcase, a_digest_of_blocks_is_the_second_version);
    tcase_add_test(tcase, the_format_on_the_disk_stays_as_it_is);
    tcase_add_test(tcase, a_header_with_any_bit_flipped_is_refused);
    tcase_add_test(tcase, sizes_add_up_or_are_refused);
    tcase_add_test(tcase, packing_without_memory_is_told);
    return tcase;
}
