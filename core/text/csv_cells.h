/*
 * The cells of the row that a CSV scanner is in: kept as offsets from the row's begin
 * while it goes on, so that its bytes may move; made into texts once it has ended. The
 * caller locks.
 */
#ifndef LOGITD_CORE_TEXT_CSV_CELLS_H
#define LOGITD_CORE_TEXT_CSV_CELLS_H

#include "core/base/buffer.h"
#include "core/text/csv.h"

/* A cell's content as written, from the row's begin on. */
struct csv_span {
    uint32_t start, end;
    bool quoted;
    bool has_pairs; /* of quotes, which stand for one */
};

struct csv_cells { /* all zero: none */
    struct csv_span *spans;
    struct csv_cell *texts; /* as csv_cells_make left them */
    size_t n, capacity;     /* of both */
    struct buffer unpaired; /* cells in which a pair of quotes became one */
};

void csv_cells_free(struct csv_cells *cells);

/* Room for more spans. */
int csv_cells_grow(struct csv_cells *cells, struct error *err) MUST_CHECK;

/* The cell in which the row's byte `at` stands. */
size_t csv_cells_find(const struct csv_cells *cells, size_t at);

/* The texts of the row text[0..n), behind which CSV_PADDING bytes may be read. */
int csv_cells_make(struct csv_cells *cells, const char *text, size_t n, int quote,
                   struct error *err) MUST_CHECK;

#endif
