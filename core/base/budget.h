/*
 * The memory budget (--memory): what admission works against. Big, foreseeable pieces
 * (request bodies, designs) are reserved before they are allocated. Thread-safe.
 */
#ifndef LOGITD_CORE_BASE_BUDGET_H
#define LOGITD_CORE_BASE_BUDGET_H

#include <stdatomic.h>
#include <stddef.h>

#include "core/base/error.h"

struct budget {
    size_t limit;
    atomic_size_t used;
};

void budget_start(struct budget *budget, size_t limit);
/* ERROR_MEMORY_BUDGET (try later) if it does not fit now, ERROR_TOO_LARGE if it never
 * can; the message names the size, the limit and --memory. */
int budget_reserve(struct budget *budget, size_t bytes, struct error *err) MUST_CHECK;
void budget_release(struct budget *budget, size_t bytes);
size_t budget_used(struct budget *budget);

#endif
