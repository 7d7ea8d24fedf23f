#include "core/model/level_effects.h"

#include "core/base/memory.h"
#include "core/model/dense_row.h"
#include "core/model/row_scores.h"
#include "core/optim/vectors.h"

struct level_effects_room {
    struct dense_row row; /* changed */
    double *eta, *p;      /* [n_classes] */
};

/* ---- which settings there are ---- */

static bool is_level(const struct estimation *estimation, size_t column)
{
    const struct statistics_column *columns = estimation->options->details.columns;
    return columns && columns[column].is_level;
}

/* The end of the columns of the term that a column is of. */
static size_t end_of_term(const struct estimation *estimation, size_t column)
{
    const struct statistics_column *columns = estimation->options->details.columns;
    size_t end = column;
    while (end < estimation->design->n_columns &&
           columns[end].term == columns[column].term)
        end++;
    return end;
}

static size_t add_setting(struct level_effects *levels, size_t level, size_t first,
                          size_t end)
{
    size_t i = levels->n_settings++;
    levels->level[i] = level;
    levels->first[i] = first;
    levels->end[i] = end;
    return i;
}

static void add_input(struct level_effects *levels, size_t first, size_t end)
{
    size_t reference = add_setting(levels, SIZE_MAX, first, end);
    for (size_t j = first; j < end; j++) {
        levels->reference[j] = reference;
        levels->setting[j] = add_setting(levels, j, first, end);
    }
}

static int list_settings(struct level_effects *levels, struct error *err)
{
    const struct estimation *estimation = levels->estimation;
    size_t d = estimation->design->n_columns;
    levels->level = memory_new(2 * d, sizeof(size_t), err);
    levels->first = memory_new(2 * d, sizeof(size_t), err);
    levels->end = memory_new(2 * d, sizeof(size_t), err);
    levels->setting = memory_new(d, sizeof(size_t), err);
    levels->reference = memory_new(d, sizeof(size_t), err);
    if (!levels->level || !levels->first || !levels->end || !levels->setting ||
        !levels->reference)
        return -1;
    for (size_t j = 0; j < d;) {
        size_t end = is_level(estimation, j) ? end_of_term(estimation, j) : j + 1;
        levels->setting[j] = SIZE_MAX;
        if (is_level(estimation, j))
            add_input(levels, j, end);
        j = end;
    }
    return 0;
}

/* ---- rows ---- */

static size_t n_sums_of(const struct level_effects *levels)
{
    return levels->estimation->likelihood.n_blocks *
           (1 + levels->estimation->likelihood.n);
}

/* Every row as if it had the level. */
static void change(const struct level_effects *levels, size_t setting, double *x)
{
    for (size_t j = levels->first[setting]; j < levels->end[setting]; j++)
        x[j] = j == levels->level[setting];
}

static void find_p(const struct level_effects *levels, struct level_effects_room *room,
                   double offset)
{
    const struct estimation *estimation = levels->estimation;
    const struct basis *basis = &estimation->basis;
    size_t n_blocks = estimation->likelihood.n_blocks;
    dense_row_place(&room->row);
    for (size_t k = 0; k < n_blocks; k++)
        room->eta[k] = offset + dense_row_margin(&room->row, estimation->point.beta +
                                                                 k * basis->n_terms);
    row_scores_softmax(n_blocks + 1, room->eta, room->p);
}

/* Adds ω p_k and its derivatives. */
static void add_row(const struct level_effects *levels,
                    const struct level_effects_room *room, double weight, double *sums)
{
    const struct basis *basis = &levels->estimation->basis;
    size_t n_classes = levels->estimation->likelihood.n_blocks + 1;
    for (size_t k = 1; k < n_classes; k++) {
        *sums++ += weight * room->p[k];
        for (size_t m = 1; m < n_classes; m++) {
            double slope = weight * row_scores_slope(n_classes, room->p, k, m);
            vectors_add(slope, room->row.u, sums, basis->n_terms);
            sums += basis->n_terms;
        }
    }
}

