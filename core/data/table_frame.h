/*
 * What all writers of a table put around its groups of rows (core/data/table_layout.h),
 * and what they say of a column of numbers.
 */
#ifndef LOGITD_CORE_DATA_TABLE_FRAME_H
#define LOGITD_CORE_DATA_TABLE_FRAME_H

#include "core/base/buffer.h"
#include "core/data/few_values.h"
#include "core/data/moments.h"
#include "core/data/quantiles.h"
#include "core/data/summary.h"

int table_frame_begin(struct byte_sink sink, struct error *err) MUST_CHECK;
/* The footer, to which the tail is appended. */
int table_frame_end(struct byte_sink sink, struct buffer *footer,
                    struct error *err) MUST_CHECK;

/* few_values: NULL where they were not counted. */
void table_frame_summarize(struct column_summary *column, const struct moments *moments,
                           const struct few_values *few_values);
/* Its quantiles, if it has a number. */
int table_frame_add_quantiles(struct column_summary *column, struct quantiles *quantiles,
                              size_t number, struct error *err) MUST_CHECK;

#endif
