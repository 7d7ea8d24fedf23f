#include "core/base/checksum.h"

#include <string.h>

/* ---- CRC32C ---- */

/* The remainders of the 16 values of four bits, for Castagnoli's polynomial with its bits
 * reversed, 82F63B78 (RFC 3720, appendix B.4): small enough to be read, and to stay in
 * the cache. */
static const uint32_t remainders[16] = {
    0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
    0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
    0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
};

uint32_t checksum_crc32c_portable(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ remainders[crc & 15];
        crc = crc >> 4 ^ remainders[crc & 15];
    }
    return ~crc;
}

#ifdef __x86_64__
/*
 * The instruction takes three cycles and could begin in each. So long texts are three
 * parts side by side, each with a remainder of its own. Those of the first two are then
 * multiplied by x to the number of bits behind them, less 33, which the product of two
 * reflected numbers and the instruction itself add (Gopal et al., "Fast CRC computation
 * for iSCSI polynomial using CRC32 instruction", 2011).
 */
#define PART_WORDS 128U
#define PART_BYTES (8 * PART_WORDS)
#define BEHIND_FIRST UINT64_C(0xa51b6135)  /* x^(64·256 - 33) */
#define BEHIND_SECOND UINT64_C(0x170076fa) /* x^(64·128 - 33) */

#define SSE42 __attribute__((target("sse4.2"))) static
#define PCLMUL __attribute__((target("sse4.2,pclmul"))) static

typedef long long words __attribute__((vector_size(16)));

static inline uint64_t load(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

SSE42 uint32_t crc_sse42(uint32_t crc, const unsigned char *bytes, size_t n)
{
    uint64_t wide = crc;
    for (; n >= 8; n -= 8, bytes += 8)
        wide = __builtin_ia32_crc32di(wide, load(bytes));
    crc = (uint32_t)wide;
    for (; n > 0; n--, bytes++)
        crc = __builtin_ia32_crc32qi(crc, *bytes);
    return crc;
}

PCLMUL uint64_t multiply(uint64_t remainder, uint64_t power)
{
    const words a = {(long long)remainder, 0}, b = {(long long)power, 0};
    words product = __builtin_ia32_pclmulqdq128(a, b, 0);
    return (uint64_t)product[0];
}

/* Of 3·PART_BYTES. */
PCLMUL uint32_t crc_three(uint32_t crc, const unsigned char *bytes)
{
    uint64_t first = crc, second = 0, third = 0;
    for (size_t i = 0; i < PART_WORDS; i++, bytes += 8) {
        uint64_t last = load(bytes + 2 * PART_BYTES);
        first = __builtin_ia32_crc32di(first, load(bytes));
        second = __builtin_ia32_crc32di(second, load(bytes + PART_BYTES));
        if (i + 1 == PART_WORDS)
            last ^= multiply(first, BEHIND_FIRST) ^ multiply(second, BEHIND_SECOND);
        third = __builtin_ia32_crc32di(third, last);
    }
    return (uint32_t)third;
}
#endif

uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n)
{
#ifdef __x86_64__
    const unsigned char *at = bytes;
    if (__builtin_cpu_supports("sse4.2")) {
        crc = ~crc;
        for (; n >= 3 * PART_BYTES && __builtin_cpu_supports("pclmul");
             n -= 3 * PART_BYTES, at += 3 * PART_BYTES)
            crc = crc_three(crc, at);
        return ~crc_sse42(crc, at, n);
    }
#endif
    return checksum_crc32c_portable(crc, bytes, n);
}

/* ---- SHA-256 ---- */

void checksum_sha256_start(struct checksum_sha256 *sum)
{
    sha256_init(&sum->state);
}

void checksum_sha256_add(struct checksum_sha256 *sum, const void *bytes, size_t n)
{
    sha256_update(&sum->state, n, bytes);
}

void checksum_sha256_finish(struct checksum_sha256 *sum, unsigned char *digest)
{
    sha256_digest(&sum->state, CHECKSUM_SHA256_BYTES, digest);
}

char *checksum_hex(const unsigned char *digest, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < CHECKSUM_SHA256_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[CHECKSUM_HEX_BYTES - 1] = '\0';
    return text;
}

char *checksum_sha256_hex(const void *bytes, size_t n, char *text)
{
    struct checksum_sha256 sum;
    unsigned char digest[CHECKSUM_SHA256_BYTES];
    checksum_sha256_start(&sum);
    checksum_sha256_add(&sum, bytes, n);
    checksum_sha256_finish(&sum, digest);
    return checksum_hex(digest, text);
}
