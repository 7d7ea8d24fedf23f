/*
 * The rows of a native predict request (contract.md "Predicting"), read straight from the
 * text into cells: no tree, no allocation per value. They come as `rows` in the order of
 * schema.inputs, as `columns` and `rows`, or as `instances`; beside them may be the rows'
 * `offset`, which is added to scores.
 */
#ifndef LOGITD_API_PREDICT_BODY_H
#define LOGITD_API_PREDICT_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "api/predict_options.h"
#include "core/base/budget.h"
#include "core/model/predict.h"

/* Why a row was refused, under "on_error":"row". */
struct predict_bad_row {
    size_t row;
    enum error_code code;
    size_t
        input; /* or expression: encoding_find_unusable; SIZE_MAX: the row as a whole */
};

struct predict_body {
    /* Rows that can be scored, in order: cells[n_good × n_inputs] (core/data/encoding.h).
     */
    double *cells;
    size_t n_good;
    size_t cells_capacity; /* in rows */
    /* Instead, of a model whose inputs are all sparse: see predict_scores_sparse. */
    struct predict_entry *entries;
    size_t n_entries, entries_capacity;
    size_t *ends; /* [n_good] */
    size_t ends_capacity;
    /* What is added to the score of each row that can be scored; NULL: nothing. While
     * rows are read: of those yet to come, by row, NaN where it is no number. */
    double *offset;
    size_t n_offset, offset_capacity;
    /* The others, ascending by row; only under on_error_row. */
    struct predict_bad_row *bad;
    size_t n_bad;
    size_t bad_capacity;
    size_t n_rows; /* n_good + n_bad */
    struct predict_options options;
    struct budget *budget; /* borrowed: of what the rows take */
    size_t reserved_bytes;
};

/* Columns that rows may have beside the inputs, such as the target, and who reads their
 * values. A column that is an input, too, is read twice. */
struct predict_beside {
    size_t n;
    const char *const *names;
    /* Reads the value at the scan, which stands at `pointer` in row number `row`. -1 for
     * malformed text and want of memory. */
    int (*read)(void *context, size_t which, size_t row, struct json_scan *scan,
                const char *pointer, struct error *err);
    void *context;
};

/*
 * Reads body[0..n_bytes) for the model into an all-zero `parsed`. 0, or -1: either err is
 * set (malformed JSON, a number beyond a double, a name that stands twice: place "byte
 * 17"; no memory; ERROR_MEMORY_BUDGET or ERROR_TOO_LARGE where the rows do not fit into
 * the budget), or `problems` has entries (all that is wrong, each with its pointer). On
 * failure nothing is kept.
 */
int predict_body_read(const struct model *model, const char *body, size_t n_bytes,
                      struct budget *budget, struct predict_body *parsed,
                      struct problem_list *problems, struct error *err) MUST_CHECK;
/* The same of a body whose members have been found, into a `parsed` that has its options
 * and nothing else. beside NULL: none. */
int predict_body_read_rows(const struct model *model,
                           const struct predict_members *members,
                           const struct predict_beside *beside, const char *body,
                           size_t n_bytes, struct budget *budget,
                           struct predict_body *parsed, struct problem_list *problems,
                           struct error *err) MUST_CHECK;
/* Where anything is wrong: text that is malformed anywhere is told as that, at its first
 * such byte, in place of what err says. */
void predict_body_check(struct json_scan whole, struct error *err);
void predict_body_free(struct predict_body *parsed);

#endif
