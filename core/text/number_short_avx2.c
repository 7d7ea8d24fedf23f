#include "core/text/number_short_body.h"

size_t number_short_avx2(const char *text, const struct csv_field *fields, size_t n,
                         double *values, unsigned char *kinds)
{
    return read_groups(text, fields, n, values, kinds);
}
