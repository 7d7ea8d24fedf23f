/*
 * One row of a predict request after the other: its cells, what is wrong with them, and
 * where it is kept. The part of predict_body.c that knows cells.
 */
#ifndef LOGITD_API_PREDICT_ROWS_H
#define LOGITD_API_PREDICT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/predict_body.h"
#include "core/text/libsvm.h"

struct predict_rows {
    const struct encoding *encoding; /* borrowed, as the next two */
    struct predict_body *parsed;
    struct problem_list *problems;
    const struct predict_beside *beside; /* NULL: none; borrowed, too */
    const char *list;   /* pointer to the rows; NULL: "/rows", or "/instances" */
    const char *within; /* the member of each row that has its cells; NULL: none */
    bool takes_arrays;  /* a cell may be alone in an array */
    size_t n_cells;     /* of a row; n_inputs at first */
    /* NULL: cells are those of the inputs, in order. Else of each cell, of n_inputs +
     * beside->n at most: which input it is for, or SIZE_MAX; which column beside them, or
     * SIZE_MAX; how many cells from here on are of numeric inputs that follow each other,
     * and of nothing else. */
    size_t *input_of_cell, *beside_of_cell, *run_of_cell;
    /* These are not there before they are needed. */
    bool *seen; /* [n_inputs], of one instance */
    /* [n_inputs] What all instances have: see predict_rows_read_shared; NULL: nothing. */
    double *shared;
    bool *is_shared;
    const char *reads_shared; /* while that is read: the pointer to it */
    double *all_cells; /* [n_inputs] of an array, whose entries are then kept, of a model
                        * whose inputs are all sparse */
    double *cells, cell;
    struct buffer text; /* a string without its escapes */
    /* Names the place of a cell (input SIZE_MAX: of the row), where it is not by its row
     * (api/predict_columns.h). NULL: by its row. */
    void (*point)(const void *context, size_t input, size_t row, char *pointer);
    const void *point_context;
    /* Of the row being read. */
    enum error_code code; /* ERROR_NONE so far */
    size_t input;
};

/* Cells in the order of the inputs. predict_rows_free also after a failure. */
int predict_rows_begin(struct predict_rows *rows, const struct model *model,
                       struct predict_body *parsed, const struct predict_beside *beside,
                       struct problem_list *problems, struct error *err) MUST_CHECK;
void predict_rows_free(struct predict_rows *rows);
/* Before arrays are read: makes what they need, if it is not there yet. */
int predict_rows_prepare_arrays(struct predict_rows *rows, struct error *err) MUST_CHECK;
/* Makes input_of_cell and what goes with it, to be changed; seen. */
int predict_rows_name_cells(struct predict_rows *rows, struct error *err) MUST_CHECK;
int predict_rows_note_seen(struct predict_rows *rows, struct error *err) MUST_CHECK;
/* After a change of input_of_cell. */
void predict_rows_find_runs(struct predict_rows *rows);

/* Reads the value at the scan as the next row, into parsed. What is wrong with it goes to
 * the problems, or marks it as bad. -1 only for malformed text and want of memory. */
int predict_rows_read_array(struct predict_rows *rows, struct json_scan *scan,
                            struct error *err) MUST_CHECK;
int predict_rows_read_instance(struct predict_rows *rows, struct json_scan *scan,
                               struct error *err) MUST_CHECK;
/* Before the first instance: the object at the scan, which lies at `pointer`, has inputs
 * of all of them; an instance may not have them, too. Not of a model whose inputs are all
 * sparse, which is a problem. */
int predict_rows_read_shared(struct predict_rows *rows, struct json_scan *scan,
                             const char *pointer, struct error *err) MUST_CHECK;
/* Either of them; or a cell, of a model with one input. */
int predict_rows_read_any(struct predict_rows *rows, struct json_scan *scan,
                          struct error *err) MUST_CHECK;

/* The entries of a line, ascending. */
int predict_rows_read_entries(struct predict_rows *rows,
                              const struct libsvm_entry *entries, size_t n,
                              struct error *err) MUST_CHECK;

/* Which column beside the inputs has this name; SIZE_MAX: none. */
size_t predict_rows_find_beside(const struct predict_rows *rows, const char *name,
                                size_t n_bytes);

/* The string without its escapes: in the body itself, or in rows->text, until the next
 * call. NULL without memory. */
const char *predict_rows_plain(struct predict_rows *rows, const struct json_text *text,
                               size_t *n, struct error *err) MUST_CHECK;

#endif
