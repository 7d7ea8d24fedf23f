/*
 * The dataset that a request to score or to judge names: opened, and held against the
 * model.
 */
#ifndef LOGITD_API_DATASET_OPEN_H
#define LOGITD_API_DATASET_OPEN_H

#include "api/dataset_table.h"
#include "api/problem.h"
#include "core/model/model.h"

/* Into an all-zero one, whose table stays NULL with a problem ("/dataset") if there is no
 * such dataset or it is damaged. -1: other errors of dataset_table_open. */
int dataset_open_named(struct store *store, const char *id, struct dataset_table *opened,
                       struct problem_list *problems, struct error *err) MUST_CHECK;

/* A problem for each input that the data does not have. */
void dataset_open_check_inputs(const struct model *model, const struct summary *summary,
                               struct problem_list *problems);

/* A problem of a cell ("row 3, column gpa"), or of a whole row; rows count from 0 here.
 * Those beyond what is listed are counted. */
void dataset_open_refuse(uint64_t row, const char *column, enum error_code code,
                         struct problem_list *problems);
/* What is said of a cell, or a row, that is refused with this code. Static. */
const char *dataset_open_detail(enum error_code code);

/* What is wrong with the data itself, with a column's name as place, becomes a problem of
 * the dataset: 0. Else -1, in err. */
int dataset_open_tell(const struct error *why, struct problem_list *problems,
                      struct error *err);

#endif
