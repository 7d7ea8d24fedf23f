/*
 * Which rows of a dataset a request means: {"column":"split","level":"test"}, as a job's
 * validation has it.
 */
#ifndef LOGITD_API_ROW_FILTER_H
#define LOGITD_API_ROW_FILTER_H

#include "api/level_list.h"
#include "core/data/row_levels.h"

struct row_filter { /* all zero: all rows */
    const char *column;
    struct level_list levels;
};

/* A reader in the sense of json_field_fn whose context is the filter. */
json_field_fn row_filter_read;
void row_filter_free(struct row_filter *filter); /* back to all zero */

/* The rows of the table, into an all-zero struct that stays so without a filter. A column
 * or a level that is not there is a problem, with a pointer below "/where". -1 only
 * without memory. */
int row_filter_find(const struct row_filter *filter, const struct table *table,
                    struct row_levels *rows, struct problem_list *problems,
                    struct error *err) MUST_CHECK;

#endif
