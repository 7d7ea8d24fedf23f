/*
 * Keeps little of a mapped file resident. Whoever reads or writes the mapping says where;
 * once that comes to more than so many bytes, all of its pages are let go. They stay in
 * the page cache, written or not, and come back by themselves when they are touched
 * again. So a process may go over a file of any size, and holds no more of it than that,
 * and what its threads have in their hands just then.
 *
 * Counted by RESIDENCE_GRANULE_BYTES of addresses, the most that one fault can bring.
 */
#ifndef LOGITD_CORE_BASE_RESIDENCE_H
#define LOGITD_CORE_BASE_RESIDENCE_H

#include <stddef.h>

#include "core/base/error.h"

#define RESIDENCE_GRANULE_BYTES ((size_t)2 << 20)

struct residence;

/* Of a shared mapping of a file, at a page's begin; borrowed. One granule may be resident
 * at least. */
struct residence *residence_new(const void *start, size_t n_bytes, size_t most_bytes,
                                struct error *err) MUST_CHECK;
void residence_free(struct residence *residence); /* NULL is fine */

/* Before these bytes are read or written; those outside of the mapping do not count, and
 * none do where the residence is NULL. Thread-safe. */
void residence_touch(struct residence *residence, const void *from, size_t n_bytes);

#endif
