#include "core/model/fit_details.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/design.h"
#include "core/data/kept_rows.h"
#include "core/model/marginal_effects.h"

/* ---- clusters ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Leaves each value once; returns how many. */
static size_t sort_distinct(double *values, size_t n)
{
    size_t n_distinct = 0;
    qsort(values, n, sizeof(*values), compare);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || values[i] != values[n_distinct - 1])
            values[n_distinct++] = values[i];
    return n_distinct;
}

static size_t find(const double *values, size_t n, double value)
{
    const double *found = bsearch(&value, values, n, sizeof(*values), compare);
    return found ? (size_t)(found - values) : 0;
}

/* A cluster for each number. */
static int number_numbers(struct fit_details *details, const struct fit_data *data,
                          struct error *err)
{
    size_t n = (size_t)data->n_kept;
    double *values = memory_new(n, sizeof(*values), err);
    double *distinct = memory_new(n, sizeof(*distinct), err);
    bool made = values && distinct;
    if (made) {
        kept_rows_read_numbers(data->table, data->plan.cluster, data->keep, values);
        memcpy(distinct, values, n * sizeof(*values));
        details->options.n_clusters = sort_distinct(distinct, n);
        for (size_t i = 0; i < n; i++)
            details->clusters[i] =
                (uint32_t)find(distinct, details->options.n_clusters, values[i]);
    }
    memory_free(values);
    memory_free(distinct);
    return made ? 0 : -1;
}

/* One for each level. */
static void number_levels(struct fit_details *details, const struct fit_data *data)
{
    kept_rows_read_codes(data->table, data->plan.cluster, data->keep, details->clusters);
    details->options.n_clusters =
        table_summary(data->table)->columns[data->plan.cluster].n_levels;
}

static int make_clusters(struct fit_details *details, const struct fit_data *data,
                         struct error *err)
{
    size_t column = data->plan.cluster;
    if (column == FIT_PLAN_NONE)
        return 0;
    if (data->n_kept > UINT32_MAX) {
        error_set(err, ERROR_TOO_LARGE, "clusters are for up to %lu rows",
                  (unsigned long)UINT32_MAX);
        error_place(err, "/cluster");
        return -1;
    }
    details->clusters = memory_new((size_t)data->n_kept, sizeof(*details->clusters), err);
    if (!details->clusters)
        return -1;
    details->options.clusters = details->clusters;
    if (table_summary(data->table)->columns[column].type == COLUMN_NUMERIC)
        return number_numbers(details, data, err);
    number_levels(details, data);
    return 0;
}

/* ---- the whole ---- */

static void describe_columns(const struct encoding *encoding, size_t t,
                             struct statistics_column *columns)
{
    const struct term *term = &encoding->terms[t];
    bool is_level =
        term->factors->kind == FACTOR_MISSING || term_has_levels(encoding, term->factors);
    for (size_t j = 0; j < term->n_columns; j++)
        columns[term->first_column + j] =
            (struct statistics_column){.term = t, .is_level = is_level};
}

int fit_details_make(struct fit_details *details, const struct fit_data *data,
                     struct error *err)
{
    const struct fit_statistics *asked = &data->request->details;
    const struct encoding *encoding = data->encoding;
    details->options = (struct statistics_options){
        .covariance = asked->covariance,
        .profile = asked->profile,
        .marginal_effects = asked->marginal_effects,
        .vif = asked->vif,
        .residuals = asked->residuals,
    };
    details->columns = memory_new(encoding->n_columns, sizeof(*details->columns), err);
    if (!details->columns)
        return -1;
    for (size_t t = 0; t < encoding->n_terms; t++)
        describe_columns(encoding, t, details->columns);
    details->options.columns = details->columns;
    return make_clusters(details, data, err);
}

void fit_details_free(struct fit_details *details)
{
    memory_free(details->columns);
    memory_free(details->clusters);
    *details = (struct fit_details){0};
}

/* Of the effects' sums, as many as the pool holds of a sum at once. */
static bool effects_bytes(const struct fit_data *data, const struct algorithm_task *task,
                          size_t n_threads, size_t *n_bytes)
{
    size_t n_partial = n_threads + 2, n_cells;
    for (uint64_t n = data->n_kept / DESIGN_BLOCK_ROWS; n > 0; n /= 2)
        n_partial += n_threads;
    *n_bytes = 0;
    if (!data->request->details.marginal_effects)
        return true;
    n_cells = marginal_effects_cells(task->n_blocks, task->n_terms,
                                     data->encoding->n_columns + data->encoding->n_terms);
    return memory_product(n_cells, n_partial, &n_cells) &&
           memory_product(n_cells, sizeof(double), n_bytes);
}

size_t fit_details_bytes(const struct fit_data *data, const struct algorithm_task *task,
                         size_t n_threads)
{
    const struct fit_statistics *asked = &data->request->details;
    size_t for_row = (asked->residuals ? 4 * sizeof(double) : 0) +
                     (asked->cluster ? sizeof(uint32_t) + 3 * sizeof(double) : 0);
    size_t n_bytes, n_effects;
    return memory_product((size_t)data->n_kept, for_row, &n_bytes) &&
                   effects_bytes(data, task, n_threads, &n_effects) &&
                   memory_sum(n_bytes, n_effects, &n_bytes)
               ? n_bytes
               : SIZE_MAX;
}

int fit_details_number_rows(const struct fit_data *data, struct addenda *addenda,
                            struct error *err)
{
    size_t n = 0;
    if (!data->keep || addenda->n_residuals == 0)
        return 0;
    addenda->rows = memory_new(addenda->n_residuals, sizeof(*addenda->rows), err);
    if (!addenda->rows)
        return -1;
    for (uint64_t row = 0; n < addenda->n_residuals; row++)
        if (data->keep[row])
            addenda->rows[n++] = row + 1;
    return 0;
}
