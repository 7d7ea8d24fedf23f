/*
 * The last step of writing a table: from spooled rows, whose types and levels are known,
 * to its bytes, group by group and column by column.
 */
#ifndef LOGITD_CORE_DATA_GROUP_WRITER_H
#define LOGITD_CORE_DATA_GROUP_WRITER_H

#include "core/data/column_builder.h"
#include "core/data/spool.h"
#include "core/data/summary.h"

/*
 * columns[n_columns] are ranked, and every cell of a categorical one is spooled as a
 * text. The summary has names, types, missing cells and levels; moments and the levels'
 * rows are counted here, and it is written as the footer.
 */
int group_writer_run(struct spool *spool, const struct column_builder *columns,
                     struct summary *summary, struct byte_sink sink,
                     struct error *err) MUST_CHECK;

#endif
