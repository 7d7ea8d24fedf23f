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
__attribute__((target("sse4.2"))) static uint32_t crc_sse42(uint32_t crc,
                                                            const unsigned char *bytes,
                                                            size_t n)
{
    uint64_t wide = crc;
    for (; n >= 8; n -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof(word));
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; n > 0; n--, bytes++)
        crc = __builtin_ia32_crc32qi(crc, *bytes);
    return crc;
}
#endif

uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc_sse42(~crc, bytes, n);
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
