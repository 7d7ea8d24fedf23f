#include "core/kernel/vector_plain.h"

#define WIDEST 3
#define PANEL 1U

static inline double sum_of(VECTOR a)
{
    return a;
}

static inline void turn(const double *const *row, size_t j, size_t n, double *column)
{
    (void)n;
    column[0] = row[0][j];
}

static inline double add_wrong(double y, double margin, double sum)
{
    return sum + (((y == 1) & (margin > 0)) | ((y == 0) & (margin < 0)) ? 0 : 1);
}

#include "core/kernel/narrow_rows_body.h"

void narrow_rows_plain_add(const struct narrow_rows *rows, const double *beta,
                           double *scratch, const struct narrow_rows_sums *sums)
{
    add_all(rows, beta, scratch, sums);
}
