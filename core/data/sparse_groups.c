#include "core/data/sparse_groups.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/sparse_moments.h"
#include "core/data/table_frame.h"
#include "core/data/table_layout.h"

#define GROUP_BYTES (UINT64_C(4) << 20)
#define GROUP_ROWS 65536U /* at most; a multiple of 8 */

struct groups {
    struct byte_sink sink;
    const uint32_t *rank;
    bool is_sparse;                     /* there is some column but the label */
    size_t n_rows, n_entries, capacity; /* of this group */
    double *labels;                     /* [GROUP_ROWS] */
    uint64_t *starts;                   /* [GROUP_ROWS + 1] */
    uint32_t *columns;                  /* [capacity] */
    double *values;                     /* [capacity] */
    struct buffer sizes;                /* of all groups, as the footer has them */
    uint64_t n_groups;
    struct moments label_moments;
    struct few_values *label_values;
    struct quantiles *label_quantiles;
    struct sparse_moments *moments; /* [n_moments] of the sparse columns */
    size_t n_moments;
    bool are_wide; /* the moments */
};

static void free_groups(struct groups *groups)
{
    memory_free(groups->labels);
    memory_free(groups->starts);
    memory_free(groups->columns);
    memory_free(groups->values);
    memory_free(groups->label_values);
    quantiles_free(groups->label_quantiles);
    memory_free(groups->moments);
    buffer_free(&groups->sizes);
}

static int start(struct groups *groups, const struct summary *summary, struct error *err)
{
    groups->labels = memory_new(GROUP_ROWS, sizeof(*groups->labels), err);
    groups->starts = memory_new(GROUP_ROWS + 1, sizeof(*groups->starts), err);
    groups->label_values = memory_new(1, sizeof(*groups->label_values), err);
    groups->moments =
        memory_new_aligned(summary->n_columns - 1, sizeof(*groups->moments), err);
    groups->n_moments = summary->n_columns - 1;
    groups->label_quantiles = quantiles_new(summary->n_rows, 1, err);
    return groups->labels && groups->starts && groups->label_values && groups->moments &&
                   groups->label_quantiles
               ? 0
               : -1;
}

static int make_room(struct groups *groups, size_t n, struct error *err)
{
    if (groups->values && n <= groups->capacity)
        return 0;
    size_t larger = n > 2 * groups->capacity ? n : 2 * groups->capacity;
    uint32_t *columns = memory_resize(groups->columns, larger, sizeof(*columns), err);
    if (!columns)
        return -1;
    groups->columns = columns;
    double *values = memory_resize(groups->values, larger, sizeof(*values), err);
    if (!values)
        return -1;
    groups->values = values;
    groups->capacity = larger;
    return 0;
}

/* ---- a group's bytes ---- */

static int put(const struct groups *groups, const void *bytes, size_t n,
               struct error *err)
{
    static const char zeros[8];
    struct byte_sink sink = groups->sink;
    if (n > 0 && sink.write(sink.context, bytes, n, err) < 0)
        return -1;
    return n % 8 == 0 ? 0 : sink.write(sink.context, zeros, 8 - n % 8, err);
}

static int end_group(struct groups *groups, struct error *err)
{
    size_t n_rows = groups->n_rows, n_entries = groups->n_entries;
    moments_add(&groups->label_moments, groups->labels, n_rows);
    few_values_add(groups->label_values, groups->labels, n_rows);
    quantiles_add(groups->label_quantiles, 0, groups->labels, n_rows);
    pack_u64(&groups->sizes, n_rows);
    pack_u64(&groups->sizes, n_entries);
    groups->n_groups++;
    groups->n_rows = groups->n_entries = 0;
    if (put(groups, groups->labels, n_rows * sizeof(*groups->labels), err) < 0)
        return -1;
    if (!groups->is_sparse)
        return 0;
    if (put(groups, groups->starts, (n_rows + 1) * sizeof(*groups->starts), err) < 0 ||
        put(groups, groups->columns, n_entries * sizeof(*groups->columns), err) < 0)
        return -1;
    return put(groups, groups->values, n_entries * sizeof(*groups->values), err);
}

