#include "core/model/evaluate_outcomes.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/* ---- classes ---- */

static int list_classes(struct evaluate_outcomes *outcomes, struct error *err)
{
    const struct model *model = outcomes->model;
    struct levels_writer writer;
    size_t n_bytes = 0;
    for (size_t k = 0; k < model->n_classes; k++)
        n_bytes += strlen(model->classes[k]);
    if (levels_begin(&writer, model->n_classes, n_bytes, err) < 0)
        return -1;
    for (size_t k = 0; k < model->n_classes; k++)
        levels_add(&writer, model->classes[k], strlen(model->classes[k]), 0);
    outcomes->classes.type = COLUMN_CATEGORICAL;
    outcomes->classes.levels = writer.levels;
    outcomes->classes.n_levels = model->n_classes;
    outcomes->classes.other = outcomes->classes.missing_level = SIZE_MAX;
    return input_index(&outcomes->classes, err);
}

int evaluate_outcomes_open_classes(struct evaluate_outcomes *outcomes,
                                   const struct model *model, struct error *err)
{
    outcomes->model = model;
    return model->n_classes > 0 ? list_classes(outcomes, err) : 0;
}

size_t evaluate_outcomes_class(const struct evaluate_outcomes *outcomes, const char *text,
                               size_t n_bytes)
{
    return input_find_level(&outcomes->classes, text, n_bytes);
}

size_t evaluate_outcomes_class_number(const struct evaluate_outcomes *outcomes,
                                      double value)
{
    return input_find_level_number(&outcomes->classes, value);
}

/* ---- columns ---- */

static const struct column_summary *column_of(const struct evaluate_outcomes *outcomes,
                                              size_t column)
{
    return &table_summary(outcomes->table)->columns[column];
}

static int need_numbers(const struct evaluate_outcomes *outcomes, size_t column,
                        struct error *err)
{
    if (column == EVALUATE_OUTCOMES_NONE ||
        column_of(outcomes, column)->type == COLUMN_NUMERIC)
        return 0;
    error_set(err, ERROR_INVALID_TYPE, "column %.100s has text where numbers are needed",
              column_of(outcomes, column)->name);
    error_place(err, "%s", column_of(outcomes, column)->name);
    return -1;
}

static int check_columns(const struct evaluate_outcomes *outcomes, struct error *err)
{
    const struct evaluate_columns *columns = &outcomes->columns;
    bool needs_numbers =
        outcomes->model->n_classes == 0 || columns->trials != EVALUATE_OUTCOMES_NONE;
    if ((needs_numbers && need_numbers(outcomes, columns->target, err) < 0) ||
        need_numbers(outcomes, columns->weights, err) < 0 ||
        need_numbers(outcomes, columns->trials, err) < 0)
        return -1;
    return need_numbers(outcomes, columns->offset, err);
}

static double number_of(size_t class)
{
    return class == SIZE_MAX ? (double)NAN : (double)class;
}

static int map_codes(struct evaluate_outcomes *outcomes, struct error *err)
{
    const struct column_summary *column = column_of(outcomes, outcomes->columns.target);
    if (column->type == COLUMN_NUMERIC)
        return 0;
    outcomes->class_of_code =
        memory_new(column->n_levels, sizeof(*outcomes->class_of_code), err);
    if (!outcomes->class_of_code)
        return -1;
    for (size_t k = 0; k < column->n_levels; k++)
        outcomes->class_of_code[k] = number_of(evaluate_outcomes_class(
            outcomes, column->levels[k].text, column->levels[k].n_bytes));
    return 0;
}

static int make_arrays(struct evaluate_outcomes *outcomes, struct error *err)
{
    size_t n = outcomes->piece_rows;
    outcomes->codes = memory_new(n, sizeof(*outcomes->codes), err);
    outcomes->y = memory_new(2 * n, sizeof(*outcomes->y), err);
    outcomes->weights = memory_new(2 * n, sizeof(*outcomes->weights), err);
    outcomes->offset = memory_new(n, sizeof(*outcomes->offset), err);
    return outcomes->codes && outcomes->y && outcomes->weights && outcomes->offset ? 0
                                                                                   : -1;
}

size_t evaluate_outcomes_success(const struct model *model)
{
    return model->roles.trials ? 1 : model->positive;
}

int evaluate_outcomes_open(struct evaluate_outcomes *outcomes, const struct model *model,
                           const struct table *table,
                           const struct evaluate_columns *columns, size_t piece_rows,
                           struct error *err)
{
    outcomes->table = table;
    outcomes->columns = *columns;
    outcomes->piece_rows = piece_rows;
    if (evaluate_outcomes_open_classes(outcomes, model, err) < 0 ||
        check_columns(outcomes, err) < 0 || map_codes(outcomes, err) < 0)
        return -1;
    return make_arrays(outcomes, err);
}

void evaluate_outcomes_free(struct evaluate_outcomes *outcomes)
{
    input_free(&outcomes->classes);
    memory_free(outcomes->class_of_code);
    memory_free(outcomes->codes);
    memory_free(outcomes->y);
    memory_free(outcomes->weights);
    memory_free(outcomes->offset);
    *outcomes = (struct evaluate_outcomes){0};
}

