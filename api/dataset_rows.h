/*
 * Rows of a table as JSON: {"columns":[…],"rows":[[…]],"has_more":…}. A missing cell is
 * null, a level its text. Sparse columns are not among those: of a table that has some,
 * "sparse":[{"7":0.5,…}] has for each row those that are not 0.
 */
#ifndef LOGITD_API_DATASET_ROWS_H
#define LOGITD_API_DATASET_ROWS_H

#include "core/data/table.h"
#include "core/text/json_write.h"

/* At most `limit` rows behind the first `after`; fewer where the table is so wide that
 * they would be more than some 200 000 cells, but at least one. */
int dataset_rows_write(const struct table *table, uint64_t after, size_t limit,
                       struct json_writer *json, struct error *err) MUST_CHECK;

#endif
