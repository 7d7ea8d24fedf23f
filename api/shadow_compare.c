#include "api/shadow_compare.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/text/number.h"

#define THRESHOLD 0.5 /* of labels, whatever a request asks for */

/* An input of the shadow: where its cells come from. */
struct source {
    size_t input;   /* of the model; SIZE_MAX: it has none, the cell is 0 */
    double *levels; /* [levels of the model's] as cells of the shadow; NULL: numbers */
};

struct comparison {
    const struct model *model, *shadow;
    struct source *sources; /* [shadow's inputs] */
    size_t *class_of;     /* [model's classes] → the shadow's, SIZE_MAX: it has none */
    double *cells;        /* [model's inputs] of a sparse row */
    double *shadow_cells; /* [shadow's inputs] */
    double *shadow_scores;
    double *p, *q; /* probabilities of both */
    bool is_usable;
};

/* ---- what is the same in both ---- */

static double cell_of_level(const struct input *to, const struct level *level)
{
    double number;
    if (to->type == COLUMN_NUMERIC)
        return number_parse(level->text, level->n_bytes, &number) ? number : NAN;
    size_t found = input_find_level(to, level->text, level->n_bytes);
    return found == SIZE_MAX ? INPUT_UNKNOWN_LEVEL : (double)found;
}

static int find_source(struct comparison *comparison, size_t j, struct error *err)
{
    const struct encoding *from = comparison->model->encoding;
    const struct input *to = &comparison->shadow->encoding->inputs[j];
    struct source *source = &comparison->sources[j];
    source->input = encoding_find_input(from, to->name, strlen(to->name));
    if (source->input == SIZE_MAX) {
        comparison->is_usable = comparison->is_usable && to->is_sparse;
        return 0;
    }
    const struct input *of = &from->inputs[source->input];
    if (of->type == COLUMN_NUMERIC)
        return 0;
    source->levels = memory_new(of->n_levels, sizeof(*source->levels), err);
    for (size_t l = 0; source->levels && l < of->n_levels; l++)
        source->levels[l] = cell_of_level(to, &of->levels[l]);
    return source->levels ? 0 : -1;
}

static size_t find_class(const struct model *model, const char *class)
{
    for (size_t k = 0; k < model->n_classes; k++)
        if (strcmp(model->classes[k], class) == 0)
            return k;
    return SIZE_MAX;
}

static int start(struct comparison *comparison, struct error *err)
{
    const struct model *model = comparison->model, *shadow = comparison->shadow;
    size_t n = shadow->encoding->n_inputs;
    comparison->is_usable = true;
    comparison->sources = memory_new(n, sizeof(*comparison->sources), err);
    comparison->class_of = memory_new(model->n_classes, sizeof(size_t), err);
    comparison->cells = memory_new(model->encoding->n_inputs, sizeof(double), err);
    comparison->shadow_cells = memory_new(n, sizeof(double), err);
    comparison->shadow_scores = memory_new(model_n_scores(shadow), sizeof(double), err);
    comparison->p = memory_new(model->n_classes, sizeof(double), err);
    comparison->q = memory_new(shadow->n_classes, sizeof(double), err);
    if (!comparison->sources || !comparison->class_of || !comparison->cells ||
        !comparison->shadow_cells || !comparison->shadow_scores || !comparison->p ||
        !comparison->q)
        return -1;
    for (size_t j = 0; j < n; j++)
        if (find_source(comparison, j, err) < 0)
            return -1;
    for (size_t k = 0; k < model->n_classes; k++)
        comparison->class_of[k] = find_class(shadow, model->classes[k]);
    return 0;
}

static void end(struct comparison *comparison)
{
    size_t n = comparison->shadow->encoding->n_inputs;
    for (size_t j = 0; comparison->sources && j < n; j++)
        memory_free(comparison->sources[j].levels);
    memory_free(comparison->sources);
    memory_free(comparison->class_of);
    memory_free(comparison->cells);
    memory_free(comparison->shadow_cells);
    memory_free(comparison->shadow_scores);
    memory_free(comparison->p);
    memory_free(comparison->q);
}

/* ---- a row ---- */

/* As the shadow has it; a level that the model did not know is none of the shadow's. */
static double shadow_cell(const struct comparison *comparison, size_t j,
                          const double *cells)
{
    const struct source *source = &comparison->sources[j];
    const struct input *to = &comparison->shadow->encoding->inputs[j];
    if (source->input == SIZE_MAX)
        return 0;
    double cell = cells[source->input];
    if (source->levels && cell >= 0)
        return source->levels[(size_t)cell];
    if (isnan(cell) || source->levels)
        return cell;
    if (to->type == COLUMN_NUMERIC)
        return cell;
    size_t level = input_find_level_number(to, cell);
    return level == SIZE_MAX ? INPUT_UNKNOWN_LEVEL : (double)level;
}

