/*
 * With AVX-512 they are read by their digits (json_digits.h). Without, the cells between
 * commas and brackets (json_places.h) are read together (number_cells.h), which takes
 * digits, points and signs; the few others are read one by one. A cell that is no number
 * ends the run, whatever it is: a string with commas in it, too, for what precedes its
 * first comma begins with a quote.
 */
#include "core/text/json_numbers.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/text/json_digits.h"
#include "core/text/json_places.h"
#include "core/text/number.h"
#include "core/text/number_cells.h"

#define CELLS JSON_PLACES_MOST /* that are read together */
#define LOOK_BACK 32U          /* before the text, that number_cells_read may want */
#define NEAR_END 1024U         /* bytes that are copied, as some behind them are read */
#define MOST_CELL_BYTES 512    /* a longer number is for the slower way */
#define PADDING JSON_PLACES_PADDING

_Static_assert(PADDING >= JSON_DIGITS_PADDING, "either way may look behind the text");

/* ---- what they are ---- */

/* As JSON has it: a digit before a point and behind it, no zero in front of another. The
 * cell is digits, with a sign and a point perhaps, and a mark behind it. Without a
 * branch: the first digit is often 0, often not. */
static inline bool is_json(const char *cell, size_t n)
{
    size_t sign = *cell == '-';
    unsigned char first = (unsigned char)(cell[sign] - '0');
    unsigned char second = (unsigned char)(cell[sign + 1] - '0');
    unsigned has_more_zeros = (unsigned)(first == 0) & (unsigned)(second < 10);
    return ((unsigned)(first < 10) & (unsigned)(cell[n - 1] != '.') & ~has_more_zeros) &
           1;
}

static bool read_other(const char *cell, size_t n, double *value)
{
    const char *end;
    return n <= MOST_CELL_BYTES && number_read_json(cell, n, value, &end) == NUMBER_OK &&
           end == cell + n;
}

static bool is_number(const char *text, struct csv_field cell, unsigned char kind,
                      double *value)
{
    size_t n = cell.end - cell.start;
    return kind == NUMBER_CELLS_NUMBER ? is_json(text + cell.start, n)
                                       : read_other(text + cell.start, n, value);
}

/* Of eight kinds, a bit in the byte of each that is to be looked at. */
static inline uint64_t find_others(const unsigned char *kinds)
{
    uint64_t eight;
    _Static_assert(NUMBER_CELLS_PLAIN == 0, "plain ones are numbers of JSON");
    memcpy(&eight, kinds, sizeof(eight));
    return le64toh(eight);
}

/* How many of them are numbers, up to the first that is not. */
static size_t read_cells(const char *text, const struct csv_field *cells, size_t n,
                         double *values)
{
    unsigned char kinds[CELLS];
    memset(kinds + (n & ~(size_t)7), NUMBER_CELLS_PLAIN, n < CELLS ? 8 : 0);
    number_cells_read(text, cells, n, values, kinds);
    for (size_t i = 0; i < n; i += 8)
        for (uint64_t others = find_others(kinds + i); others; others &= others - 1) {
            size_t which = i + (size_t)__builtin_ctzll(others) / 8;
            if (!is_number(text, cells[which], kinds[which], &values[which]))
                return which;
        }
    return n;
}

/* Of text from `at` on; *end is of text. */
static size_t read_some(const char *text, size_t at, size_t n, double *values,
                        size_t most, size_t *end)
{
    struct csv_field cells[CELLS];
    size_t n_most = most < CELLS ? most : CELLS, n_bytes = n_most * MOST_CELL_BYTES;
    size_t n_cells =
        json_places_find(text, at, n - at < n_bytes ? n : at + n_bytes, cells, n_most);
    size_t n_read = n_cells > 0 ? read_cells(text, cells, n_cells, values) : 0;
    *end = n_read > 0 ? cells[n_read - 1].end : at;
    return n_read;
}

static size_t read_with_before(const char *text, size_t n_before, size_t n,
                               double *values, size_t most, size_t *n_used)
{
    size_t n_read;
    if (json_digits_is_here())
        return json_digits_read(text, n, values, most, n_used);
    n_read = read_some(text - n_before, n_before, n_before + n, values, most, n_used);
    *n_used -= n_before;
    return n_read;
}

size_t json_numbers_read(const char *text, size_t n_before, size_t n, double *values,
                         size_t most, size_t *n_used)
{
    if (n > NEAR_END) {
        size_t n_near = n - PADDING < UINT32_MAX / 2 ? n - PADDING : UINT32_MAX / 2;
        return read_with_before(text, n_before < LOOK_BACK ? n_before : LOOK_BACK, n_near,
                                values, most, n_used);
    }
    char copy[LOOK_BACK + NEAR_END + PADDING];
    memset(copy, 0, LOOK_BACK);
    memcpy(copy + LOOK_BACK, text, n);
    memset(copy + LOOK_BACK + n, 0, PADDING);
    return read_with_before(copy + LOOK_BACK, LOOK_BACK, n, values, most, n_used);
}
