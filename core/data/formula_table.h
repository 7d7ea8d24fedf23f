/*
 * The columns that a formula has worked out for each row: what it predicts, and the sum
 * of its offsets, where these are no columns of the data. They stand behind the others,
 * under the formula's names for them. A cell is missing where one that it is made of is;
 * it is infinite where there is no number, such as log(-1).
 */
#ifndef LOGITD_CORE_DATA_FORMULA_TABLE_H
#define LOGITD_CORE_DATA_FORMULA_TABLE_H

#include "core/data/formula.h"
#include "core/data/row_numbers.h"
#include "core/data/table.h"

#define FORMULA_TABLE_MOST 2U

struct formula_table { /* all zero: there is nothing to work out */
    struct row_numbers *numbers[FORMULA_TABLE_MOST];
    struct table *table; /* the data's with these columns; NULL: as it is */
};

/* Their summaries, of which names are borrowed from the formula; returns how many. Cells
 * are said to be missing if one that they are made of is. */
size_t formula_table_summaries(const struct formula *formula,
                               const struct summary *summary,
                               struct column_summary *more);

/* Into an all-zero one; borrows both. Errors of row_numbers_new. */
int formula_table_make(struct formula_table *made, const struct formula *formula,
                       const struct table *table, struct error *err) MUST_CHECK;
void formula_table_free(struct formula_table *made); /* and back to all zero */

/* ERROR_NON_FINITE if one of them is infinite in a row that is kept [n_rows; NULL: all],
 * with the place "row R, term NAME". */
int formula_table_check(const struct formula_table *made, const unsigned char *keep,
                        struct error *err) MUST_CHECK;

#endif
