/*
 * The key's text is a word to find it by ("logitd_", for scanners of leaked secrets) and
 * 256 random bits in the URL-safe letters of base64 (RFC 4648, section 5).
 */
#include "server/keys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/random.h"

#define SECRET_BYTES 32U

/* n bytes in letters of six bits each, and a NUL. */
static void write_letters(const unsigned char *bytes, size_t n, char *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t pending = 0;
    unsigned n_bits = 0;
    for (size_t i = 0; i < n; i++) {
        pending = pending << 8 | bytes[i];
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            *text++ = letters[pending >> (n_bits - 6) & 63U];
    }
    if (n_bits > 0)
        *text++ = letters[pending << (6 - n_bits) & 63U];
    *text = '\0';
}

int keys_make(char *text, char *sha256_hex, struct error *err)
{
    unsigned char secret[SECRET_BYTES];
    if (random_bytes(secret, sizeof(secret), err) != 0)
        return -1;
    strcpy(text, "logitd_");
    write_letters(secret, sizeof(secret), text + strlen(text));
    checksum_sha256_hex(text, strlen(text), sha256_hex);
    explicit_bzero(secret, sizeof(secret));
    return 0;
}
