/*
 * Blocks of numbers that a thread has freed, kept for the next one it needs. The system
 * maps and zeroes the pages of a new block one by one, which costs small fits a tenth of
 * their time when one follows the other.
 *
 * Only threads that ask for it keep any, each its own: no locks. At most
 * MEMORY_SPARE_MOST_BYTES; of more than that the oldest go.
 */
#ifndef LOGITD_CORE_BASE_MEMORY_SPARE_H
#define LOGITD_CORE_BASE_MEMORY_SPARE_H

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_SPARE_MOST_BYTES ((size_t)32 << 20)

/* From now on the calling thread keeps what it frees (memory_free), and has arrays of
 * numbers of it (memory_new_aligned, memory_take_aligned). */
void memory_spare_begin(void);
/* No more; what it has kept is freed. */
void memory_spare_end(void);

/* Frees what the thread has kept, for others; it goes on. How much that would be. */
void memory_spare_give_back(void);
size_t memory_spare_bytes(void);

/* For memory.c. A block of `bytes` or little more on a boundary, with anything in it;
 * NULL: there is none. And whether a freed one is kept: else it is the caller's still. */
void *memory_spare_take(size_t bytes, size_t boundary);
bool memory_spare_keep(void *block);

#endif
