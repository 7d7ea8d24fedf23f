#include "core/base/budget.h"

#include <assert.h>

void budget_start(struct budget *budget, size_t limit)
{
    budget->limit = limit;
    atomic_init(&budget->used, 0);
}

int budget_reserve(struct budget *budget, size_t bytes, struct error *err)
{
    if (bytes > budget->limit)
        return error_set(err, ERROR_TOO_LARGE,
                         "%zu bytes are needed, the memory budget is %zu (--memory)",
                         bytes, budget->limit);
    if (bytes == 0)
        return 0;
    size_t used = atomic_load(&budget->used);
    do {
        if (bytes > budget->limit - used)
            return error_set(
                err, ERROR_MEMORY_BUDGET,
                "%zu bytes are needed, %zu of the memory budget of %zu are in use "
                "(--memory); try again later",
                bytes, used, budget->limit);
    } while (!atomic_compare_exchange_weak(&budget->used, &used, used + bytes));
    return 0;
}

void budget_release(struct budget *budget, size_t bytes)
{
    if (bytes == 0)
        return;
    size_t before = atomic_fetch_sub(&budget->used, bytes);
    assert(before >= bytes);
    (void)before;
}

size_t budget_used(struct budget *budget)
{
    return atomic_load(&budget->used);
}
