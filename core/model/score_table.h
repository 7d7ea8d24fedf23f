/*
 * Scores the rows of a table, a piece at a time: what a model's inputs read, what cannot
 * be scored, and the scores, with the same bits as of rows that come in a request. A
 * table of sparse columns costs what entries it has. The caller locks.
 */
#ifndef LOGITD_CORE_MODEL_SCORE_TABLE_H
#define LOGITD_CORE_MODEL_SCORE_TABLE_H

#include "core/base/budget.h"
#include "core/model/model.h"

struct score_table;

/* Borrows all three; what it allocates is reserved. Errors of cell_reader_new and of the
 * budget. */
struct score_table *score_table_new(const struct model *model, const struct table *table,
                                    struct budget *budget, struct error *err) MUST_CHECK;
void score_table_free(struct score_table *scorer);

/* How many rows a piece has, at most; pieces begin at its multiples. */
size_t score_table_piece_rows(const struct score_table *scorer);

/*
 * A cell that cannot be used: ERROR_MISSING_VALUE, ERROR_UNKNOWN_LEVEL; or a row whose
 * score is no number (column NULL): ERROR_NON_FINITE. Rows count from 0.
 */
typedef void score_table_bad_fn(void *context, uint64_t row, const char *column,
                                enum error_code code);

/* scores[n_rows × n_scores] of the piece from first_row on. Where is_bad[n_rows] becomes
 * true they mean nothing, and `bad` has been told of each cell; else it is left alone. */
void score_table_read(struct score_table *scorer, uint64_t first_row, size_t n_rows,
                      double *scores, bool *is_bad, score_table_bad_fn *bad,
                      void *context);

#endif
