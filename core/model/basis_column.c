#include "core/model/basis_column.h"

#include <math.h>
#include <string.h>

/* A penalty that outweighs the data by so much sets the scale of its column. */
#define HEAVY_PENALTY 1e16
#define LEAST_EXPONENT (-1000)

double basis_column_power(double length)
{
    int exponent;
    if (!(length > 0))
        return 1;
    frexp(length, &exponent);
    return ldexp(1, -(exponent < LEAST_EXPONENT ? LEAST_EXPONENT : exponent));
}

void basis_column_place(struct basis *basis, const struct survey *survey, size_t j,
                        bool is_centred)
{
    double least = survey->least[j], greatest = survey->greatest[j];
    basis->factor[j] = basis_column_power(fmax(fabs(least), fabs(greatest)));
    basis->centre[j] = 0;
    if (!basis->intercept || !is_centred)
        return;
    double mean = survey->sums[j] / survey->sum_weights;
    least *= basis->factor[j];
    greatest *= basis->factor[j];
    double centre = isfinite(mean) ? mean * basis->factor[j] : least / 2 + greatest / 2;
    basis->centre[j] = fmin(fmax(centre, least), greatest);
}

double basis_column_survey(struct basis *basis, const struct survey *survey, size_t j,
                           bool is_centred)
{
    basis_column_place(basis, survey, j, is_centred);
    double spread = survey->spread[j] * basis->factor[j];
    double mean = survey->sums[j] / survey->sum_weights * basis->factor[j];
    basis->spread[j] = spread > BASIS_COLUMN_CONSTANT ? spread : 0;
    bool is_at_mean = basis->intercept && is_centred;
    if (isnan(spread) || is_at_mean)
        return isnan(spread) ? NAN : basis->spread[j];
    return sqrt(spread * spread + mean * mean); /* of numbers up to 1 */
}

double basis_column_rescale(struct basis *basis, size_t j, double power)
{
    double factor = basis->factor[j] * power;
    if (factor > 0x1p1000 || factor < 0x1p-1060)
        return 1;
    basis->factor[j] = factor;
    basis->centre[j] *= power;
    basis->spread[j] *= power;
    return power;
}

void basis_column_penalise(struct basis *basis, const struct estimate_options *options,
                           size_t j)
{
    double share = options->factors ? options->factors[j] : 1;
    double root = sqrt(options->l2 * share);
    root *= options->standardize ? basis->spread[j] : basis->factor[j];
    if (root * root > HEAVY_PENALTY)
        root *= basis_column_rescale(basis, j, basis_column_power(root));
    basis->penalty[j] = root * root;
    basis->l1[j] = options->l1 * share *
                   (options->standardize ? basis->spread[j] : basis->factor[j]);
}

/* Of l1 alone nothing sets a scale. */
static bool is_plain(const struct estimate_options *options)
{
    return options->l2 == 0 && !options->factors && !options->standardize;
}

bool basis_column_penalise_all(struct basis *basis,
                               const struct estimate_options *options)
{
    bool stays = true;
    if (is_plain(options)) {
        for (size_t j = 0; j < basis->n_columns; j++)
            basis->l1[j] = options->l1 * basis->factor[j];
        memset(basis->penalty, 0, basis->n_columns * sizeof(*basis->penalty));
        return true;
    }
    for (size_t j = 0; j < basis->n_columns; j++) {
        double factor = basis->factor[j];
        basis_column_penalise(basis, options, j);
        stays &= basis->factor[j] == factor;
    }
    return stays;
}
