#include "core/data/few_values.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FEW_VALUES_SLOTS >= 2 * SUMMARY_MAX_DISTINCT, "slots stay half free");

static size_t slot_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return (size_t)(bits * UINT64_C(0x9e3779b97f4a7c15) >> 56) % FEW_VALUES_SLOTS;
}

static void add(struct few_values *values, double value)
{
    size_t at = slot_of(value);
    while (values->taken[at] && values->slots[at] != value)
        at = (at + 1) % FEW_VALUES_SLOTS;
    if (values->taken[at])
        return;
    values->taken[at] = true;
    values->slots[at] = value;
    values->n++;
    values->has_fractions = values->has_fractions || value != floor(value);
}

void few_values_add(struct few_values *values, const double *numbers, size_t n)
{
    for (size_t i = 0; i < n && values->n < SUMMARY_MAX_DISTINCT; i++)
        if (!isnan(numbers[i]))
            add(values, numbers[i] == 0 ? 0 : numbers[i]);
}
