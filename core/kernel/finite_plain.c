#include "core/kernel/finite.h"

#include "core/kernel/finite_body.h"

bool finite_plain_copy(double *to, const void *from, size_t n)
{
    return finite_all(to, from, n);
}
