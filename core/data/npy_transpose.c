#include "core/data/npy_transpose.h"

#include "core/base/memory.h"
#include "core/data/scratch_file.h"

#define BLOCK_BYTES (4U << 20) /* of doubles */

struct transpose {
    const struct npy_header *header;
    struct ingest *ingest;
    size_t n_columns;
    size_t block_rows;
    char *bytes;    /* of one column's rows in the block */
    double *values; /* [n_columns × block_rows], by the table's columns */
    double *row;    /* [n_columns] */
};

/* The column of the table for the one that lies j-th in the file: there the first index
 * behind the rows runs fastest, in the table the last. */
static size_t column_of(const struct npy_header *header, size_t j)
{
    size_t column = 0;
    for (size_t i = 1; i < header->n_dimensions; i++) {
        size_t extent = (size_t)header->shape[i];
        column = column * extent + j % extent;
        j /= extent;
    }
    return column;
}

static int load_block(struct transpose *transpose, uint64_t first, size_t n,
                      struct error *err)
{
    const struct npy_header *header = transpose->header;
    int fd = ingest_scratch_file(transpose->ingest);
    unsigned size = header->type.size;
    for (size_t j = 0; j < transpose->n_columns; j++) {
        size_t column = column_of(header, j);
        uint64_t at = (j * header->shape[0] + first) * size;
        if (scratch_file_read(fd, transpose->bytes, n * size, at, err) < 0)
            return -1;
        npy_type_convert(&header->type, transpose->bytes, n,
                         transpose->values + column * transpose->block_rows);
    }
    return 0;
}

static int add_block(struct transpose *transpose, size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < transpose->n_columns; j++)
            transpose->row[j] = transpose->values[j * transpose->block_rows + i];
        if (ingest_add_numbers(transpose->ingest, transpose->row, err) < 0)
            return -1;
    }
    return 0;
}

static int run(struct transpose *transpose, struct error *err)
{
    uint64_t n_rows = transpose->header->shape[0];
    for (uint64_t first = 0; first < n_rows; first += transpose->block_rows) {
        uint64_t n_left = n_rows - first;
        size_t n =
            n_left < transpose->block_rows ? (size_t)n_left : transpose->block_rows;
        if (load_block(transpose, first, n, err) < 0 || add_block(transpose, n, err) < 0)
            return -1;
    }
    return 0;
}

int npy_transpose(const struct npy_header *header, size_t n_columns,
                  struct ingest *ingest, struct error *err)
{
    size_t block_rows = BLOCK_BYTES / sizeof(double) / n_columns;
    struct transpose transpose = {.header = header,
                                  .ingest = ingest,
                                  .n_columns = n_columns,
                                  .block_rows = block_rows > 0 ? block_rows : 1};
    int result = -1;
    transpose.bytes = memory_new(transpose.block_rows, header->type.size, err);
    transpose.values =
        memory_new(transpose.block_rows, n_columns * sizeof(*transpose.values), err);
    transpose.row = memory_new(n_columns, sizeof(*transpose.row), err);
    if (transpose.bytes && transpose.values && transpose.row)
        result = run(&transpose, err);
    memory_free(transpose.bytes);
    memory_free(transpose.values);
    memory_free(transpose.row);
    return result;
}
