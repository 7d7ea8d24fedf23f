/*
 * The last step of writing a sparse table: from spooled rows, whose columns are all
 * known, to its bytes, group by group.
 */
#ifndef LOGITD_CORE_DATA_SPARSE_GROUPS_H
#define LOGITD_CORE_DATA_SPARSE_GROUPS_H

#include "core/base/buffer.h"
#include "core/data/sparse_spool.h"
#include "core/data/summary.h"

/*
 * rank[n_columns - 1]: which sparse column each spooled one is. The summary has names and
 * types, the label first; moments are counted here, and it is written as the footer.
 */
int sparse_groups_write(struct sparse_spool *spool, const uint32_t *rank,
                        struct summary *summary, struct byte_sink sink,
                        struct error *err) MUST_CHECK;

#endif
