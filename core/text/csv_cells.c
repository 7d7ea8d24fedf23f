#include "core/text/csv_cells.h"

#include "core/base/memory.h"

void csv_cells_free(struct csv_cells *cells)
{
    buffer_free(&cells->unpaired);
    memory_free(cells->spans);
    memory_free(cells->texts);
}

int csv_cells_grow(struct csv_cells *cells, struct error *err)
{
    size_t capacity = cells->capacity > 0 ? 2 * cells->capacity : 64;
    struct csv_span *spans = memory_resize(cells->spans, capacity, sizeof(*spans), err);
    if (!spans)
        return -1;
    cells->spans = spans;
    struct csv_cell *texts = memory_resize(cells->texts, capacity, sizeof(*texts), err);
    if (!texts)
        return -1;
    cells->texts = texts;
    cells->capacity = capacity;
    return 0;
}

size_t csv_cells_find(const struct csv_cells *cells, size_t at)
{
    size_t column = 0;
    while (column + 1 < cells->n && cells->spans[column].end <= at)
        column++;
    return column;
}

/* text[0..n) with each pair of quotes made one, to `out`; returns where it ends there. */
static char *unpair(const char *text, size_t n, int quote, char *out)
{
    for (size_t i = 0; i < n; i++) {
        *out++ = text[i];
        i += text[i] == quote;
    }
    return out;
}

int csv_cells_make(struct csv_cells *cells, const char *text, size_t n, int quote,
                   struct error *err)
{
    char *out = NULL;
    for (size_t j = 0; j < cells->n; j++) {
        const struct csv_span *span = &cells->spans[j];
        const char *start = text + span->start;
        size_t n_bytes = span->end - span->start;
        if (span->has_pairs) {
            if (!out) { /* room for all of them, so that it does not move */
                buffer_clear(&cells->unpaired);
                out = buffer_reserve(&cells->unpaired, n + CSV_PADDING);
            }
            if (!out)
                return buffer_check(&cells->unpaired, err);
            char *end = unpair(start, n_bytes, quote, out);
            start = out;
            n_bytes = (size_t)(end - out);
            out = end;
        }
        cells->texts[j] = (struct csv_cell){start, n_bytes, span->quoted};
    }
    return 0;
}
