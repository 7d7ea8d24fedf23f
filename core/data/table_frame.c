#include "core/data/table_frame.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/data/table_layout.h"

int table_frame_begin(struct byte_sink sink, struct error *err)
{
    struct buffer head = BUFFER_EMPTY;
    static const char zeros[TABLE_LAYOUT_HEAD_BYTES];
    buffer_append(&head, TABLE_LAYOUT_MAGIC, TABLE_LAYOUT_MAGIC_BYTES);
    pack_u32(&head, TABLE_LAYOUT_VERSION);
    buffer_append(&head, zeros, TABLE_LAYOUT_HEAD_BYTES - head.n_bytes);
    int result = buffer_check(&head, err);
    if (result == 0)
        result = sink.write(sink.context, head.bytes, head.n_bytes, err);
    buffer_free(&head);
    return result;
}

int table_frame_end(struct byte_sink sink, struct buffer *footer, struct error *err)
{
    pack_u64(footer, footer->n_bytes);
    buffer_append(footer, TABLE_LAYOUT_MAGIC, TABLE_LAYOUT_MAGIC_BYTES);
    if (buffer_check(footer, err) < 0)
        return -1;
    return sink.write(sink.context, footer->bytes, footer->n_bytes, err);
}

void table_frame_summarize(struct column_summary *column, const struct moments *moments,
                           const struct few_values *few_values)
{
    column->mean = moments_mean(moments);
    column->std = moments_std(moments);
    column->min = moments->n > 0 ? moments->min : (double)NAN;
    column->max = moments->n > 0 ? moments->max : (double)NAN;
    if (few_values) {
        column->n_distinct = few_values->n;
        column->are_whole = !few_values->has_fractions;
    }
}

int table_frame_add_quantiles(struct column_summary *column, struct quantiles *quantiles,
                              size_t number, struct error *err)
{
    double found[SUMMARY_QUANTILES];
    if (!quantiles_find(quantiles, number, found))
        return 0;
    column->quantiles = memory_copy(found, sizeof(found), err);
    return column->quantiles ? 0 : -1;
}
