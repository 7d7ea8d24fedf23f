#include "core/base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/base/memory_spare.h"

#define ALIGNMENT 64U
#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define LARGE_BYTES (4 * HUGE_PAGE_BYTES)

/* For tests (memory_fail_after): the one piece of state, the thread's own. */
static _Thread_local long allocations_left = -1;
static _Thread_local long allocations_made;

long memory_fail_after(long n)
{
    long made = allocations_made;
    allocations_left = n;
    allocations_made = 0;
    return made;
}

static bool must_fail(void)
{
    allocations_made++;
    if (allocations_left < 0)
        return false;
    return allocations_left-- == 0;
}

bool memory_product(size_t a, size_t b, size_t *product)
{
    size_t value;
    if (__builtin_mul_overflow(a, b, &value))
        return false;
    *product = value;
    return true;
}

bool memory_sum(size_t a, size_t b, size_t *sum)
{
    size_t value;
    if (__builtin_add_overflow(a, b, &value))
        return false;
    *sum = value;
    return true;
}

/* n·size, at least 1; SIZE_MAX, which no allocation can have, where it does not fit. */
static size_t total_bytes(size_t n, size_t size)
{
    size_t bytes;
    if (!memory_product(n, size, &bytes))
        return SIZE_MAX;
    return bytes > 0 ? bytes : 1;
}

void *memory_new(size_t n, size_t size, struct error *err)
{
    size_t bytes = total_bytes(n, size);
    void *block = must_fail() || bytes > PTRDIFF_MAX ? NULL : calloc(1, bytes);
    if (!block)
        error_no_memory(err, bytes);
    return block;
}

/* Large arrays are passed over from end to end, again and again: on huge pages, where the
 * system gives them to who asks, addresses are found sooner and reading ahead goes on. */
static void *aligned_block(size_t bytes, bool is_zeroed)
{
    bool is_large = bytes >= LARGE_BYTES;
    size_t boundary = is_large ? HUGE_PAGE_BYTES : ALIGNMENT;
    void *block = memory_spare_take(bytes, boundary);
    bool is_new = !block;
    if (is_new && posix_memalign(&block, boundary, bytes) != 0)
        return NULL;
    if (is_new && is_large)
        (void)madvise(block, bytes / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES, MADV_HUGEPAGE);
    if (is_zeroed)
        memset(block, 0, bytes);
    return block;
}

static void *new_aligned(size_t n, size_t size, bool is_zeroed, struct error *err)
{
    size_t bytes = total_bytes(n, size);
    void *block = NULL;
    if (!must_fail() && bytes <= PTRDIFF_MAX - HUGE_PAGE_BYTES)
        block = aligned_block((bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, is_zeroed);
    if (!block)
        error_no_memory(err, bytes);
    return block;
}

void *memory_new_aligned(size_t n, size_t size, struct error *err)
{
    return new_aligned(n, size, true, err);
}

void *memory_take_aligned(size_t n, size_t size, struct error *err)
{
    return new_aligned(n, size, false, err);
}

void *memory_resize(void *old, size_t n, size_t size, struct error *err)
{
    size_t bytes = total_bytes(n, size);
    void *block = must_fail() || bytes > PTRDIFF_MAX ? NULL : realloc(old, bytes);
    if (!block)
        error_no_memory(err, bytes);
    return block;
}

void *memory_copy(const void *bytes, size_t n, struct error *err)
{
    void *copy = memory_new(n, 1, err);
    if (copy && n > 0)
        memcpy(copy, bytes, n);
    return copy;
}

char *memory_copy_text(const char *text, size_t n, struct error *err)
{
    char *copy = memory_new(n < SIZE_MAX ? n + 1 : n, 1, err);
    if (copy && n > 0)
        memcpy(copy, text, n);
    return copy;
}

char *memory_copy_string(const char *text, struct error *err)
{
    return memory_copy_text(text, strlen(text), err);
}

void memory_free(void *block)
{
    if (block && !memory_spare_keep(block))
        free(block);
}

/* Sanitizers have a heap of their own. That of libc, which is not made ready then by the
 * first allocation, would be by whoever comes here, two threads at once. */
void memory_give_back(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    malloc_trim(0);
#endif
}
