#include "core/model/online_basis.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/model/basis_column.h"

/* ---- where the columns lie ---- */

/* sums[j] += x_j - means[j], or its square, over what row i has of them. */
static void add_row(const struct design *rows, size_t i, const double *means,
                    bool squares, double *sums)
{
    struct design_block row;
    design_rows(rows, i, 1, &row);
    size_t n = row.x ? rows->n_columns : row.starts[1] - row.starts[0];
    const double *values = row.x ? row.x : row.values + row.starts[0];
    for (size_t k = 0; k < n; k++) {
        size_t j = row.x ? k : row.columns[row.starts[0] + k];
        double off = values[k] - means[j];
        sums[j] += squares ? off * off : off;
    }
}

/* Of sparse rows: in how many rows each column has no entry. */
static void count_zeros(const struct design *rows, double *zeros)
{
    for (size_t j = 0; j < rows->n_columns; j++)
        zeros[j] = (double)rows->n_rows;
    for (uint64_t e = rows->starts[0]; e < rows->starts[rows->n_rows]; e++)
        zeros[rows->columns[e]]--;
}

static void find_columns(struct typical *typical, const struct design *rows, double *room)
{
    double n = (double)rows->n_rows;
    size_t d = rows->n_columns;
    for (size_t i = 0; i < rows->n_rows; i++)
        add_row(rows, i, room, false, typical->means); /* less 0 */
    for (size_t j = 0; j < d; j++)
        typical->means[j] /= n;
    for (size_t i = 0; i < rows->n_rows; i++)
        add_row(rows, i, typical->means, true, typical->spreads);
    if (rows->starts)
        count_zeros(rows, room);
    for (size_t j = 0; j < d; j++) {
        double mean = typical->means[j];
        double square = (typical->spreads[j] + room[j] * mean * mean) / n;
        bool is_finite = isfinite(mean) && isfinite(square);
        typical->means[j] = is_finite ? mean : 0;
        typical->spreads[j] = is_finite ? sqrt(square) : 0;
    }
}

/* A power of two above the spread, as a fit has it; of one row above its size. */
static void find_response(struct typical *typical, const struct design *rows,
                          bool intercept)
{
    double n = (double)rows->n_rows, mean = 0, square = 0;
    for (size_t i = 0; i < rows->n_rows; i++)
        mean += (design_label(rows, i) - design_offset(rows, i)) / n;
    double centre = intercept ? mean : 0;
    for (size_t i = 0; i < rows->n_rows; i++) {
        double off = design_label(rows, i) - design_offset(rows, i) - centre;
        square += off * off / n;
    }
    double spread = square > 0 ? sqrt(square) : fabs(mean);
    bool is_finite = isfinite(centre) && isfinite(spread);
    typical->response_centre = is_finite ? centre : 0;
    typical->response_scale = is_finite ? 1 / basis_column_power(spread) : 1;
}

int online_basis_look(struct typical *typical, const struct model *model,
                      const struct design *rows, struct error *err)
{
    const struct typical *known = &model->typical;
    bool of_numbers = family_traits(model->family)->of_numbers;
    double *room = memory_new(rows->n_columns, sizeof(*room), err);
    if (!room || typical_copy(typical, known, rows->n_columns, err) < 0) {
        memory_free(room);
        return -1;
    }
    if (!known->means) {
        typical->means = memory_new(rows->n_columns, sizeof(double), err);
        typical->spreads = memory_new(rows->n_columns, sizeof(double), err);
        if (typical->means && typical->spreads)
            find_columns(typical, rows, room);
    }
    memory_free(room);
    if (!of_numbers || known->response_scale == 0) {
        typical->response_centre = 0;
        typical->response_scale = 1;
    }
    if (of_numbers && known->response_scale == 0)
        find_response(typical, rows, model->intercept);
    return typical->means && typical->spreads ? 0 : -1;
}

/* ---- the basis ---- */

static void place_column(struct basis *basis, const struct typical *typical, size_t j,
                         bool is_sparse)
{
    double mean = typical->means[j], spread = typical->spreads[j];
    bool is_shifted = basis->intercept && (!is_sparse || fabs(mean) > spread);
    double length = is_shifted && spread > 0 ? spread : hypot(mean, spread);
    basis->columns[j] = j;
    basis->factor[j] = basis_column_power(length);
    basis->centre[j] = is_shifted ? mean * basis->factor[j] : 0;
    basis->spread[j] = spread * basis->factor[j];
}

int online_basis_make(struct basis *basis, const struct model *model,
                      const struct typical *typical, const struct online_plan *plan,
                      struct error *err)
{
    size_t d = model->encoding->n_columns;
    double scale = typical->response_scale;
    double unit = model->family == FAMILY_GAUSSIAN ? scale * scale : scale;
    const struct estimate_options options = {.l2 = plan->l2 * scale * scale / unit,
                                             .l1 = plan->l1 * scale / unit};
    bool is_sparse = online_is_sparse(model);
    if (basis_new(basis, model->intercept, d, err) < 0)
        return -1;
    for (size_t j = 0; j < d; j++) {
        place_column(basis, typical, j, is_sparse);
        basis_column_penalise(basis, &options, j);
    }
    basis->n_active = d;
    basis->n_terms = d + basis->intercept;
    basis_refer(basis, NULL);
    return is_sparse ? basis_make_sparse(basis, err) : 0;
}

double online_basis_square(const struct basis *basis, const struct typical *typical)
{
    double sum = basis->intercept;
    for (size_t j = 0; j < basis->n_columns; j++) {
        double mean = typical->means[j] * basis->factor[j] - basis->centre[j];
        sum += mean * mean + basis->spread[j] * basis->spread[j];
    }
    return sum;
}
