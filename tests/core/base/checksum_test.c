#include "core/base/checksum.h"

#include <string.h>

#include "tests/support/suite.h"

typedef uint32_t crc_fn(uint32_t crc, const void *bytes, size_t n);
static crc_fn *const crcs[] = {checksum_crc32c, checksum_crc32c_portable};
#define N_CRCS (sizeof(crcs) / sizeof(*crcs))

/* RFC 3720, appendix B.4, whose bytes are the value's, least significant first. */
START_TEST(checksum_crc32c_gives_the_answers_of_rfc_3720)
{
    static const unsigned char read_command[48] = {
        0x01, 0xc0, 0, 0, 0, 0, 0,    0, 0,    0, 0, 0,    0, 0, 0, 0,
        0x14, 0,    0, 0, 0, 0, 0x04, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
        0x28, 0,    0, 0, 0, 0, 0,    0, 0x02, 0, 0, 0,    0, 0, 0, 0};
    unsigned char zeros[32] = {0}, ones[32], up[32], down[32];
    memset(ones, 0xff, sizeof(ones));
    for (size_t i = 0; i < 32; i++) {
        up[i] = (unsigned char)i;
        down[i] = (unsigned char)(31 - i);
    }
    for (size_t i = 0; i < N_CRCS; i++) {
        ck_assert_uint_eq(crcs[i](0, zeros, 32), 0x8a9136aa);
        ck_assert_uint_eq(crcs[i](0, ones, 32), 0x62a8ab43);
        ck_assert_uint_eq(crcs[i](0, up, 32), 0x46dd794e);
        ck_assert_uint_eq(crcs[i](0, down, 32), 0x113fdb5c);
        ck_assert_uint_eq(crcs[i](0, read_command, 48), 0xd9963a56);
        ck_assert_uint_eq(crcs[i](0, "", 0), 0);
    }
}
END_TEST

START_TEST(checksum_crc32c_continues_at_any_cut)
{
    unsigned char bytes[100];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    uint32_t whole = checksum_crc32c(0, bytes, sizeof(bytes));
    for (size_t i = 0; i < N_CRCS; i++)
        for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
            uint32_t crc = crcs[i](0, bytes, cut);
            ck_assert_uint_eq(crcs[i](crc, bytes + cut, sizeof(bytes) - cut), whole);
        }
}
END_TEST

START_TEST(checksum_crc32c_of_a_long_text_is_the_portable_one)
{
    static unsigned char bytes[10000];
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(state >> 24);
    }
    for (size_t n = 3000; n < sizeof(bytes); n += 13) {
        uint32_t crc = checksum_crc32c((uint32_t)n, bytes + n % 7, n - 7);
        if (crc != checksum_crc32c_portable((uint32_t)n, bytes + n % 7, n - 7))
            ck_abort_msg("of %zu bytes", n);
    }
}
END_TEST

START_TEST(checksum_crc32c_sees_every_flipped_bit)
{
    unsigned char bytes[64] = {0};
    uint32_t whole = checksum_crc32c(0, bytes, sizeof(bytes));
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        ck_assert_uint_ne(checksum_crc32c(0, bytes, sizeof(bytes)), whole);
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
}
END_TEST

/* FIPS 180-2, appendix B.1 and B.2; of nothing: NIST's SHA256ShortMsg.rsp, Len = 0. */
START_TEST(checksum_sha256_gives_the_answers_of_fips_180)
{
    char text[CHECKSUM_HEX_BYTES];
    ck_assert_str_eq(checksum_sha256_hex("", 0, text),
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_str_eq(checksum_sha256_hex("abc", 3, text),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_str_eq(
        checksum_sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                            56, text),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

/* FIPS 180-2, appendix B.3. */
START_TEST(checksum_sha256_of_a_million_letters_in_pieces)
{
    struct checksum_sha256 sum;
    unsigned char digest[CHECKSUM_SHA256_BYTES];
    char piece[1000], text[CHECKSUM_HEX_BYTES];
    memset(piece, 'a', sizeof(piece));
    checksum_sha256_start(&sum);
    for (int i = 0; i < 1000; i++)
        checksum_sha256_add(&sum, piece, sizeof(piece));
    checksum_sha256_finish(&sum, digest);
    ck_assert_str_eq(checksum_hex(digest, text),
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

TCase *checksum_test(void)
{
    TCase *tcase = tcase_create("checksum");
    tcase_add_test(tcase, checksum_crc32c_gives_the_answers_of_rfc_3720);
    tcase_add_test(tcase, checksum_crc32c_continues_at_any_cut);
    tcase_add_test(tcase, checksum_crc32c_sees_every_flipped_bit);
    tcase_add_test(tcase, checksum_crc32c_of_a_long_text_is_the_portable_one);
    tcase_add_test(tcase, checksum_sha256_gives_the_answers_of_fips_180);
    tcase_add_test(tcase, checksum_sha256_of_a_million_letters_in_pieces);
    return tcase;
}
