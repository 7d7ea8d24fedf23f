#include "core/model/margin_reach.h"

#include <math.h>

#include "core/base/memory.h"

double margin_reach_of(const struct basis *basis, const struct survey *survey, size_t j)
{
    double factor = basis->factor[j], centre = basis->centre[j];
    return fmax(fabs(survey->least[j] * factor - centre),
                fabs(survey->greatest[j] * factor - centre));
}

static double reach_of_mixed(const struct basis *basis, const struct survey *survey,
                             size_t place)
{
    size_t j = basis->mixed[place];
    double sum = margin_reach_of(basis, survey, j);
    for (size_t k = 0; k < j; k++)
        if (basis->mix[place][k] != 0)
            sum += fabs(basis->mix[place][k]) * margin_reach_of(basis, survey, k);
    return basis->mix_factor[place] * sum;
}

static void fill_block(const struct basis *basis, const struct survey *survey,
                       double *reach)
{
    if (basis->intercept)
        *reach++ = 1;
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i], place = basis_mixed_place(basis, j);
        reach[i] = place < basis->n_mixed ? reach_of_mixed(basis, survey, place)
                                          : margin_reach_of(basis, survey, j);
    }
}

double *margin_reach_new(const struct basis *basis, const struct survey *survey,
                         size_t n_blocks, struct error *err)
{
    double *made = memory_new(n_blocks * basis->n_terms, sizeof(*made), err);
    for (size_t b = 0; made && b < n_blocks; b++)
        fill_block(basis, survey, made + b * basis->n_terms);
    return made;
}
