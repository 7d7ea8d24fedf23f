#include "core/model/fit_split.h"

#include <stdio.h>

#include "core/base/memory.h"
#include "core/data/kept_rows.h"
#include "core/data/row_levels.h"
#include "core/model/fit_problem.h"

#define PLACE_BYTES 64U

struct checking {
    const struct fit_split *split;
    const struct table *table;
    size_t column;
    struct row_levels held_out;
    struct fit_problems problems;
};

/* The field, or of a list its item. */
static const char *place_of(char *place, const char *field, size_t i, size_t n)
{
    if (n > 1)
        snprintf(place, PLACE_BYTES, "/validation/%s/%zu", field, i);
    else
        snprintf(place, PLACE_BYTES, "/validation/%s", field);
    return place;
}

/* ---- checking ---- */

static int check_known(struct checking *checking, const char *field,
                       const char *const *texts, size_t n, struct error *err)
{
    char place[PLACE_BYTES];
    bool *is_known = memory_new(n, sizeof(*is_known), err);
    if (!is_known ||
        row_levels_know(checking->table, checking->column, texts, n, is_known, err) < 0) {
        memory_free(is_known);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        if (!is_known[i])
            fit_problem_add(
                &checking->problems, ERROR_UNKNOWN_LEVEL, place_of(place, field, i, n),
                "column %.100s does not have this level", checking->split->column);
    memory_free(is_known);
    return 0;
}

static void check_apart(struct checking *checking)
{
    const struct fit_split *split = checking->split;
    char place[PLACE_BYTES];
    for (size_t i = 0; i < split->n_fitted; i++)
        if (row_levels_has(&checking->held_out, split->fitted[i]))
            fit_problem_add(&checking->problems, ERROR_INVALID,
                            place_of(place, "train", i, split->n_fitted),
                            "this level is held out; what is judged on is not fitted to");
}

static void check_rest(struct checking *checking)
{
    if (!checking->split->fitted && checking->problems.n == 0 &&
        !row_levels_has_others(&checking->held_out))
        fit_problem_add(&checking->problems, ERROR_NO_ROWS, "/validation/level",
                        "all rows would be held out, and none be left to fit to");
}

long fit_split_check(const struct fit_split *split, const struct table *table,
                     size_t column, fit_problem_fn *problem, void *context,
                     struct error *err)
{
    struct checking checking = {.split = split,
                                .table = table,
                                .column = column,
                                .problems = {problem, context, 0}};
    if (check_known(&checking, "level", split->held_out, split->n_held_out, err) < 0 ||
        check_known(&checking, "train", split->fitted, split->n_fitted, err) < 0 ||
        row_levels_make(&checking.held_out, table, column, split->held_out,
                        split->n_held_out, err) < 0)
        return -1;
    check_apart(&checking);
    check_rest(&checking);
    row_levels_free(&checking.held_out);
    return checking.problems.n;
}

/* ---- dividing ---- */

static void keep_first(void *context, const struct error *problem)
{
    error_copy(context, problem);
}

static int check(const struct fit_split *split, const struct table *table, size_t column,
                 struct error *err)
{
    struct error first = {0};
    long n = fit_split_check(split, table, column, keep_first, &first, err);
    return n > 0 ? error_copy(err, &first) : n < 0 ? -1 : 0;
}

static int mark(const char *const *texts, size_t n, const struct table *table,
                size_t column, unsigned char *is_one, struct error *err)
{
    struct row_levels levels = {0};
    if (row_levels_make(&levels, table, column, texts, n, err) < 0)
        return -1;
    row_levels_read(&levels, 0, (size_t)table_summary(table)->n_rows, is_one);
    row_levels_free(&levels);
    return 0;
}

static void divide(unsigned char *keep, unsigned char *held_out,
                   const unsigned char *fitted, uint64_t n_rows)
{
    for (uint64_t row = 0; row < n_rows; row++) {
        bool is_held_out = held_out[row], is_fitted = fitted ? fitted[row] : !is_held_out;
        held_out[row] = keep[row] && is_held_out;
        keep[row] = keep[row] && is_fitted;
    }
}

static int check_left(const struct fit_split *split, const struct table *table,
                      const unsigned char *keep, const unsigned char *held_out,
                      struct error *err)
{
    bool has_judged = kept_rows_count(table, held_out) > 0;
    if (has_judged && kept_rows_count(table, keep) > 0)
        return 0;
    error_set(err, ERROR_NO_ROWS,
              "every row that would be %s has a missing cell in one of the columns used",
              has_judged ? "fitted to" : "held out");
    error_place(err, "/validation/%s", has_judged && split->fitted ? "train" : "level");
    return -1;
}

int fit_split_rows(const struct fit_split *split, const struct table *table,
                   size_t column, unsigned char *keep, unsigned char *held_out,
                   struct error *err)
{
    uint64_t n_rows = table_summary(table)->n_rows;
    unsigned char *fitted = NULL;
    if (check(split, table, column, err) < 0)
        return -1;
    if (split->fitted && !(fitted = memory_new((size_t)n_rows, 1, err)))
        return -1;
    int status = mark(split->held_out, split->n_held_out, table, column, held_out, err);
    if (status == 0 && fitted)
        status = mark(split->fitted, split->n_fitted, table, column, fitted, err);
    if (status == 0) {
        divide(keep, held_out, fitted, n_rows);
        status = check_left(split, table, keep, held_out, err);
    }
    memory_free(fitted);
    return status;
}