/* ---- rows ---- */

static void widen_all(struct groups *groups)
{
    for (size_t j = 0; !groups->are_wide && j < groups->n_moments; j++)
        sparse_moments_widen(&groups->moments[j]);
    groups->are_wide = true;
}

static void add_moments(struct groups *groups, const uint32_t *columns,
                        const double *values, size_t n)
{
    size_t i = 0;
    while (!groups->are_wide && i < n &&
           sparse_moments_add(&groups->moments[columns[i]], values[i]))
        i++;
    if (i == n)
        return;
    widen_all(groups);
    for (; i < n; i++)
        sparse_moments_add_wide(&groups->moments[columns[i]], values[i]);
}

/* Entries come ascending by index, and so do their ranks. */
static void put_row(struct groups *groups, double label, const uint32_t *columns,
                    const double *values, size_t n)
{
    uint32_t *to = groups->columns + groups->n_entries;
    for (size_t i = 0; i < n; i++) {
        to[i] = groups->rank[columns[i]];
        __builtin_prefetch(&groups->moments[to[i]], 1);
    }
    add_moments(groups, to, values, n);
    if (n > 0)
        memcpy(groups->values + groups->n_entries, values, n * sizeof(*values));
    groups->n_entries += n;
    groups->labels[groups->n_rows++] = label;
    groups->starts[groups->n_rows] = groups->n_entries;
}

static bool is_full(const struct groups *groups)
{
    const size_t row_bytes = sizeof(double) + sizeof(uint64_t);
    const size_t entry_bytes = sizeof(uint32_t) + sizeof(double);
    return groups->n_rows == GROUP_ROWS ||
           groups->n_rows * row_bytes + groups->n_entries * entry_bytes >= GROUP_BYTES;
}

static int put_rows(void *context, const struct sparse_rows *rows, struct error *err)
{
    struct groups *groups = context;
    size_t at = 0;
    for (size_t i = 0; i < rows->n_rows; i++) {
        size_t n = (size_t)rows->ends[i] - at;
        if (make_room(groups, groups->n_entries + n, err) < 0)
            return -1;
        put_row(groups, rows->labels[i], rows->columns + at, rows->values + at, n);
        at += n;
        if (is_full(groups) && end_group(groups, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the whole ---- */

static int end_table(struct groups *groups, struct summary *summary, struct error *err)
{
    struct buffer footer = BUFFER_EMPTY;
    table_frame_summarize(&summary->columns[0], &groups->label_moments,
                          groups->label_values);
    widen_all(groups);
    for (size_t j = 1; j < summary->n_columns; j++)
        sparse_moments_finish(&groups->moments[j - 1], summary->n_rows,
                              &summary->columns[j]);
    if (table_frame_add_quantiles(&summary->columns[0], groups->label_quantiles, 0, err) <
        0)
        return -1;
    pack_u64(&footer, groups->is_sparse ? 0 : GROUP_ROWS);
    summary_pack(summary, SIZE_MAX, SIZE_MAX, &footer);
    if (groups->is_sparse) {
        pack_u64(&footer, groups->n_groups);
        buffer_append(&footer, groups->sizes.bytes, groups->sizes.n_bytes);
    }
    int result = buffer_check(&groups->sizes, err);
    if (result == 0)
        result = table_frame_end(groups->sink, &footer, err);
    buffer_free(&footer);
    return result;
}

int sparse_groups_write(struct sparse_spool *spool, const uint32_t *rank,
                        struct summary *summary, struct byte_sink sink, struct error *err)
{
    struct groups groups = {
        .sink = sink, .rank = rank, .is_sparse = summary->n_columns > 1};
    int result = start(&groups, summary, err);
    if (result == 0)
        result = table_frame_begin(sink, err);
    if (result == 0)
        result = sparse_spool_replay(spool, put_rows, &groups, err);
    if (result == 0 && groups.n_rows > 0)
        result = end_group(&groups, err);
    if (result == 0)
        result = end_table(&groups, summary, err);
    free_groups(&groups);
    return result;
}
