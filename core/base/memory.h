/*
 * Memory: checked sizes, 64-byte alignment for numbers, and failure on demand for tests.
 * Every allocation of the project goes through here (third-party libraries have their
 * own). Thread-safe. Free with memory_free; memory_free(NULL) is fine.
 */
#ifndef LOGITD_CORE_BASE_MEMORY_H
#define LOGITD_CORE_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

/* n elements of `size` bytes, zeroed (NULL and ERROR_NO_MEMORY if n*size overflows or
 * there is none left). n = 0 gives a pointer that may only be freed. */
void *memory_new(size_t n, size_t size, struct error *err) MUST_CHECK;

/* The same on a 64-byte boundary and padded to a multiple of 64 bytes, for arrays of
 * numbers; of 8 MiB and more on huge pages where the system has them. */
void *memory_new_aligned(size_t n, size_t size, struct error *err) MUST_CHECK;

/* The same with anything in it, for arrays that are filled as a whole at once: the system
 * then gives pages to the threads that fill them, and not one after the other here. */
void *memory_take_aligned(size_t n, size_t size, struct error *err) MUST_CHECK;

/* Grows or shrinks `old` (from memory_new or memory_resize; may be NULL) to n elements;
 * new elements are not zeroed; `old` stays valid on failure. */
void *memory_resize(void *old, size_t n, size_t size, struct error *err) MUST_CHECK;

/* Copies of a string, of a string's first n bytes (NUL-terminated), and of n bytes. */
char *memory_copy_string(const char *text, struct error *err) MUST_CHECK;
char *memory_copy_text(const char *text, size_t n, struct error *err) MUST_CHECK;
void *memory_copy(const void *bytes, size_t n, struct error *err) MUST_CHECK;

void memory_free(void *block);

/* Gives what is free between blocks that are kept back to the system. */
void memory_give_back(void);

/* *product = a*b or *sum = a+b; false, leaving it alone, if it does not fit. */
bool memory_product(size_t a, size_t b, size_t *product) MUST_CHECK;
bool memory_sum(size_t a, size_t b, size_t *sum) MUST_CHECK;

/*
 * For tests: from now on let n allocations of the calling thread succeed and fail the one
 * after (that one only). A negative n means never. Returns how many allocations the
 * thread has made since the last call, so that a test can fail each one in turn.
 */
long memory_fail_after(long n);

#endif
