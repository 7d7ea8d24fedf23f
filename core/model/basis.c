#include "core/model/basis.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/affine.h"
#include "core/kernel/twofold.h"

/* ---- rows ---- */

static struct twofold exact_column(const struct basis *basis, const double *x, size_t j)
{
    return twofold_sum(x[j] * basis->factor[j], -basis->centre[j]);
}

static double mixed_column(const struct basis *basis, const double *x, size_t i)
{
    const double *a = basis->mix[i];
    if (basis->mix_factor[i] == 0)
        return 0;
    struct twofold rest = exact_column(basis, x, basis->mixed[i]);
    for (size_t k = 0; k < basis->mixed[i]; k++)
        if (a[k] != 0)
            rest = twofold_add(rest, twofold_times(exact_column(basis, x, k), -a[k]));
    return rest.high * basis->mix_factor[i];
}

/* Of a row whose other columns are placed; mixed ones are in the order of columns, as
 * active ones are. */
static void mix_row(const struct basis *basis, const double *x, double *u)
{
    size_t next = 0;
    for (size_t i = 0; next < basis->n_mixed; i++)
        if (basis->mixed[next] == basis->columns[i])
            u[i] = mixed_column(basis, x, next++);
}

static void pick_row(const struct basis *basis, const double *x, double *u, size_t stride)
{
    memset(u + basis->n_active, 0, (stride - basis->n_active) * sizeof(*u));
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        u[i] = x[j] * basis->factor[j] - basis->centre[j];
    }
}

void basis_rows(const struct basis *basis, size_t n_rows, const double *x, double *u,
                size_t stride)
{
    size_t d = basis->n_columns;
    if (basis->n_active == d)
        affine_rows(n_rows, d, x, basis->factor, basis->centre, u, stride);
    for (size_t i = 0; basis->n_active < d && i < n_rows; i++)
        pick_row(basis, x + i * d, u + i * stride, stride);
    for (size_t i = 0; basis->n_mixed > 0 && i < n_rows; i++)
        mix_row(basis, x + i * d, u + i * stride);
}

void basis_row(const struct basis *basis, const double *x, double *u)
{
    basis_rows(basis, 1, x, u, basis->n_active);
}

static inline size_t put_entry(const struct basis *basis, size_t j, double x,
                               uint32_t *column, double *u)
{
    const struct basis_place *place = &basis->place[j];
    *column = place->column; /* there is room, even if it is not to stay */
    *u = x * place->factor - place->centre;
    return place->column != BASIS_ALIASED;
}

size_t basis_entries(const struct basis *basis, size_t n, const uint32_t *columns,
                     const double *values, uint32_t *u_columns, double *u)
{
    size_t n_put = 0, next = 0;
    for (size_t e = 0; e < n; e++) {
        for (; next < basis->n_shifted && basis->shifted[next] < columns[e]; next++)
            n_put +=
                put_entry(basis, basis->shifted[next], 0, u_columns + n_put, u + n_put);
        next += next < basis->n_shifted && basis->shifted[next] == columns[e];
        n_put += put_entry(basis, columns[e], values[e], u_columns + n_put, u + n_put);
    }
    for (; next < basis->n_shifted; next++)
        n_put += put_entry(basis, basis->shifted[next], 0, u_columns + n_put, u + n_put);
    return n_put;
}

/* ---- coefficients ---- */

size_t basis_mixed_place(const struct basis *basis, size_t column)
{
    size_t i = 0;
    while (i < basis->n_mixed && basis->mixed[i] != column)
        i++;
    return i;
}

void basis_spread_weights(const struct basis *basis, const double *w, double *v)
{
    size_t next = 0;
    memset(v, 0, basis->n_columns * sizeof(*v));
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        if (next >= basis->n_mixed || basis->mixed[next] != j) {
            v[j] += w[i];
            continue;
        }
        /* A column that is nothing beyond its combination is taken at its own scale. */
        double factor = basis->mix_factor[next] == 0 ? 1 : basis->mix_factor[next];
        v[j] += factor * w[i];
        for (size_t k = 0; k < j; k++)
            v[k] -= factor * basis->mix[next][k] * w[i];
        next++;
    }
}

