#include "core/kernel/tally_rows.h"

#include "core/kernel/tally_rows_body.h"

void tally_rows_plain_margins(const struct tally_rows *rows, const double *of_place,
                              const double *of_number, double *z)
{
    all_margins(rows, of_place, of_number, z);
}

void tally_rows_plain_product(const struct tally_rows *rows, const double *v,
                              double *places, double *numbers)
{
    all_product(rows, v, places, numbers);
}

void tally_rows_plain_weigh(const struct tally_rows *rows, const double *h,
                            double *places, double *mixed, double *squares)
{
    all_weigh(rows, h, places, mixed, squares);
}

void tally_rows_plain_fill(const struct tally_rows *rows,
                           const struct tally_columns *columns, const uint64_t *starts,
                           const uint32_t *entries, const double *values)
{
    all_fill(rows, columns, starts, entries, values);
}
