/*
 * How inputs become the columns of the design matrix; the part of a model that knows the meaning of
 * a caller's cells. Inputs are what a caller sends (age, rank); columns are what gets a coefficient
 * (age, rank[2], rank[3]). Treatment coding: a categorical input has one 0/1 column for each level
 * but its reference. Immutable once built: thread-safe.
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
    size_t n_levels; /* sorted; 0 for numeric */
    struct level *levels;
    size_t reference;
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
    void *level_index; /* text → level, of this file */
};

/*
 * From the table and the requests (one for each feature, in order). Levels that no row has are not
 * there. A numeric column asked for as categorical takes its distinct numbers as levels (at most
 * ENCODING_MAX_LEVELS), in their shortest text. Errors: ERROR_UNKNOWN_COLUMN, ERROR_UNKNOWN_LEVEL
 * (reference), ERROR_INVALID (numeric asked of text), ERROR_NO_FEATURES.
 */
#define ENCODING_MAX_LEVELS 65536U
struct encoding *encoding_build(const struct table *table, const struct input_request *requests,
                                size_t n_requests, struct error *err) MUST_CHECK;
void encoding_free(struct encoding *encoding);

void encoding_pack(const struct encoding *encoding, struct buffer *out);
struct encoding *encoding_unpack(struct pack_reader *in, struct error *err) MUST_CHECK;

/* Index of the input with this name, SIZE_MAX if there is none. */
size_t encoding_find_input(const struct encoding *encoding, const char *name, size_t n_bytes);
/* Index of a level of a categorical input by its text, or by a number as the data wrote it
 * (3 finds "3"); SIZE_MAX if it was not seen. */
size_t encoding_find_level(const struct encoding *encoding, size_t input, const char *text,
                           size_t n_bytes);
size_t encoding_find_level_number(const struct encoding *encoding, size_t input, double value);

/* The term's name of a column: "gre", "rank[2]". Appends. */
void encoding_write_term(const struct encoding *encoding, size_t column, struct buffer *out);

/* x[n_rows×n_columns] row-major from cells[n_rows×n_inputs]; no cell is missing. */
void encoding_expand(const struct encoding *encoding, const double *cells, size_t n_rows, double *x);

#endif