/* ---- a piece ---- */

struct piece {
    uint64_t first_row;
    size_t n_rows;
    bool *is_bad;
    score_table_bad_fn *bad;
    void *context;
};

static void refuse(const struct evaluate_outcomes *outcomes, const struct piece *piece,
                   size_t row, size_t column, enum error_code code)
{
    piece->bad(piece->context, piece->first_row + row, column_of(outcomes, column)->name,
               code);
    piece->is_bad[row] = true;
}

static void read_numbers(const struct evaluate_outcomes *outcomes,
                         const struct piece *piece, size_t column, double *values)
{
    table_read_numbers(outcomes->table, column, piece->first_row, piece->n_rows, values);
    for (size_t i = 0; i < piece->n_rows; i++)
        if (isnan(values[i]))
            refuse(outcomes, piece, i, column, ERROR_MISSING_VALUE);
}

static void read_codes(struct evaluate_outcomes *outcomes, const struct piece *piece)
{
    size_t target = outcomes->columns.target;
    table_read_codes(outcomes->table, target, piece->first_row, piece->n_rows,
                     outcomes->codes);
    for (size_t i = 0; i < piece->n_rows; i++) {
        uint32_t code = outcomes->codes[i];
        outcomes->y[i] =
            code == TABLE_MISSING_CODE ? (double)NAN : outcomes->class_of_code[code];
        if (code == TABLE_MISSING_CODE)
            refuse(outcomes, piece, i, target, ERROR_MISSING_VALUE);
        else if (isnan(outcomes->y[i]))
            refuse(outcomes, piece, i, target, ERROR_UNKNOWN_LEVEL);
    }
}

static void read_classes(struct evaluate_outcomes *outcomes, const struct piece *piece)
{
    size_t target = outcomes->columns.target;
    if (outcomes->class_of_code) {
        read_codes(outcomes, piece);
        return;
    }
    read_numbers(outcomes, piece, target, outcomes->y);
    for (size_t i = 0; i < piece->n_rows; i++) {
        if (isnan(outcomes->y[i]))
            continue;
        outcomes->y[i] =
            number_of(evaluate_outcomes_class_number(outcomes, outcomes->y[i]));
        if (isnan(outcomes->y[i]))
            refuse(outcomes, piece, i, target, ERROR_UNKNOWN_LEVEL);
    }
}

static void read_weights(struct evaluate_outcomes *outcomes, const struct piece *piece)
{
    size_t column = outcomes->columns.weights;
    if (column == EVALUATE_OUTCOMES_NONE) {
        for (size_t i = 0; i < piece->n_rows; i++)
            outcomes->weights[i] = 1;
        return;
    }
    read_numbers(outcomes, piece, column, outcomes->weights);
    for (size_t i = 0; i < piece->n_rows; i++)
        if (outcomes->weights[i] < 0 || isinf(outcomes->weights[i]))
            refuse(outcomes, piece, i, column, ERROR_BAD_WEIGHT);
}

static bool is_count(double value)
{
    return value >= 0 && value == floor(value) && isfinite(value);
}

/* Successes, which lie in y, and trials become weights of both outcomes. */
static void split_trials(struct evaluate_outcomes *outcomes, const struct piece *piece)
{
    double *trials = outcomes->y + piece->n_rows;
    double *weights = outcomes->weights + piece->n_rows;
    size_t success = evaluate_outcomes_success(outcomes->model);
    for (size_t i = 0; i < piece->n_rows; i++) {
        double successes = outcomes->y[i], weight = outcomes->weights[i];
        if (!isnan(trials[i]) && !is_count(trials[i]))
            refuse(outcomes, piece, i, outcomes->columns.trials, ERROR_BAD_COUNT);
        if (!isnan(successes) && (!is_count(successes) || successes > trials[i]))
            refuse(outcomes, piece, i, outcomes->columns.target, ERROR_BAD_COUNT);
        weights[i] = weight * (trials[i] - successes);
        outcomes->weights[i] = weight * successes;
        outcomes->y[i] = (double)success;
        trials[i] = (double)(1 - success);
    }
}

void evaluate_outcomes_read(struct evaluate_outcomes *outcomes, uint64_t first_row,
                            size_t n_rows, bool *is_bad, score_table_bad_fn *bad,
                            void *context)
{
    const struct evaluate_columns *columns = &outcomes->columns;
    const struct piece piece = {first_row, n_rows, is_bad, bad, context};
    bool has_trials = columns->trials != EVALUATE_OUTCOMES_NONE;
    if (has_trials || outcomes->model->n_classes == 0)
        read_numbers(outcomes, &piece, columns->target, outcomes->y);
    else
        read_classes(outcomes, &piece);
    read_weights(outcomes, &piece);
    if (has_trials) {
        read_numbers(outcomes, &piece, columns->trials, outcomes->y + n_rows);
        split_trials(outcomes, &piece);
    }
    if (columns->offset != EVALUATE_OUTCOMES_NONE)
        read_numbers(outcomes, &piece, columns->offset, outcomes->offset);
}