void basis_gather(const struct basis *basis, const double *v, double *w)
{
    size_t next = 0;
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        w[i] = v[j];
        if (next >= basis->n_mixed || basis->mixed[next] != j)
            continue;
        for (size_t k = 0; k < j; k++)
            w[i] -= basis->mix[next][k] * v[k];
        w[i] *= basis->mix_factor[next] == 0 ? 1 : basis->mix_factor[next];
        next++;
    }
}

/* What is left of the intercept where u is -shift. */
static void move_intercept(const struct basis *basis, const double *coefficients,
                           const double *shift, double *intercept)
{
    const double *w = coefficients + basis->intercept;
    long double sum = basis->intercept ? coefficients[0] : 0;
    for (size_t i = 0; basis->intercept && i < basis->n_active; i++)
        sum -= (long double)w[i] * shift[i];
    if (basis->intercept)
        *intercept = (double)sum;
}

void basis_to_unit_terms(const struct basis *basis, const double *coefficients,
                         double *terms)
{
    basis_spread_weights(basis, coefficients + basis->intercept,
                         terms + basis->intercept);
    move_intercept(basis, coefficients, basis->term_shift, terms);
}

double basis_unit(const struct basis *basis, size_t term)
{
    return term < basis->intercept ? 1 : basis->unit[term - basis->intercept];
}

void basis_to_given(const struct basis *basis, const double *coefficients, double *given)
{
    double *weights = given + basis->intercept;
    basis_spread_weights(basis, coefficients + basis->intercept, weights);
    move_intercept(basis, coefficients, basis->shift, given);
    for (size_t j = 0; j < basis->n_columns; j++)
        weights[j] *= basis->factor[j];
}

void basis_to_terms(const struct basis *basis, const double *coefficients, double *terms)
{
    basis_to_unit_terms(basis, coefficients, terms);
    for (size_t i = 0; i < basis->intercept + basis->n_columns; i++)
        terms[i] *= basis_unit(basis, i);
}

/* basis_spread_weights undone from the last column on, since a combination refers to
 * columns before it. */
static void find_weights(const struct basis *basis, double *v, double *w)
{
    size_t next = basis->n_mixed;
    for (size_t i = basis->n_active; i-- > 0;) {
        size_t j = basis->columns[i];
        w[i] = v[j];
        if (next == 0 || basis->mixed[next - 1] != j)
            continue;
        next--;
        double factor = basis->mix_factor[next] == 0 ? 1 : basis->mix_factor[next];
        w[i] /= factor;
        for (size_t k = 0; k < j; k++)
            v[k] += factor * basis->mix[next][k] * w[i];
    }
}

void basis_from_terms(const struct basis *basis, const double *terms, double *scratch,
                      double *coefficients)
{
    double *w = coefficients + basis->intercept;
    for (size_t j = 0; j < basis->n_columns; j++)
        scratch[j] = terms[basis->intercept + j] / basis->factor[j];
    find_weights(basis, scratch, w);
    if (!basis->intercept)
        return;
    long double intercept = terms[0];
    for (size_t i = 0; i < basis->n_active; i++)
        intercept += (long double)w[i] * basis->shift[i];
    coefficients[0] = (double)intercept;
}

/* basis_gather and the shift undone, transposed: columns are taken in order, since a
 * combination refers to columns before it. */
void basis_to_gradient(const struct basis *basis, const double *gradient, double *terms)
{
    const double *of_u = gradient + basis->intercept;
    double *by_weight = terms + basis->intercept;
    size_t next = 0;
    memset(by_weight, 0, basis->n_columns * sizeof(*by_weight));
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        by_weight[j] = of_u[i];
        if (next >= basis->n_mixed || basis->mixed[next] != j)
            continue;
        by_weight[j] /= basis->mix_factor[next] == 0 ? 1 : basis->mix_factor[next];
        for (size_t k = 0; k < j; k++)
            by_weight[j] += basis->mix[next][k] * by_weight[k];
        next++;
    }
    if (basis->intercept)
        terms[0] = gradient[0];
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        if (basis->intercept)
            by_weight[j] += basis->origin[j] * terms[0];
        by_weight[j] /= basis->unit[j];
    }
}

/* ---- making it ---- */

void basis_of_intercept(struct basis *basis, bool intercept, size_t n_columns)
{
    *basis = (struct basis){
        .intercept = intercept, .n_columns = n_columns, .n_terms = intercept};
}