/* False where the shadow cannot do with it. */
static bool score(struct comparison *comparison, const double *cells,
                  const double *offset)
{
    const struct encoding *encoding = comparison->shadow->encoding;
    if (!comparison->is_usable)
        return false;
    for (size_t j = 0; j < encoding->n_inputs; j++)
        comparison->shadow_cells[j] = shadow_cell(comparison, j, cells);
    if (encoding_find_unusable(encoding, comparison->shadow_cells) != SIZE_MAX)
        return false;
    predict_scores(comparison->shadow, comparison->shadow_cells, 1, offset,
                   comparison->shadow_scores);
    return true;
}

static void compare_labels(const struct comparison *comparison, const double *scores,
                           struct alias_tally_counts *counts)
{
    bool tie;
    if (comparison->model->n_classes == 0 || comparison->shadow->n_classes == 0)
        return;
    size_t label = predict_label(comparison->model, scores, THRESHOLD, &tie);
    size_t other =
        predict_label(comparison->shadow, comparison->shadow_scores, THRESHOLD, &tie);
    counts->n_labels++;
    counts->n_disagree += comparison->class_of[label] != other;
}

static double difference_of_probabilities(const struct comparison *comparison,
                                          const double *scores)
{
    size_t n = comparison->model->n_classes;
    double sum = 0;
    predict_probabilities(comparison->model, scores, comparison->p);
    predict_probabilities(comparison->shadow, comparison->shadow_scores, comparison->q);
    for (size_t k = 0; k < n; k++) {
        size_t other = comparison->class_of[k];
        sum += fabs(comparison->p[k] - (other == SIZE_MAX ? 0 : comparison->q[other]));
    }
    return sum / (double)n;
}

static void compare_values(const struct comparison *comparison, const double *scores,
                           struct alias_tally_counts *counts)
{
    const struct family_traits *of = family_traits(comparison->model->family);
    const struct family_traits *other = family_traits(comparison->shadow->family);
    double difference;
    if (of->is_logistic && other->is_logistic)
        difference = difference_of_probabilities(comparison, scores);
    else if (of->of_numbers && other->of_numbers)
        difference = fabs(scores[0] - comparison->shadow_scores[0]);
    else
        return;
    counts->n_differences++;
    counts->sum_difference += difference;
    counts->largest_difference = fmax(counts->largest_difference, difference);
}

/* Row i, with these cells. */
static void compare_row(struct comparison *comparison, const struct shadow_rows *rows,
                        size_t i, const double *cells, struct alias_tally_counts *counts)
{
    const double *scores = rows->scores + i * model_n_scores(comparison->model);
    if (!score(comparison, cells, rows->offset ? rows->offset + i : NULL)) {
        counts->n_unusable++;
        return;
    }
    counts->n_compared++;
    compare_labels(comparison, scores, counts);
    compare_values(comparison, scores, counts);
}

/* ---- all rows ---- */

static void compare_dense(struct comparison *comparison, const struct shadow_rows *rows,
                          struct alias_tally_counts *counts)
{
    size_t n_inputs = comparison->model->encoding->n_inputs;
    for (size_t i = 0; i < rows->n; i++)
        compare_row(comparison, rows, i, rows->cells + i * n_inputs, counts);
}

static void compare_sparse(struct comparison *comparison, const struct shadow_rows *rows,
                           struct alias_tally_counts *counts)
{
    size_t from = 0;
    for (size_t i = 0; i < rows->n; from = rows->ends[i++]) {
        for (size_t e = from; e < rows->ends[i]; e++)
            comparison->cells[rows->entries[e].input] = rows->entries[e].value;
        compare_row(comparison, rows, i, comparison->cells, counts);
        for (size_t e = from; e < rows->ends[i]; e++)
            comparison->cells[rows->entries[e].input] = 0;
    }
}

int shadow_compare(const struct model *model, const struct shadow_rows *rows,
                   const struct model *shadow, struct alias_tally_counts *counts,
                   struct error *err)
{
    struct comparison comparison = {.model = model, .shadow = shadow};
    int result = start(&comparison, err);
    if (result == 0)
        (rows->cells ? compare_dense : compare_sparse)(&comparison, rows, counts);
    end(&comparison);
    return result;
}
