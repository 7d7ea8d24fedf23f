#include "core/data/target.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/kept_rows.h"
#include "core/data/level_count.h"
#include "core/text/number.h"

#define PIECE_ROWS 4096U

/* ---- classes ---- */

void target_free(struct target *target)
{
    memory_free(target->classes);
    *target = (struct target){0};
}

static double value_of(const struct level *class)
{
    double value = NAN;
    number_parse(class->text, class->n_bytes, &value);
    return value;
}

int target_find_classes(struct target *target, const struct table *table, size_t column,
                        const unsigned char *keep, uint64_t n_kept, struct error *err)
{
    struct target fresh = {table, column, keep, n_kept, 0, NULL, false, false};
    fresh.classes =
        level_count_of(table, column, keep, TARGET_MAX_CLASSES, &fresh.n_classes, err);
    if (!fresh.classes)
        return -1;
    fresh.are_numbers = table_summary(table)->columns[column].type == COLUMN_NUMERIC;
    fresh.are_whole = fresh.are_numbers;
    for (size_t k = 0; fresh.are_numbers && k < fresh.n_classes; k++) {
        double value = value_of(&fresh.classes[k]);
        fresh.are_whole = fresh.are_whole && value == floor(value);
    }
    *target = fresh;
    return 0;
}

/* ---- coding classes ---- */

/* Where a number is among the sorted values. Halving ends without a branch on what nobody
 * can foresee: most targets have two classes. */
static size_t find_class(const double *values, size_t n_classes, double number)
{
    size_t from = 0, n = n_classes;
    while (n > 1) {
        size_t half = n / 2;
        from += values[from + half] <= number ? half : 0;
        n -= half;
    }
    return from;
}

/* Replaces numbers by what stands for their class; they are among the sorted values. */
static void code_numbers(const double *values, size_t n_classes, const double *y_of_class,
                         struct array_file *file, double *y, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        array_file_touch(file, &y[i], sizeof(*y));
        y[i] = y_of_class[find_class(values, n_classes, y[i])];
    }
}

static int code_numeric(const struct target *target, const double *y_of_class,
                        struct array_file *file, double *y, struct error *err)
{
    double *values = memory_new(target->n_classes, sizeof(*values), err);
    if (!values)
        return -1;
    for (size_t k = 0; k < target->n_classes; k++)
        values[k] = value_of(&target->classes[k]);
    kept_rows_read_numbers(target->table, target->column, target->keep, file, y);
    code_numbers(values, target->n_classes, y_of_class, file, y, target->n_kept);
    memory_free(values);
    return 0;
}

/* What stands for each level of the table's column; levels without a kept row stay 0. */
static void map_levels(const struct target *target, const double *y_of_class,
                       double *y_of_code)
{
    const struct column_summary *column =
        &table_summary(target->table)->columns[target->column];
    for (size_t code = 0, k = 0; code < column->n_levels && k < target->n_classes; code++)
        if (strcmp(column->levels[code].text, target->classes[k].text) == 0)
            y_of_code[code] = y_of_class[k++];
}

static int code_texts(const struct target *target, const double *y_of_class,
                      struct array_file *file, double *y, struct error *err)
{
    const struct summary *summary = table_summary(target->table);
    uint32_t codes[PIECE_ROWS];
    double *y_of_code =
        memory_new(summary->columns[target->column].n_levels, sizeof(*y_of_code), err);
    if (!y_of_code)
        return -1;
    map_levels(target, y_of_class, y_of_code);
    for (uint64_t first = 0; first < summary->n_rows; first += PIECE_ROWS) {
        uint64_t left = summary->n_rows - first;
        size_t n = left < PIECE_ROWS ? (size_t)left : PIECE_ROWS;
        table_read_codes(target->table, target->column, first, n, codes);
        array_file_touch(file, y, n * sizeof(*y));
        for (size_t i = 0; i < n; i++)
            if (codes[i] != TABLE_MISSING_CODE &&
                (!target->keep || target->keep[first + i]))
                *y++ = y_of_code[codes[i]];
    }
    memory_free(y_of_code);
    return 0;
}

int target_code(const struct target *target, const double *y_of_class,
                struct array_file *file, double *y, struct error *err)
{
    return target->are_numbers ? code_numeric(target, y_of_class, file, y, err)
                               : code_texts(target, y_of_class, file, y, err);
}

/* ---- counts ---- */

struct counts {
    const struct table *table;
    const unsigned char *keep;
    size_t successes, trials; /* columns */
    bool needs_both;          /* successes and failures */
    double *of_trials;
    struct design *design;
};

static int refuse_count(const struct counts *counts, uint64_t i, size_t column,
                        const char *why, struct error *err)
{
    error_set(err, ERROR_BAD_COUNT, "%s", why);
    error_place(err, "row %llu, column %s",
                (unsigned long long)kept_rows_place(counts->keep, i) + 1,
                table_summary(counts->table)->columns[column].name);
    return -1;
}

static bool is_count(double value)
{
    return value >= 0 && value == floor(value) && isfinite(value);
}

static int check_count(const struct counts *counts, uint64_t i, struct error *err)
{
    double successes = counts->design->y[i], trials = counts->of_trials[i];
    if (!is_count(trials))
        return refuse_count(counts, i, counts->trials,
                            "the number of trials is not a whole number of 0 or more",
                            err);
    if (!is_count(successes))
        return refuse_count(counts, i, counts->successes,
                            "the number of successes is not a whole number of 0 or more",
                            err);
    if (successes > trials)
        return refuse_count(counts, i, counts->successes,
                            "there are more successes than trials", err);
    return 0;
}

/* log Γ(n + 1); lgamma itself would write a global. */
static double log_factorial(double n)
{
    int sign;
    return lgamma_r(n + 1, &sign);
}

static int code_counts(const struct counts *counts, double *log_coefficient,
                       struct error *err)
{
    struct design *design = counts->design;
    double all_trials = 0, all_successes = 0, coefficient = 0;
    for (uint64_t i = 0; i < design->n_rows; i++) {
        design_array_touch(design, &counts->of_trials[i], sizeof(double));
        double trials = counts->of_trials[i], successes = design_label(design, i);
        double weight = design_weight(design, i);
        if (check_count(counts, i, err) < 0)
            return -1;
        all_trials += weight * trials;
        all_successes += weight * successes;
        coefficient += weight * (log_factorial(trials) - log_factorial(successes) -
                                 log_factorial(trials - successes));
        design->y[i] = trials > 0 ? successes / trials : 0;
        design->weights[i] *= trials;
    }
    if (all_trials == 0)
        return error_set(err, ERROR_BAD_TARGET, "no row has any trials");
    if (counts->needs_both && (all_successes == 0 || all_successes == all_trials))
        return error_set(err, ERROR_SINGLE_CLASS,
                         "all trials end in %s; a fit needs both",
                         all_successes == 0 ? "failure" : "success");
    *log_coefficient = coefficient;
    return 0;
}

int target_code_counts(const struct table *table, size_t successes, size_t trials,
                       const unsigned char *keep, bool needs_both, struct design *design,
                       double *log_coefficient, struct error *err)
{
    struct counts counts = {table, keep, successes, trials, needs_both, NULL, design};
    counts.of_trials =
        design_array_new(design, (size_t)design->n_rows, sizeof(double), err);
    if (!counts.of_trials)
        return -1;
    kept_rows_read_numbers(table, trials, keep, design->file, counts.of_trials);
    kept_rows_read_numbers(table, successes, keep, design->file, design->y);
    int result = code_counts(&counts, log_coefficient, err);
    design_array_free(design, counts.of_trials);
    return result;
}
