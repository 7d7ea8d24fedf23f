/*
 * What one column of a table being written turns out to be, cell by cell; and the 8 bytes
 * that stand for each cell until then: a number's own bits, or one of the NaNs below.
 */
#ifndef LOGITD_CORE_DATA_COLUMN_BUILDER_H
#define LOGITD_CORE_DATA_COLUMN_BUILDER_H

#include <stdbool.h>

#include "core/data/dictionary.h"
#include "core/data/levels.h"
#include "core/data/spool.h"
#include "core/data/table_writer.h"

#define COLUMN_BUILDER_MISSING SPOOL_ABSENT
#define COLUMN_BUILDER_CODE SPOOL_CODE /* + number of the text in `texts` */

struct column_builder { /* all zero but for the name: no cells yet */
    char *name;
    struct dictionary
        texts; /* of cells that are not numbers, or that follow one which is not */
    uint64_t n_missing;      /* of the cells that were added here */
    uint64_t n_infinite;     /* cells that were infinite numbers */
    uint64_t n_numbers;      /* cells spooled as numbers, once column_builder_end knows */
    bool has_doubles;        /* one of them is not exactly a float */
    bool has_text;           /* a cell that is neither missing nor any kind of number */
    uint64_t non_finite_row; /* the first inf, nan or 1e309 before any text; 0: none */
    uint32_t *rank_of;       /* text → its rank in sorted order */
    struct level *levels;    /* sorted */
};

void column_builder_free(struct column_builder *column);

/* The 8 bytes of the row-th cell. *keep_text is set if it is a number whose text must be
 * kept beside it. -1 without memory. */
int column_builder_add(struct column_builder *column, const struct table_cell *cell,
                       uint64_t row, uint64_t *bits, bool *keep_text,
                       struct error *err) MUST_CHECK;
/* The same of a number; NaN: missing. */
int column_builder_add_number(struct column_builder *column, double number, uint64_t row,
                              uint64_t *bits, struct error *err) MUST_CHECK;

/* All cells are spooled, and this is what was in the column. */
void column_builder_end(struct column_builder *column, const struct spool_column *cells);
/* Is it categorical, as far as it has come? */
bool column_builder_is_text(const struct column_builder *column);
/* Categorical, but some cells are spooled as numbers; after column_builder_end. */
bool column_builder_is_mixed(const struct column_builder *column);
/* Turns the bits of a number (with its text, if one was kept) into those of a text. */
int column_builder_turn(struct column_builder *column, const char *text, size_t n_bytes,
                        uint64_t *bits, struct error *err) MUST_CHECK;

/* Sorts the texts of a categorical column: rank_of and levels (whose rows are counted
 * later). */
int column_builder_rank(struct column_builder *column, struct error *err) MUST_CHECK;

#endif
