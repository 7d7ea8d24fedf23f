/*
 * Scores of a table's rows as text or numbers, one row behind the other:
 *
 *   CSV     a header line, then a line a row: the copied columns, label, probability[k]
 *           and logits[k] for each class k, prediction, log_odds, linear_predictor, those
 *           of them that were asked for; where bad rows answer for themselves, error,
 *           which is empty or the code. What is not there is empty.
 *   NDJSON  an object a row: the copied columns, then what /predict answers.
 *   .npy    version 1.0, '<f8', (rows, columns) by rows: the columns of CSV but label and
 *           error; NaN where there is nothing.
 */
#ifndef LOGITD_API_SCORE_WRITE_H
#define LOGITD_API_SCORE_WRITE_H

#include "api/score_columns.h"
#include "api/score_request.h"

struct score_write { /* all is borrowed */
    const struct score_request *request;
    const struct model *model;
    const struct score_columns *columns;
    double *probabilities; /* [n_classes], scratch */
    struct buffer *out;    /* errors stick to it */
};

/* A copied column with the name of an output that is asked for is a problem. */
void score_write_check(const struct score_write *writer, struct problem_list *problems);

void score_write_head(const struct score_write *writer, uint64_t n_rows);
/* A row of the columns' piece. code: ERROR_NONE, or why there are no scores, and of which
 * column (or NULL). */
void score_write_row(const struct score_write *writer, size_t row, const double *scores,
                     enum error_code code, const char *column);

#endif
