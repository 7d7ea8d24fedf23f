#include "core/model/fit_details.h"

#include "core/base/memory.h"
#include "core/data/design.h"
#include "core/data/row_groups.h"
#include "core/model/marginal_effects.h"

/* ---- clusters ---- */

static int make_clusters(struct fit_details *details, const struct fit_data *data,
                         struct error *err)
{
    size_t column = data->plan.cluster;
    if (column == FIT_PLAN_NONE)
        return 0;
    if (data->n_kept > ROW_GROUPS_MOST_ROWS) {
        error_set(err, ERROR_TOO_LARGE, "clusters are for up to %llu rows",
                  (unsigned long long)ROW_GROUPS_MOST_ROWS);
        error_place(err, "/cluster");
        return -1;
    }
    details->clusters = memory_new((size_t)data->n_kept, sizeof(*details->clusters), err);
    details->options.clusters = details->clusters;
    return details->clusters
               ? row_groups_number(data->table, column, data->keep, data->n_kept,
                                   details->clusters, &details->options.n_clusters, err)
               : -1;
}

/* ---- which terms there are ---- */

/* Does a unit of an input change this term by itself? Elsewhere its effect is the sum of
 * those of several terms, or is not that of a column. */
static bool is_simple(const struct term *term)
{
    return term->n_factors == 1 && term->factors->kind != FACTOR_EXPRESSION &&
           !term->factors->is_full;
}

int fit_details_check(const struct fit_data *data, struct error *err)
{
    const struct encoding *encoding = data->encoding;
    for (size_t t = 0; data->request->details.marginal_effects && t < encoding->n_terms;
         t++) {
        if (is_simple(&encoding->terms[t]))
            continue;
        struct buffer name = BUFFER_EMPTY;
        term_write(encoding, &encoding->terms[t], &name);
        if (buffer_check(&name, err) == 0) {
            error_set(err, ERROR_INVALID,
                      "marginal effects are of inputs that are terms by themselves, "
                      "which %.100s is not; leave them out",
                      name.bytes);
            error_place(err, "/marginal_effects");
        }
        buffer_free(&name);
        return -1;
    }
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
