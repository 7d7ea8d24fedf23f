/*
 * How inputs become the columns of the design matrix; the part of a model that knows the
 * meaning of a caller's cells: inputs → terms → columns (core/data/term.h). Without a
 * formula each input is a term of its own, in order. Immutable once built: thread-safe.
 *
 * A row of cells is n_inputs doubles (core/data/input.h says what a cell is).
 */
#ifndef LOGITD_CORE_DATA_ENCODING_H
#define LOGITD_CORE_DATA_ENCODING_H

#include "core/data/formula.h"
#include "core/data/input_declare.h"
#include "core/data/term.h"

#define ENCODING_MAX_COLUMNS 0x7fffffffU
#define ENCODING_NO_COLUMN UINT32_MAX

struct encoding {
    size_t n_inputs;
    struct input *inputs;
    size_t n_terms;
    struct term *terms;
    struct factor *factors; /* of all terms, one term's behind the other's */
    bool has_formula;
    size_t n_expressions;
    struct term_expression *expressions;
    size_t *variables; /* inputs of all expressions, one's behind the other's */
    size_t n_columns;
    /* [n_inputs] The column of a sparse number that is one term and in no other;
     * ENCODING_NO_COLUMN: what the input is in a row must be read as a cell. */
    uint32_t *column_of_entries;
    struct dictionary input_of_name;
    bool is_sparse; /* all inputs have entries: input i is column i */
};

/*
 * From the table and the requests (one for each feature, in order; no name twice). `keep`
 * [n_rows of the table] says which rows count, 0: not; NULL: all do. Levels that no such
 * row has are not there. A numeric column asked for as categorical takes its distinct
 * numbers as levels (at most INPUT_MAX_LEVELS), in their shortest text. The formula
 * (NULL: there is none) says which terms there are of them, if they have an intercept,
 * and so how factors with levels are coded (core/data/encoding_terms.h).
 *
 * Errors, with the column's name as place: ERROR_UNKNOWN_COLUMN (of the formula, too),
 * ERROR_UNKNOWN_LEVEL (reference, or a text compared with), ERROR_INVALID (numeric asked
 * of text, also by an expression; a text asked of a number; a reference given to a
 * number), ERROR_TOO_LARGE (levels), ERROR_MISSING_VALUE (no row has a cell). With the
 * term's name: ERROR_TOO_LARGE (ENCODING_MAX_COLUMNS, TERM_MAX_VARIABLES).
 * ERROR_NO_FEATURES: without inputs, but where the formula is an intercept alone.
 */
struct encoding *encoding_build(const struct table *table,
                                const struct input_request *requests, size_t n_requests,
                                const struct formula *formula, const unsigned char *keep,
                                struct error *err) MUST_CHECK;
/* The same from inputs as they are declared (no name and no level twice),
 * where there are no data. The place is the name of an input that cannot be. */
struct encoding *encoding_declare(const struct input_declaration *inputs, size_t n_inputs,
                                  const struct formula *formula,
                                  struct error *err) MUST_CHECK;
void encoding_free(struct encoding *encoding);

void encoding_pack(const struct encoding *encoding, struct buffer *out);
/* ERROR_CORRUPT for what encoding_build could not have made. */
struct encoding *encoding_unpack(struct pack_reader *in, struct error *err) MUST_CHECK;

/* Index of the input with this name, SIZE_MAX if there is none. */
size_t encoding_find_input(const struct encoding *encoding, const char *name,
                           size_t n_bytes);
/* Index of the term that a column of the design is of. */
size_t encoding_find_term(const struct encoding *encoding, size_t column);
/*
 * What of a row keeps the encoding from working with it: the first input that does not
 * accept its cell, else n_inputs + the first expression without a value; SIZE_MAX:
 * nothing.
 */
size_t encoding_find_unusable(const struct encoding *encoding, const double *cells);
/* The name of such: an input's, or an expression's text. Appends. */
void encoding_write_unusable(const struct encoding *encoding, size_t unusable,
                             struct buffer *out);

/*
 * Which design column each sparse column of the table is: column_of[table_n_sparse],
 * ENCODING_NO_COLUMN where no input of its name has entries. A sparse input that the
 * table does not have is 0 in all rows.
 */
void encoding_map_sparse(const struct encoding *encoding, const struct table *table,
                         uint32_t *column_of);

/* The name of a column of the design: "gre", "rank[2]". Appends. */
void encoding_write_column(const struct encoding *encoding, size_t column,
                           struct buffer *out);

/* What the names of all columns take, each with a NUL; false if there is no counting
 * them. */
bool encoding_names_bytes(const struct encoding *encoding, size_t *n_bytes);

/* x[n_rows×n_columns] row-major from cells[n_rows×n_inputs], of usable rows. */
void encoding_expand(const struct encoding *encoding, const double *cells, size_t n_rows,
                     double *x);

#endif
