/*
 * Checksums: CRC32C (Castagnoli) against accidents in blocks, SHA-256 as the name of
 * content.
 */
#ifndef LOGITD_CORE_BASE_CHECKSUM_H
#define LOGITD_CORE_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include <nettle/sha2.h>

/* Continues from `crc` (0 at the start). The processor's instruction where there is one.
 */
uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n);
/* The same without it, for every other processor. */
uint32_t checksum_crc32c_portable(uint32_t crc, const void *bytes, size_t n);

#define CHECKSUM_SHA256_BYTES 32
struct checksum_sha256 {
    struct sha256_ctx state;
};
void checksum_sha256_start(struct checksum_sha256 *sum);
void checksum_sha256_add(struct checksum_sha256 *sum, const void *bytes, size_t n);
void checksum_sha256_finish(struct checksum_sha256 *sum, unsigned char *digest);

/* digest[32] as 64 lower-case hexadecimal digits and a NUL; text[65]. Returns text. */
#define CHECKSUM_HEX_BYTES 65
char *checksum_hex(const unsigned char *digest, char *text);
/* Of bytes at once, as hex. */
char *checksum_sha256_hex(const void *bytes, size_t n, char *text);

#endif