static void add_block(void *context, size_t block, size_t worker, double *sums)
{
    const struct level_effects *levels = context;
    const struct estimation *estimation = levels->estimation;
    struct level_effects_room *room = &levels->rooms[worker];
    struct design_block rows;
    design_block(estimation->design, block, &rows);
    for (size_t i = 0; i < rows.n_rows; i++) {
        double weight = rows.weights ? rows.weights[i] : 1;
        if (!(weight > 0))
            continue;
        if (solver_is_over(&estimation->hooks->watch))
            return;
        for (size_t s = 0; s < levels->n_settings; s++) {
            dense_row_read(&room->row, &rows, i);
            change(levels, s, room->row.x);
            find_p(levels, room, rows.offset ? rows.offset[i] : 0);
            add_row(levels, room, weight, sums + s * n_sums_of(levels));
        }
    }
}

/* ---- the whole ---- */

static int make_rooms(struct level_effects *levels, struct error *err)
{
    const struct estimation *estimation = levels->estimation;
    size_t n_threads = pool_n_threads(estimation->pool);
    size_t n_classes = estimation->likelihood.n_blocks + 1;
    levels->rooms = memory_new(n_threads, sizeof(*levels->rooms), err);
    for (size_t t = 0; levels->rooms && t < n_threads; t++) {
        struct level_effects_room *room = &levels->rooms[t];
        room->eta = memory_new(n_classes, sizeof(double), err);
        room->p = memory_new(n_classes, sizeof(double), err);
        if (!room->eta || !room->p ||
            dense_row_new(&room->row, &estimation->basis, err) < 0)
            return -1;
    }
    return levels->rooms ? 0 : -1;
}

static int sum_levels(struct level_effects *levels, struct error *err)
{
    const struct estimation *estimation = levels->estimation;
    size_t n_sums;
    if (!memory_product(levels->n_settings, n_sums_of(levels), &n_sums))
        return error_no_memory(err, SIZE_MAX);
    levels->sums = memory_new_aligned(n_sums, sizeof(double), err);
    if (!levels->sums || make_rooms(levels, err) < 0 ||
        pool_sum(estimation->pool, estimation->design->n_blocks, n_sums, add_block,
                 levels, levels->sums, err) < 0)
        return -1;
    if (solver_is_over(&estimation->hooks->watch))
        return error_set(err, ERROR_CANCELLED, "the evaluation was given up as asked");
    for (size_t i = 0; i < n_sums; i++)
        levels->sums[i] /= estimation->survey.sum_weights;
    return 0;
}

int level_effects_run(struct level_effects *levels, const struct estimation *estimation,
                      struct error *err)
{
    levels->estimation = estimation;
    if (list_settings(levels, err) < 0)
        return -1;
    return levels->n_settings > 0 ? sum_levels(levels, err) : 0;
}

void level_effects_free(struct level_effects *levels)
{
    for (size_t t = 0; levels->rooms && t < pool_n_threads(levels->estimation->pool);
         t++) {
        dense_row_free(&levels->rooms[t].row);
        memory_free(levels->rooms[t].eta);
        memory_free(levels->rooms[t].p);
    }
    memory_free(levels->rooms);
    memory_free(levels->level);
    memory_free(levels->first);
    memory_free(levels->end);
    memory_free(levels->setting);
    memory_free(levels->reference);
    memory_free(levels->sums);
    *levels = (struct level_effects){0};
}

bool level_effects_has(const struct level_effects *levels, size_t column)
{
    return levels->setting[column] != SIZE_MAX;
}

double level_effects_difference(const struct level_effects *levels, size_t k,
                                size_t column, double *gradient)
{
    size_t n = levels->estimation->likelihood.n;
    const double *level = levels->sums + levels->setting[column] * n_sums_of(levels);
    const double *reference =
        levels->sums + levels->reference[column] * n_sums_of(levels);
    size_t first = (k - 1) * (1 + n);
    for (size_t i = 0; i < n; i++)
        gradient[i] = level[first + 1 + i] - reference[first + 1 + i];
    return level[first] - reference[first];
}
