/*
 * Commas and brackets are looked for in blocks of 64 bytes, and the cells between them
 * read together (number_cells.h), which takes digits, points and signs; the few others
 * are read one by one. A cell that is no number ends the run, whatever it is: a string
 * with commas in it, too, for what precedes its first comma begins with a quote.
 */
#include "core/text/json_numbers.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/text/number.h"
#include "core/text/number_cells.h"

#define CELLS 64U           /* that are read together */
#define BLOCK 64U           /* bytes */
#define LOOK_BACK 32U       /* before the text, that number_cells_read may want */
#define NEAR_END 1024U      /* bytes that are copied, as some behind them are read */
#define MOST_CELL_BYTES 512 /* a longer number is for the slower way */
#define PADDING (BLOCK + CSV_PADDING)

/* Which bytes of a block are a comma or a closing bracket. */
static inline uint64_t find_marks(const char *bytes)
{
    uint64_t found = 0;
#ifdef __x86_64__
    const __m128i comma = _mm_set1_epi8(','), bracket = _mm_set1_epi8(']');
    for (size_t i = 0; i < BLOCK; i += 16) {
        __m128i some = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i are =
            _mm_or_si128(_mm_cmpeq_epi8(some, comma), _mm_cmpeq_epi8(some, bracket));
        found |= (uint64_t)(unsigned)_mm_movemask_epi8(are) << i;
    }
#else
    for (size_t i = 0; i < BLOCK; i++)
        found |= (uint64_t)(bytes[i] == ',' || bytes[i] == ']') << i;
#endif
    return found;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline uint32_t pass_blanks(const char *text, uint32_t at, uint32_t end)
{
    while (at < end && is_blank(text[at]))
        at++;
    return at;
}

static inline bool begins_number(char c)
{
    return (unsigned char)(c - '0') < 10 || c == '-';
}

/* Cells of text from `at` on that begin as numbers do, up to the one that a bracket ends:
 * at most so many, and none that ends behind `n`. PADDING bytes behind n may be read. */
static size_t find_cells(const char *text, size_t at, size_t n, struct csv_field *cells,
                         size_t most)
{
    size_t n_cells = 0;
    uint32_t start = (uint32_t)at;
    for (size_t block = at; block < n; block += BLOCK) {
        uint64_t found = find_marks(text + block);
        for (; found; found &= found - 1) {
            uint32_t end = (uint32_t)block + (uint32_t)__builtin_ctzll(found);
            start = pass_blanks(text, start, end);
            if (end >= n || end - start > MOST_CELL_BYTES || !begins_number(text[start]))
                return n_cells;
            cells[n_cells++] = (struct csv_field){start, end};
            if (n_cells == most || text[end] == ']')
                return n_cells;
            start = end + 1;
        }
        if (block + BLOCK - start > MOST_CELL_BYTES)
            return n_cells;
    }
    return n_cells;
}

/* As JSON has it: a digit before a point and behind it, no zero in front. */
static bool is_json(const char *cell, size_t n)
{
    size_t sign = *cell == '-';
    bool is_longer = n > sign + 1;
    return cell[sign] != '.' && cell[n - 1] != '.' &&
           !(cell[sign] == '0' && is_longer && cell[sign + 1] != '.');
}

static bool read_other(const char *cell, size_t n, double *value)
{
    const char *end;
    return number_read_json(cell, n, value, &end) == NUMBER_OK && end == cell + n;
}

/* How many of them are numbers, up to the first that is not. */
static size_t read_cells(const char *text, const struct csv_field *cells, size_t n,
                         double *values)
{
    unsigned char kinds[CELLS];
    number_cells_read(text, cells, n, values, kinds);
    for (size_t i = 0; i < n; i++) {
        const char *cell = text + cells[i].start;
        size_t n_bytes = cells[i].end - cells[i].start;
        if (kinds[i] == NUMBER_CELLS_PLAIN)
            continue;
        if (kinds[i] == NUMBER_CELLS_NUMBER ? !is_json(cell, n_bytes)
                                            : !read_other(cell, n_bytes, &values[i]))
            return i;
    }
    return n;
}

/* Of text from `at` on; *end is of text. */
static size_t read_some(const char *text, size_t at, size_t n, double *values,
                        size_t most, size_t *end)
{
    struct csv_field cells[CELLS];
    size_t n_cells = find_cells(text, at, n, cells, most < CELLS ? most : CELLS);
    size_t n_read = n_cells > 0 ? read_cells(text, cells, n_cells, values) : 0;
    *end = n_read > 0 ? cells[n_read - 1].end : at;
    return n_read;
}

size_t json_numbers_read(const char *text, size_t n_before, size_t n, double *values,
                         size_t most, size_t *n_used)
{
    size_t n_read, back = LOOK_BACK;
    if (n > NEAR_END) {
        size_t n_near = n - PADDING < UINT32_MAX / 2 ? n - PADDING : UINT32_MAX / 2;
        back = n_before < back ? n_before : back;
        n_read = read_some(text - back, back, back + n_near, values, most, n_used);
    } else {
        char copy[LOOK_BACK + NEAR_END + PADDING];
        memset(copy, 0, LOOK_BACK);
        memcpy(copy + LOOK_BACK, text, n);
        memset(copy + LOOK_BACK + n, 0, PADDING);
        n_read = read_some(copy, back, back + n, values, most, n_used);
    }
    *n_used -= back;
    return n_read;
}
