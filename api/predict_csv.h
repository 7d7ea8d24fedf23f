/*
 * The rows of a predict request as CSV: a header line with the names of inputs in any
 * order, then a line a row. All inputs must be there, but sparse ones, which are 0 then.
 * NA, NaN, ? and the empty cell are missing, unless they are levels of the input; blanks
 * around unquoted cells do not count. Cells go straight from the text to where they are
 * scored.
 */
#ifndef LOGITD_API_PREDICT_CSV_H
#define LOGITD_API_PREDICT_CSV_H

#include "api/predict_body.h"

/* As predict_body_read_rows. Places are "row 3, column gre", of which row 1 is the
 * header. */
int predict_csv_read(const struct model *model, const char *body, size_t n_bytes,
                     struct budget *budget, struct predict_body *parsed,
                     struct problem_list *problems, struct error *err) MUST_CHECK;

/* The same where there need not be a header (api/dialect/invocations.h): the first line
 * is one if a cell of it is the name of an input; else it is a row, and rows are in the
 * order of schema.inputs. Below a header, a column without a name, as pandas writes its
 * index, is passed over. */
int predict_csv_read_any(const struct model *model, const char *body, size_t n_bytes,
                         struct budget *budget, struct predict_body *parsed,
                         bool *has_header, struct problem_list *problems,
                         struct error *err) MUST_CHECK;

#endif
