/*
 * Scores of a table's rows as text or numbers, one row behind the other:
 *
 *   CSV     a header line, then a line a row: the copied columns, those of
 *           api/predict_table.h that were asked for; where bad rows answer for
 *           themselves, error, which is empty or the code. What is not there is empty.
 *   NDJSON  an object a row: the copied columns, then what /predict answers.
 *   .npy    version 1.0, '<f8', (rows, columns) by rows: the columns of CSV but those of
 *           text; NaN where there is nothing.
 */
#ifndef LOGITD_API_SCORE_WRITE_H
#define LOGITD_API_SCORE_WRITE_H

#include "api/predict_outcome.h"
#include "api/score_columns.h"
#include "api/score_request.h"

struct score_write { /* all is borrowed */
    enum score_format format;
    bool tells_errors; /* rows that could not be scored have their place */
    const struct score_columns *columns;
    const struct predict_outcome *outcome;
    struct buffer *out; /* errors stick to it */
};

/* names [columns->n], as they were asked for. A copied column with the name of an output
 * that is asked for is a problem. */
void score_write_check(const struct score_write *writer, const char *const *names,
                       struct problem_list *problems);

void score_write_head(const struct score_write *writer, uint64_t n_rows);
/* A row of the columns' piece, which the outcome has taken; or why there are no scores
 * (code), what is said of it, and of which column (or NULL). */
void score_write_row(const struct score_write *writer, size_t row, enum error_code code,
                     const char *detail, const char *column);

#endif