int basis_new(struct basis *basis, bool intercept, size_t n_columns, struct error *err)
{
    struct basis made = {.intercept = intercept, .n_columns = n_columns};
    made.columns = memory_new(n_columns, sizeof(size_t), err);
    made.aliased = memory_new(n_columns, sizeof(bool), err);
    made.factor = memory_new(n_columns, sizeof(double), err);
    made.centre = memory_new(n_columns, sizeof(double), err);
    made.spread = memory_new(n_columns, sizeof(double), err);
    made.penalty = memory_new(n_columns, sizeof(double), err);
    made.l1 = memory_new(n_columns, sizeof(double), err);
    made.shift = memory_new(n_columns, sizeof(double), err);
    made.term_shift = memory_new(n_columns, sizeof(double), err);
    made.origin = memory_new(n_columns, sizeof(double), err);
    made.unit = memory_new(n_columns, sizeof(double), err);
    made.mixed = memory_new(n_columns, sizeof(size_t), err);
    made.mix_factor = memory_new(n_columns, sizeof(double), err);
    made.mix = memory_new(n_columns, sizeof(double *), err);
    if (!made.columns || !made.aliased || !made.factor || !made.centre || !made.spread ||
        !made.penalty || !made.l1 || !made.shift || !made.term_shift || !made.origin ||
        !made.unit || !made.mixed || !made.mix_factor || !made.mix) {
        basis_free(&made);
        return -1;
    }
    *basis = made;
    return 0;
}

/* Of each u, from those of each v. A mixed column's is a small difference: in
 * double-double arithmetic. */
static void find_shift(const struct basis *basis, const double *of_v, double *of_u)
{
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i], at = basis_mixed_place(basis, j);
        struct twofold shift = {of_v[j], 0};
        for (size_t k = 0; at < basis->n_mixed && k < j; k++)
            shift = twofold_add(
                shift, twofold_times((struct twofold){of_v[k], 0}, -basis->mix[at][k]));
        double factor = at < basis->n_mixed ? basis->mix_factor[at] : 1;
        of_u[i] = shift.high * (factor == 0 ? 1 : factor);
    }
}

void basis_refer(struct basis *basis, const double *means)
{
    for (size_t j = 0; j < basis->n_columns; j++) {
        bool is_scaled = means && basis->spread[j] > 0;
        double mean = means && basis->intercept ? means[j] * basis->factor[j] : 0;
        basis->unit[j] = is_scaled ? basis->spread[j] : basis->factor[j];
        basis->origin[j] = basis->centre[j] - mean;
    }
    find_shift(basis, basis->centre, basis->shift);
    find_shift(basis, basis->origin, basis->term_shift);
}

void basis_place_columns(struct basis *basis)
{
    basis->n_shifted = 0;
    for (size_t j = 0; j < basis->n_columns; j++)
        basis->place[j] = (struct basis_place){.factor = basis->factor[j],
                                               .centre = basis->centre[j],
                                               .column = BASIS_ALIASED};
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        basis->place[j].column = (uint32_t)i;
        if (basis->centre[j] != 0)
            basis->shifted[basis->n_shifted++] = (uint32_t)j;
    }
}

int basis_make_sparse(struct basis *basis, struct error *err)
{
    basis->place = memory_new(basis->n_columns, sizeof(*basis->place), err);
    basis->shifted = memory_new(basis->n_columns, sizeof(*basis->shifted), err);
    if (!basis->place || !basis->shifted)
        return -1;
    basis_place_columns(basis);
    basis->is_sparse = true;
    return 0;
}

void basis_free(struct basis *basis)
{
    for (size_t i = 0; i < basis->n_mixed; i++)
        memory_free(basis->mix[i]);
    memory_free(basis->columns);
    memory_free(basis->aliased);
    memory_free(basis->factor);
    memory_free(basis->centre);
    memory_free(basis->spread);
    memory_free(basis->penalty);
    memory_free(basis->l1);
    memory_free(basis->shift);
    memory_free(basis->term_shift);
    memory_free(basis->origin);
    memory_free(basis->unit);
    memory_free(basis->mixed);
    memory_free(basis->mix_factor);
    memory_free(basis->mix);
    memory_free(basis->place);
    memory_free(basis->shifted);
    *basis = (struct basis){0};
}
