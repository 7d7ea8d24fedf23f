/*
 * Some rows of cells packed by columns, each in as few bytes as its cells take: what the
 * spool writes to its file, and reads back. Pure functions.
 */
#ifndef LOGITD_CORE_DATA_SPOOL_BLOCK_H
#define LOGITD_CORE_DATA_SPOOL_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A cell of 8 bytes is a number's own bits, or one of these NaNs. */
#define SPOOL_ABSENT UINT64_C(0x7ff8000000000000) /* missing, or of a later column */
#define SPOOL_CODE UINT64_C(0xfffc000000000000)   /* + a number of 32 bits */

/* How the cells of a column are packed. */
enum spool_form {
    SPOOL_NOTHING, /* all are absent */
    SPOOL_SINGLES, /* f32: numbers that are exactly that, NaN: absent */
    SPOOL_DOUBLES, /* f64: numbers, NaN: absent */
    SPOOL_CODES,   /* u32: the numbers of codes; all ones: absent */
    SPOOL_MIXED    /* u64: numbers and codes as they were */
};

/* What has been in a column. */
struct spool_column {
    uint64_t n_numbers;
    bool has_doubles; /* a number is not exactly a float */
};

/* At most so many bytes; n_rows > 0. */
size_t spool_block_most(size_t n_rows, size_t n_columns);

/* cells[n_rows × n_columns] row-major, to `bytes`, which are aligned to 8; adds to
 * columns[n_columns]. `room` has place for 8 columns, n_columns if they are fewer.
 * Returns how many bytes. */
size_t spool_block_pack(const uint64_t *cells, size_t n_rows, size_t n_columns,
                        uint64_t *room, struct spool_column *columns,
                        unsigned char *bytes);

/* places[n_columns]: where each column's cells begin in `bytes`. */
void spool_block_place(const unsigned char *bytes, size_t n_rows, size_t n_columns,
                       size_t *places);

static inline enum spool_form spool_block_form(const unsigned char *bytes, size_t column)
{
    return (enum spool_form)bytes[2 * column];
}

/* The cells of a column have been replaced by codes. */
static inline void spool_block_turn(unsigned char *bytes, size_t column)
{
    bytes[2 * column] = SPOOL_CODES;
}

/* Cell i of a column that has the form; the 8 bytes that were packed. */
uint64_t spool_block_cell(enum spool_form form, const unsigned char *cells, size_t i);

#endif
