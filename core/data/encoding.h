/*
 * How inputs become the columns of the design matrix; the part of a model that knows the
 * meaning of a caller's cells. Inputs are what a caller sends (age, rank); columns are
 * what gets a coefficient (age, rank[2], rank[3]). Treatment coding: a categorical input
 * has one 0/1 column for each level but its reference. Immutable once built: thread-safe.
 *
 * A row of cells is n_inputs doubles: a number, or the index of a level; NaN: missing.
 */
#ifndef LOGITD_CORE_DATA_ENCODING_H
#define LOGITD_CORE_DATA_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/pack.h"
#include "core/data/table.h"

/* What the job asked for one column; words as in the contract. */
enum missing_policy { MISSING_ERROR = 0, MISSING_DROP = 1 }; /* written to disk */
struct input_request {
    const char *name;
    int type;              /* enum column_type, or -1: as the data says */
    const char *reference; /* NULL: the first level */
    enum missing_policy missing;
};

struct input {
    char *name;
    enum column_type type;
    enum missing_policy missing;
    bool is_sparse;  /* where it is not said what it is, it is 0 */
    size_t n_levels; /* sorted; 0 for numeric */
    struct level *levels;
    size_t reference;
    size_t first_column; /* its columns follow each other, levels in order */
    /* of this file: text → level; values of the levels that are numbers, sorted, and
     * their levels */
    struct dictionary level_of_text;
    size_t n_values;
    double *values;
    uint32_t *level_of_value;
};

struct design_column {
    size_t input;
    size_t level; /* SIZE_MAX: the number itself */
};

struct encoding {
    size_t n_inputs;
    struct input *inputs;
    size_t n_columns;
    struct design_column *columns;
    struct dictionary input_of_name;
    bool is_sparse; /* all inputs are sparse numbers: input i is column i */
};

/*
 * From the table and the requests (one for each feature, in order; no name twice). `keep`
 * [n_rows of the table] says which rows count, 0: not; NULL: all do. Levels that no such
 * row has are not there. A numeric column asked for as categorical takes its distinct
 * numbers as levels (at most ENCODING_MAX_LEVELS), in their shortest text. Errors, with
 * the column's name as place: ERROR_UNKNOWN_COLUMN, ERROR_UNKNOWN_LEVEL (reference),
 * ERROR_INVALID (numeric asked of text, a reference given to a number), ERROR_TOO_LARGE
 * (levels), ERROR_MISSING_VALUE (no row has a cell); ERROR_NO_FEATURES.
 */
#define ENCODING_MAX_LEVELS 65536U
struct encoding *encoding_build(const struct table *table,
                                const struct input_request *requests, size_t n_requests,
                                const unsigned char *keep, struct error *err) MUST_CHECK;
void encoding_free(struct encoding *encoding);

void encoding_pack(const struct encoding *encoding, struct buffer *out);
/* ERROR_CORRUPT for what encoding_build could not have made. */
struct encoding *encoding_unpack(struct pack_reader *in, struct error *err) MUST_CHECK;

/* Index of the input with this name, SIZE_MAX if there is none. */
size_t encoding_find_input(const struct encoding *encoding, const char *name,
                           size_t n_bytes);
/* Index of a level of a categorical input by its text, as levels_find finds it; SIZE_MAX
 * if it was not seen. */
size_t encoding_find_level(const struct encoding *encoding, size_t input,
                           const char *text, size_t n_bytes);
/* By a number as the data wrote it: 3 finds "3", and "3.0" or "03" where that is the only
 * level with this value. */
size_t encoding_find_level_number(const struct encoding *encoding, size_t input,
                                  double value);

/*
 * Which design column each sparse column of the table is: column_of[n_columns of the
 * table less table_first_sparse], ENCODING_NO_COLUMN where there is no numeric input of
 * its name. A sparse input that the table does not have is 0 in all rows.
 */
#define ENCODING_NO_COLUMN UINT32_MAX
void encoding_map_sparse(const struct encoding *encoding, const struct table *table,
                         uint32_t *column_of);

/* The term's name of a column: "gre", "rank[2]". Appends. */
void encoding_write_term(const struct encoding *encoding, size_t column,
                         struct buffer *out);

/* x[n_rows×n_columns] row-major from cells[n_rows×n_inputs]; no cell is missing. */
void encoding_expand(const struct encoding *encoding, const double *cells, size_t n_rows,
                     double *x);

#endif
