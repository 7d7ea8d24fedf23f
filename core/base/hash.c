/* Multiply and fold, both factors keyed. */
#include "core/base/hash.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide; /* C11 has no name for it */

static uint64_t mix(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(const uint64_t *key, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    uint64_t hash = mix(n ^ key[1], key[0]);
    uint64_t word;
    for (; n >= 8; at += 8, n -= 8) {
        memcpy(&word, at, 8);
        hash = mix(word ^ key[0], hash ^ key[1]);
    }
    word = 0;
    if (n > 0)
        memcpy(&word, at, n);
    return mix(word ^ key[0], hash ^ key[1]);
}
