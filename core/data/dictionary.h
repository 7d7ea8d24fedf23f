/*
 * Distinct texts, numbered in the order in which they came: the levels of a column, the
 * names of columns. Any bytes may be a text. Lookups are by a hash with a secret key, so
 * that no choice of texts makes them slow; the numbers do not depend on the key. The
 * caller locks; a dictionary that nobody adds to any more may be read by several threads.
 */
#ifndef LOGITD_CORE_DATA_DICTIONARY_H
#define LOGITD_CORE_DATA_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define DICTIONARY_NONE UINT32_MAX

struct dictionary { /* all zero: empty */
    uint32_t n;
    char *texts; /* each followed by a NUL */
    size_t n_text_bytes, texts_capacity;
    size_t *starts; /* [capacity + 1]; text i is texts[starts[i]…starts[i+1]-2] */
    uint32_t capacity;
    struct dictionary_slot *slots; /* open addressing, a power of two of them */
    uint32_t n_slots;
    uint64_t key[2];
};

void dictionary_free(
    struct dictionary *dictionary); /* what it owns; and back to all zero */

/* The number of this text, which is copied if it is new. DICTIONARY_NONE with err set
 * when there is no memory, or more than 2^30 texts (ERROR_TOO_LARGE). */
uint32_t dictionary_add(struct dictionary *dictionary, const char *text, size_t n_bytes,
                        struct error *err) MUST_CHECK;

/* DICTIONARY_NONE if it is not there. */
uint32_t dictionary_find(const struct dictionary *dictionary, const char *text,
                         size_t n_bytes);

/* Text number i, followed by a NUL; valid until the next dictionary_add. */
const char *dictionary_text(const struct dictionary *dictionary, uint32_t i,
                            size_t *n_bytes);

#endif
