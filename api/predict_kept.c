#include "api/predict_kept.h"

#include <stdlib.h>

#include "core/base/memory.h"

void *predict_kept_grow(struct predict_body *parsed, void *block, size_t *capacity,
                        size_t least, size_t bytes, struct error *err)
{
    size_t larger = *capacity > 0 ? *capacity * 2 : least, n_bytes;
    if (!memory_product(larger, bytes, &n_bytes)) {
        error_no_memory(err, SIZE_MAX);
        return NULL;
    }
    if (budget_reserve(parsed->budget, n_bytes, err) < 0)
        return NULL;
    void *moved = memory_resize(block, larger, bytes, err);
    size_t n_released = moved ? *capacity * bytes : n_bytes;
    budget_release(parsed->budget, n_released);
    if (moved) {
        parsed->reserved_bytes += n_bytes - n_released;
        *capacity = larger;
    }
    return moved;
}

double *predict_kept_cells(struct predict_body *parsed, size_t n_inputs,
                           struct error *err)
{
    if (parsed->n_good == parsed->cells_capacity) {
        double *cells = predict_kept_grow(parsed, parsed->cells, &parsed->cells_capacity,
                                          1, n_inputs * sizeof(*cells), err);
        if (!cells)
            return NULL;
        parsed->cells = cells;
    }
    return parsed->cells + parsed->n_good * n_inputs;
}

/* ---- entries ---- */

static size_t row_start(const struct predict_body *parsed)
{
    return parsed->n_good > 0 ? parsed->ends[parsed->n_good - 1] : 0;
}

int predict_kept_begin_entries(struct predict_body *parsed, struct error *err)
{
    parsed->n_entries = row_start(parsed); /* without those of a bad row */
    if (parsed->n_good < parsed->ends_capacity)
        return 0;
    size_t *ends = predict_kept_grow(parsed, parsed->ends, &parsed->ends_capacity, 1,
                                     sizeof(*ends), err);
    if (!ends)
        return -1;
    parsed->ends = ends;
    return 0;
}

int predict_kept_add_entry(struct predict_body *parsed, uint32_t input, double value,
                           struct error *err)
{
    if (parsed->n_entries == parsed->entries_capacity) {
        struct predict_entry *entries =
            predict_kept_grow(parsed, parsed->entries, &parsed->entries_capacity, 64,
                              sizeof(*entries), err);
        if (!entries)
            return -1;
        parsed->entries = entries;
    }
    parsed->entries[parsed->n_entries++] = (struct predict_entry){input, value};
    return 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct predict_entry *a = left, *b = right;
    return (a->input > b->input) - (a->input < b->input);
}

size_t predict_kept_end_entries(struct predict_body *parsed)
{
    size_t start = row_start(parsed), n = parsed->n_entries - start, n_kept = 0;
    size_t twice = SIZE_MAX;
    bool is_ascending = true;
    if (n == 0)
        return SIZE_MAX;
    struct predict_entry *entries = parsed->entries + start;
    for (size_t i = 1; i < n; i++)
        is_ascending = is_ascending && entries[i - 1].input < entries[i].input;
    if (!is_ascending)
        qsort(entries, n, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && entries[i].input == entries[i - 1].input)
            twice = entries[i].input;
        entries[n_kept] = entries[i];
        n_kept += entries[i].value != 0;
    }
    parsed->n_entries = start + n_kept;
    return twice;
}

/* ---- the end of a row ---- */

void predict_kept_good(struct predict_body *parsed)
{
    if (parsed->ends)
        parsed->ends[parsed->n_good] = parsed->n_entries;
    parsed->n_good++;
    parsed->n_rows++;
}

int predict_kept_bad(struct predict_body *parsed, enum error_code code, size_t input,
                     struct error *err)
{
    size_t row = parsed->n_rows++;
    if (!parsed->options.on_error_row)
        return 0;
    if (parsed->n_bad == parsed->bad_capacity) {
        struct predict_bad_row *bad = predict_kept_grow(
            parsed, parsed->bad, &parsed->bad_capacity, 16, sizeof(*bad), err);
        if (!bad)
            return -1;
        parsed->bad = bad;
    }
    parsed->bad[parsed->n_bad++] = (struct predict_bad_row){row, code, input};
    return 0;
}
