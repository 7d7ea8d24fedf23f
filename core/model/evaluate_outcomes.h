/*
 * The outcomes of a table's rows, as a model tells them: which class each row is of, or
 * its number, and what weight it has. Counts are rows of two kinds, successes and
 * failures. The caller locks.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_OUTCOMES_H
#define LOGITD_CORE_MODEL_EVALUATE_OUTCOMES_H

#include "core/data/input.h"
#include "core/model/score_table.h"

#define EVALUATE_OUTCOMES_NONE SIZE_MAX

/* Columns of the table, but the target EVALUATE_OUTCOMES_NONE where there is none. */
struct evaluate_columns {
    size_t target;  /* with trials: how many of them succeeded */
    size_t weights; /* of rows */
    size_t trials;
    size_t offset; /* added to the scores */
};

/* The classes of a model, to be found by what data writes. */
struct evaluate_outcomes {
    const struct model *model; /* borrowed, as is the table */
    const struct table *table;
    struct evaluate_columns columns;
    struct input classes;  /* as if they were the levels of one */
    double *class_of_code; /* [n_levels of the target]; NULL: it has numbers */
    size_t piece_rows;
    uint32_t *codes;
    double *y, *weights; /* [2 × piece_rows], of one piece; behind all successes the
                          * failures */
    double *offset;      /* [piece_rows] */
};

/* Into an all-zero struct. ERROR_INVALID_TYPE for text where numbers are needed, with the
 * column's name as place. evaluate_outcomes_free in any case. */
int evaluate_outcomes_open(struct evaluate_outcomes *outcomes, const struct model *model,
                           const struct table *table,
                           const struct evaluate_columns *columns, size_t piece_rows,
                           struct error *err) MUST_CHECK;
/* Only for evaluate_outcomes_class. */
int evaluate_outcomes_open_classes(struct evaluate_outcomes *outcomes,
                                   const struct model *model,
                                   struct error *err) MUST_CHECK;
void evaluate_outcomes_free(struct evaluate_outcomes *outcomes);

/* The number of a class by its text or its number, as levels are found (input.h);
 * SIZE_MAX: the model does not know it. */
size_t evaluate_outcomes_class(const struct evaluate_outcomes *outcomes, const char *text,
                               size_t n_bytes);
size_t evaluate_outcomes_class_number(const struct evaluate_outcomes *outcomes,
                                      double value);

/* The class of a trial that succeeds: a fit on counts has the classes "0" and "1"; else
 * it is the positive one. */
size_t evaluate_outcomes_success(const struct model *model);

/* y, weights and offset of a piece. Marks bad rows, and tells of each bad cell:
 * ERROR_MISSING_VALUE, ERROR_UNKNOWN_LEVEL (no class of the model), ERROR_BAD_WEIGHT,
 * ERROR_BAD_COUNT. */
void evaluate_outcomes_read(struct evaluate_outcomes *outcomes, uint64_t first_row,
                            size_t n_rows, bool *is_bad, score_table_bad_fn *bad,
                            void *context);

#endif
