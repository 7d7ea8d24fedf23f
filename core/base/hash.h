/*
 * A fast hash with a secret key, so that no choice of texts makes a table slow. The key
 * never leaves the process, and neither may a hash.
 */
#ifndef LOGITD_CORE_BASE_HASH_H
#define LOGITD_CORE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* key[2], random. */
uint64_t hash_bytes(const uint64_t *key, const void *bytes, size_t n);

#endif
